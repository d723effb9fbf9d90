"""Hold what is known of a program before a change is offered."""

from __future__ import annotations

from dataclasses import dataclass

from ablate.engine.as_is.records import Facts
from ablate.try_remedies.patch import Call
from ablate.try_remedies.rows_seen import RowsSeen


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is known of a program.

    Attributes:
        facts: what the model says about itself.
        rows: what its rows are.
        call: how it calls `fit`.
        callbacks: whether it gives `fit` callbacks.
        shuffles: whether `fit` shuffles the rows.
        splits: whether `fit` splits off validation rows.
    """

    facts: Facts
    rows: RowsSeen
    call: Call
    callbacks: bool = False
    shuffles: bool = True
    splits: bool = False

    @property
    def classes(self) -> int:
        """Return the number of classes."""
        return len(self.rows.labels.values)

    @property
    def units(self) -> int:
        """Return the numbers in one output; 0 if the model cannot be built."""
        return int(self.facts.outputs[-1] or 0) if self.facts.outputs else 0

    @property
    def batch(self) -> int:
        """Return the rows of a batch."""
        return int(self.call.arguments.get("batch_size", "32"))

    @property
    def epochs(self) -> int:
        """Return the epochs."""
        return int(self.call.arguments.get("epochs", "1"))

    @property
    def steps(self) -> int:
        """Return the training steps."""
        return self.epochs * -(-self.rows.rows // self.batch)

"""Record what trying a program has shown so far, so that an answer can be given at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ablate.audit import Finding
from ablate.engine.inspection.records import Inspection
from ablate.try_remedies.changes.situation import Situation
from ablate.try_remedies.judging import WELL, Bar, Tally, mostly_learned, tally
from ablate.try_remedies.lab import Lab
from ablate.try_remedies.patch import Change, Changes
from ablate.try_remedies.weighing import Sign

FIRST = (0, 1, 2)
"""Seeds on which a program is judged and changes are chosen."""

MORE = (3, 4, 5, 6, 7)
"""Further seeds of the program as it is, if the first ones end differently."""

SURE = 0.85
"""A change so likely needs no rival if it works."""

FRESH = 100
"""The first of the seeds on which a chosen change is confirmed; nothing was chosen on them."""


@dataclass(kw_only=True)
class Record:
    """What is known so far.

    Attributes:
        lab: where trials are trained, with all that it has seen.
        situation: what is known of the program.
        bar: what a trial must exceed.
        inspection: what the audit rests on; None without one.
        findings: what the audit found.
        signs: what the first seeds point to.
        base: changes without which the program cannot be judged: rows that are sorted before they are split.
        learnable: whether ordinary classifiers learn the labels from the inputs; None if that is not known.
        offers: the changes that apply, in order.
        tried: sets of changes that were trained, in order.
        chosen: the recommended changes; empty while there are none.
        notes: what was decided for the user.
        left_out: parts of the program that no trial has.
        unchecked: what the audit could not check.
        done: whether all that was planned was done.
        fresh: the seeds on which a chosen change is confirmed. Five of five prove a rate above one half.
    """

    lab: Lab
    situation: Situation
    bar: Bar
    inspection: Inspection | None = None
    findings: tuple[Finding, ...] = ()
    signs: list[Sign] = field(default_factory=list)
    base: Changes = ()
    learnable: bool | None = None
    offers: list[Change] = field(default_factory=list)
    tried: list[Changes] = field(default_factory=list)
    chosen: Changes = ()
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    done: bool = False
    fresh: tuple[int, ...] = tuple(range(FRESH, FRESH + 5))

    def tally(self, changes: Changes, seeds: Sequence[int] = (*FIRST, *MORE)) -> Tally:
        """Return how the trials of changes ended, on the seeds of the choice unless others are named.

        Args:
            changes: the changes.
            seeds: the seeds.
        """
        return tally(self.lab.endings(changes, seeds), self.bar, seeds)

    @property
    def enough(self) -> float:
        """Return the gain with which a change needs no rival: less if the program as it is raises an error."""
        seen = self.tally(self.base)
        return 0.4 if seen.trials and seen.states.get("failed") == seen.trials else WELL

    def healthy(self) -> bool:
        """Return whether the program as it is learns (`judging.mostly_learned`)."""
        return mostly_learned(self.tally(self.base))

    def sure(self, changes: Changes) -> bool:
        """Return whether changes are one, and one that the audit and the first seeds are sure of."""
        return len(changes) == len(self.base) + 1 and changes[-1].weight >= SURE

    def gain(self, changes: Changes) -> float:
        """Return the mean gain over chance of the trials of changes; below 0 if one of them does not learn."""
        seen = self.tally(changes)
        if not seen.trials:
            return -1.0
        return self.bar.gain(seen.accuracy) - (0.0 if seen.works else 1.0)

    def best(self) -> list[Changes]:
        """Return the sets that work on every seed tried: most seeds first, then accuracy, size, likelihood."""
        working = [changes for changes in self.tried if changes and self.tally(changes).works]
        top = max((self.gain(changes) for changes in working), default=0.0)

        def rank(changes: Changes) -> tuple[float, ...]:
            near = self.gain(changes) >= 0.9 * top - 0.02 or self.sure(changes)
            weight = sum(change.weight for change in changes) / len(changes)
            return (
                -min(len(FIRST), self.tally(changes).trials),
                -float(near),
                len(changes),
                -weight,
                -self.gain(changes),
            )

        return sorted(working, key=rank)

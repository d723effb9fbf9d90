"""Name the functions that a sweep's workers run: one trains a stack, one checks the losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ablate.core.study import Json, Trial

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What workers run.

    Attributes:
        train: trains a stack; one record of curves per trial.
        check: checks that the losses of trials have the gradients that they promise, and returns a record of it.
        warm: the module that each worker imports first; none if empty.
    """

    train: Callable[[Stack], list[Curves]]
    check: Callable[[Sequence[Trial]], Json]
    warm: str


def package_engine() -> Backend:
    """Return the backend that trains with this package's own engine."""
    from ablate import engine

    return Backend(train=engine.train, check=_check_losses, warm="ablate.engine.training")


def _check_losses(trials: Sequence[Trial]) -> Json:
    """Check the losses in a worker, which alone imports TensorFlow."""
    from ablate.engine import loss_check

    return loss_check.check(trials)

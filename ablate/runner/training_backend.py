"""What a sweep has its workers do: train a stack, and sing the canary."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ablate.core.study import Trial

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What trains and guards trials, run by workers, and the module they import first."""

    train: Callable[[Stack], list[Curves]]
    check: Callable[[Sequence[Trial]], Any]
    warm: str


def own() -> Backend:
    """The package's own engine."""
    from ablate import engine

    return Backend(train=engine.train, check=_canary, warm="ablate.engine.training")


def _canary(trials: Sequence[Trial]) -> Any:
    """The canary's record as JSON; runs in a worker."""
    from ablate.engine import loss_check

    found: Any = loss_check.check(trials)
    return dataclasses.asdict(found) if dataclasses.is_dataclass(found) and not isinstance(found, type) else found

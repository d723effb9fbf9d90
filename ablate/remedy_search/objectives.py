"""What a search is after: numbers derived from a setting's outcomes so far, each finite whatever happened."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from ablate.core.study import Setting
from ablate.outcomes.states import Outcome
from ablate.remedies.batch_size import BATCH_SIZE
from ablate.remedies.depth import DEPTH
from ablate.remedies.width import WIDTH

ESCAPED = "escaped"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """How a setting's trials ended.

    Attributes:
        states: trials by state; a failed one counts, and has not escaped.
        times: steps until escape of the escaped ones.
        limit: steps of the budget.
        changes: factors in which the setting differs from the baseline.
        cost: arithmetic of one training step, in millions of multiply-adds.
    """

    states: Mapping[str, int]
    times: Sequence[int] = ()
    limit: int
    changes: int
    cost: float = 0.0
    n: int = field(init=False)
    escaped: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", sum(self.states.values()))
        object.__setattr__(self, "escaped", self.states.get(ESCAPED, 0))

    @property
    def median_time(self) -> float:
        """The step by which half of all trials had escaped for good (lower median); infinite if fewer did."""
        times = [float(time) for time in self.times] + [float("inf")] * (self.n - len(self.times))
        return statistics.median_low(times) if times else float("inf")


def gather(seen: Iterable[Outcome], *, limit: int, changes: int, cost: float = 0.0) -> Evidence:
    """The evidence of a setting's trials."""
    found = list(seen)
    times = tuple(each.time or 0 for each in found if each.state == ESCAPED)
    states = Counter(each.state for each in found)
    return Evidence(states=states, times=times, limit=limit, changes=changes, cost=cost)


@lru_cache(maxsize=65536)
def lower(escaped: int, n: int, confidence: float = 0.95) -> float:
    """The exact one-sided lower bound of an escape rate.

    Examples:
        >>> lower(0, 4), round(lower(4, 4), 3), round(lower(20, 20), 3)
        (0.0, 0.473, 0.861)
    """
    import numpy as np

    from ablate.stats import rates

    return float(rates.lower_bound(np.float64(escaped), np.float64(n), confidence)) if n else 0.0  # type: ignore[arg-type]


@lru_cache(maxsize=65536)
def upper(escaped: int, n: int, confidence: float = 0.95) -> float:
    """The exact one-sided upper bound of an escape rate."""
    return 1.0 - lower(n - escaped, n, confidence) if n else 1.0


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A number to make large or small.

    Attributes:
        name: in configs and in Optuna's tools.
        what: what it is, for people.
        direction: Optuna's word for which way is better.
        value: evidence -> the number, always finite.
    """

    name: str
    what: str
    direction: Literal["maximize", "minimize"]
    value: Callable[[Evidence], float]


def _time(evidence: Evidence) -> float:
    """The median time to escape; where half of the trials never did, as if they did right after the budget."""
    return min(evidence.median_time, float(evidence.limit + 1))


OBJECTIVES = {
    each.name: each
    for each in (
        Objective(
            name="rate",
            what="escape rate, exact 95 % lower bound",
            direction="maximize",
            value=lambda evidence: lower(evidence.escaped, evidence.n),
        ),
        Objective(name="time", what="median steps to escape", direction="minimize", value=_time),
        Objective(
            name="changes",
            what="factors changed from the baseline",
            direction="minimize",
            value=lambda evidence: float(evidence.changes),
        ),
        Objective(
            name="cost",
            what="million multiply-adds a step",
            direction="minimize",
            value=lambda evidence: evidence.cost,
        ),
    )
}
"""Every objective there is, by name (`options.OBJECTIVES`)."""


def values(evidence: Evidence, names: Sequence[str]) -> list[float]:
    """The objectives' values, in the order of their names."""
    return [OBJECTIVES[name].value(evidence) for name in names]


def step_cost(setting: Setting, *, features: int, classes: int) -> float:
    """Millions of multiply-adds of one training step: forward, and twice that backward, over a batch.

    Args:
        setting: its width, depth and batch size are read.
        features: of the task.
        classes: of the task.
    """
    width, depth, batch = (int(setting[name].params) for name in (WIDTH, DEPTH, BATCH_SIZE))
    weights = features * classes if depth == 0 else width * (features + classes + (depth - 1) * width)
    return 3.0 * weights * batch / 1e6


def better(one: Sequence[float], other: Sequence[float], names: Sequence[str]) -> bool:
    """Whether `one` is at least as good as `other` in every objective and better in some (Pareto dominance)."""
    signs = [1 if OBJECTIVES[name].direction == "maximize" else -1 for name in names]
    gains = [sign * (a - b) for sign, a, b in zip(signs, one, other, strict=True)]
    return all(gain >= 0 for gain in gains) and any(gain > 0 for gain in gains)

"""Compute what a search maximises or minimises: finite numbers from a setting's outcomes so far."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

import numpy as np

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
        states: trials by state; a failed trial counts as not escaped.
        times: steps until escape, of the trials that escaped.
        limit: training steps of a trial.
        changes: factors in which the setting differs from the baseline.
        cost: millions of multiply-adds per training step.
        n: number of trials.
        escaped: number of trials that escaped.
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
        """Return the step by which half of all trials had escaped for good (lower median); infinite if fewer did."""
        times = [float(time) for time in self.times] + [float("inf")] * (self.n - len(self.times))
        return statistics.median_low(times) if times else float("inf")


def gather(outcomes: Iterable[Outcome], *, limit: int, changes: int, cost: float = 0.0) -> Evidence:
    """Return the evidence of a setting's trials.

    Args:
        outcomes: how the trials ended.
        limit: training steps of a trial.
        changes: factors in which the setting differs from the baseline.
        cost: millions of multiply-adds per training step.
    """
    ended = list(outcomes)
    times = tuple(outcome.time or 0 for outcome in ended if outcome.state == ESCAPED)
    return Evidence(
        states=Counter(outcome.state for outcome in ended), times=times, limit=limit, changes=changes, cost=cost
    )


@lru_cache(maxsize=65536)
def lower(escaped: int, n: int, confidence: float = 0.95) -> float:
    """Return the exact one-sided lower bound of an escape rate.

    Args:
        escaped: trials that escaped.
        n: trials.
        confidence: between 0 and 1.

    Examples:
        >>> lower(0, 4), round(lower(4, 4), 3), round(lower(20, 20), 3)
        (0.0, 0.473, 0.861)
    """
    from ablate.stats import rates

    return float(rates.lower_bound(np.float64(escaped), np.float64(n), confidence)) if n else 0.0  # type: ignore[arg-type]


@lru_cache(maxsize=65536)
def upper(escaped: int, n: int, confidence: float = 0.95) -> float:
    """Return the exact one-sided upper bound of an escape rate.

    Args:
        escaped: trials that escaped.
        n: all trials.
        confidence: one-sided, in (0, 1).
    """
    return 1.0 - lower(n - escaped, n, confidence) if n else 1.0


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A number to maximise or minimise.

    Attributes:
        name: its name in configs and in Optuna's tools.
        what: what it is, for people.
        direction: Optuna's word for the better direction.
        value: evidence -> the number, always finite.
    """

    name: str
    what: str
    direction: Literal["maximize", "minimize"]
    value: Callable[[Evidence], float]


def _time(evidence: Evidence) -> float:
    """Return the median time to escape; one step more than the budget if fewer than half escaped."""
    return min(evidence.median_time, float(evidence.limit + 1))


OBJECTIVES = {
    objective.name: objective
    for objective in (
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
"""Every objective, by name (`options.OBJECTIVES`)."""


def values(evidence: Evidence, names: Sequence[str]) -> list[float]:
    """Return the values of objectives.

    Args:
        evidence: how a setting's trials ended.
        names: the objectives, in the order of the values.
    """
    return [OBJECTIVES[name].value(evidence) for name in names]


def step_cost(setting: Setting, *, features: int, classes: int) -> float:
    """Return millions of multiply-adds of one training step: forward over a batch, and twice that backward.

    Args:
        setting: its width, depth and batch size count.
        features: inputs of the network.
        classes: outputs of the network.
    """
    width, depth, batch = (int(setting[name].params) for name in (WIDTH, DEPTH, BATCH_SIZE))
    weights = features * classes if depth == 0 else width * (features + classes + (depth - 1) * width)
    return 3.0 * weights * batch / 1e6


def better(one: Sequence[float], other: Sequence[float], names: Sequence[str]) -> bool:
    """Return whether `one` is as good as `other` in every objective and better in some (Pareto dominance).

    Args:
        one: values of the objectives.
        other: values to compare with.
        names: the objectives' names, in the order of the values.
    """
    signs = [1 if OBJECTIVES[name].direction == "maximize" else -1 for name in names]
    gains = [sign * (a - b) for sign, a, b in zip(signs, one, other, strict=True)]
    return all(gain >= 0 for gain in gains) and any(gain > 0 for gain in gains)

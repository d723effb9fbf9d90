"""The records that figures draw: frozen, made of plain arrays. Statistics make them, figures read them.

A rate is `k` of `n` trials, with a 95 % interval from `low` to `high`. `label` and `position` name a level and its
position in its factor. `steps` are the training steps of the evaluations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False, kw_only=True)
class StatesInfo:
    """How trials ended, per row: `counts` int [rows, states] in the order of `ablate.outcomes.states.STATES`.

    `accuracy` [rows, 3] has the median, smallest and largest accuracy at the end, if it is to be drawn.
    """

    title: str
    labels: tuple[str, ...]
    counts: np.ndarray
    accuracy: np.ndarray | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class HeatInfo:
    """The rate of an event (`escape` or `collapse`) over two factors.

    Arrays are [down_levels, across_levels]. `n` is 0 in a cell that was not run; `rate` is the mean over its settings,
    k / n if all have the same seeds; `undecided` cells hold the target in their interval.
    """

    title: str
    event: str
    down: str
    across: str
    down_levels: tuple[str, ...]
    across_levels: tuple[str, ...]
    k: np.ndarray
    n: np.ndarray
    rate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    undecided: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A row of a forest plot: `numbers` is the estimate as text; the row's mark is filled if `holds`."""

    label: str
    numbers: str
    value: float
    low: float
    high: float
    holds: bool
    marker: str = "o"


@dataclass(frozen=True, eq=False, kw_only=True)
class ForestInfo:
    """Estimates, one below the other: differences of rates, or `odds` ratios on a logarithmic axis."""

    title: str
    axis: str
    rows: tuple[Estimate, ...]
    odds: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class SharesInfo:
    """Shares of the variance of the settings' rates: a term is a factor, several that interact, or `rest`."""

    title: str
    terms: tuple[tuple[str, ...], ...]
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Curve:
    """The probability of an event over training steps, for one level; every array is [evaluations].

    In `at_risk` trials the event can still happen; `competing` is the probability of the event that rules it out.
    """

    label: str
    position: int
    n: int
    steps: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_risk: np.ndarray
    competing: np.ndarray | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class IncidenceInfo:
    """Curves of the probability of an event, one for each level of a factor."""

    title: str
    factor: str
    event: str
    curves: tuple[Curve, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class SetsInfo:
    """Remedy sets, with their verdicts: `sufficient`, `insufficient` or `undecided`.

    `member` is bool [sets, remedies]. `removal` [sets, remedies] is the escape rate without that remedy, NaN where the
    set does not have it or the smaller set was not run. `bound` names the lower bound `low`.
    """

    title: str
    target: float
    remedies: tuple[str, ...]
    member: np.ndarray
    k: np.ndarray
    n: np.ndarray
    low: np.ndarray
    bound: str
    verdict: tuple[str, ...]
    removal: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class Fan:
    """Quantiles of a signal over the trials of one level: [5, evaluations] at .05, .25, .5, .75 and .95."""

    label: str
    position: int
    n: int
    steps: np.ndarray
    quantiles: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class FanInfo:
    """A signal by the levels of a factor, or by `state`; `lines` are single trials: state, steps and values by id."""

    title: str
    factor: str
    signal: str
    fans: tuple[Fan, ...]
    lines: Mapping[str, tuple[str, np.ndarray, np.ndarray]] = field(default_factory=dict)
    reference: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmInfo:
    """One arm of a search: the `best` lower bound after so many `trials`; None if no set was confirmed."""

    label: str
    trials: np.ndarray
    best: np.ndarray
    confirmed_at: int | None


@dataclass(frozen=True, eq=False, kw_only=True)
class SearchInfo:
    """The arms of a search, with the target of the escape rate."""

    title: str
    target: float
    arms: tuple[ArmInfo, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class RatesInfo:
    """A network over learning rates.

    `values` are the learning rates; `shares` has, for each state, [3, rates]: share, low, high; `accuracy` is
    [3, rates]: median, smallest, largest; `stable` is the range of rates that is marked.
    """

    title: str
    values: np.ndarray
    shares: Mapping[str, np.ndarray]
    accuracy: np.ndarray
    stable: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class LuckInfo:
    """One network with many seeds: the accuracy at the end of each trial, by state."""

    title: str
    accuracies: Mapping[str, np.ndarray]

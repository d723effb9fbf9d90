"""The records that figures draw: frozen, made of plain arrays. Statistics make them, figures read them.

Every rate comes with its number of trials and its 95 % interval. `position` is a level's position in its factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False, kw_only=True)
class StatesInfo:
    """How trials ended, a bar a row.

    Attributes:
        title: above the figure.
        labels: of the rows.
        counts: trials, int [rows, states] in the order of `ablate.outcomes.states.STATES`.
    """

    title: str
    labels: tuple[str, ...]
    counts: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class HeatInfo:
    """A rate over the levels of two factors.

    Attributes:
        title: above the figure.
        event: what the rate counts, `escape` or `collapse`.
        down, across: the factors.
        down_levels, across_levels: their level names.
        k, n, low, high: trials that ended so, all trials, and the rate's interval, each [down, across]; n is 0 in a
            cell that was not run.
        undecided: [down, across] whether the interval holds the target.
    """

    title: str
    event: str
    down: str
    across: str
    down_levels: tuple[str, ...]
    across_levels: tuple[str, ...]
    k: np.ndarray
    n: np.ndarray
    low: np.ndarray
    high: np.ndarray
    undecided: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A row of a forest plot.

    Attributes:
        label: what is estimated; stands at the left.
        numbers: the estimate in words; stands at the right.
        value, low, high: the estimate and its 95 % interval.
        holds: whether the mark is filled.
        marker: matplotlib's sign for the shape of the mark.
    """

    label: str
    numbers: str
    value: float
    low: float
    high: float
    holds: bool
    marker: str = "o"


@dataclass(frozen=True, eq=False, kw_only=True)
class ForestInfo:
    """Estimates with intervals, one below the other.

    Attributes:
        title, axis: above and below the figure.
        rows: the estimates.
        odds: whether they are odds ratios, on a logarithmic axis around 1, or differences of rates, around 0.
    """

    title: str
    axis: str
    rows: tuple[Estimate, ...]
    odds: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class SharesInfo:
    """Shares of the variance of the settings' rates.

    Attributes:
        title: above the figure.
        terms: per term its factors: one, or two for an interaction, or `rest`.
        share, low, high: [terms] the shares and their intervals.
        n: trials.
    """

    title: str
    terms: tuple[tuple[str, ...], ...]
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Curve:
    """A probability over training steps, for one level.

    Attributes:
        label, position: the level.
        n: its trials.
        steps: [evaluations].
        value, low, high: [evaluations] the probability and its interval.
        at_risk: [evaluations] trials in which the event can still happen.
        competing: [evaluations] the probability of the event that rules this one out.
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
    """Remedy sets.

    Attributes:
        title: above the figure.
        target: the escape rate that a sufficient set reaches.
        remedies: every remedy, as `factor=level`.
        member: bool [sets, remedies].
        k, n: [sets] trials that escaped, and all trials.
        low: [sets] the lower bound of the escape rate.
        bound: the name of that bound.
        verdict: per set `sufficient`, `insufficient` or `undecided`.
        removal: [sets, remedies] the escape rate without that remedy; NaN where the set does not have it or the
            smaller set was not run.
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
    """Quantiles of a signal over the trials of one level.

    Attributes:
        label, position: the level.
        n: its trials.
        steps: [evaluations].
        quantiles: [5, evaluations] at .05, .25, .5, .75 and .95.
    """

    label: str
    position: int
    n: int
    steps: np.ndarray
    quantiles: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class FanInfo:
    """One signal by the levels of a factor.

    Attributes:
        title: above the figure.
        factor: a factor's name, or `state`.
        signal: the signal's name.
        fans: one a level.
        lines: single trials by id: state, steps and values.
        reference: a horizontal line, as the accuracy at chance.
    """

    title: str
    factor: str
    signal: str
    fans: tuple[Fan, ...]
    lines: Mapping[str, tuple[str, np.ndarray, np.ndarray]] = field(default_factory=dict)
    reference: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ArmInfo:
    """One arm of a search.

    Attributes:
        label: its name and sampler.
        trials: [steps] trials asked for so far.
        best: [steps] the best lower bound of an escape rate so far.
        confirmed_at: trials after which the first set was confirmed; None if none was.
    """

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

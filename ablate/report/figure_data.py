"""What each picture and table shows, as frozen records of plain arrays: the seam between statistics and drawing.

Every rate comes with its n and its 95 % interval. `rows` names the trials behind a record as a filter on the settings
table: factor to level name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False, kw_only=True)
class StatesInfo:
    """How trials ended, per row: `counts` int [rows, states] in the order of `ablate.outcomes.states.STATES`."""

    title: str
    labels: tuple[str, ...]
    counts: np.ndarray
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class HeatInfo:
    """A rate over two factors: `k`, `n`, `low`, `high` [levels of `down`, levels of `across`]; n = 0 where nothing ran.

    `undecided` marks cells whose interval holds the target.
    """

    title: str
    what: str
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
class Difference:
    """One paired comparison: `level` minus `against`, as a risk difference with interval, p and corrected p."""

    factor: str
    level: str
    against: str
    difference: float
    low: float
    high: float
    pairs: int
    p: float
    p_corrected: float
    correction: str
    shares: str
    question: str = ""
    at: str = ""

    @property
    def holds(self) -> bool:
        """Whether the difference survives the correction at 5 %."""
        return self.p_corrected < 0.05


@dataclass(frozen=True, eq=False, kw_only=True)
class ForestInfo:
    """Paired differences in one family; declared contrasts (Holm) and screens (Benjamini-Hochberg) are two families."""

    title: str
    what: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class Odds:
    """An odds ratio with its interval, and `k` of the `n` trials with this level (or these two) that escaped."""

    label: str
    ratio: float
    low: float
    high: float
    k: int
    n: int

    @property
    def separated(self) -> bool:
        """Whether all or none escaped: its odds are finite by the penalty alone."""
        return self.k in (0, self.n)


@dataclass(frozen=True, eq=False, kw_only=True)
class OddsInfo:
    """Effects of an incomplete grid as odds ratios."""

    title: str
    rows: tuple[Odds, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class SharesInfo:
    """Shares of the variance of cell rates by term (a factor, or a pair): `share`, `low`, `high` [terms]; n trials."""

    title: str
    terms: tuple[tuple[str, ...], ...]
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: int
    note: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """A curve of a probability over training steps: `value`, `low`, `high` at `steps`, with numbers at risk."""

    label: str
    place: int
    n: int
    steps: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_risk: np.ndarray
    competing: np.ndarray | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class IncidenceInfo:
    """Probability curves by the levels of one factor; `competing` curves are the probability of diverging first."""

    title: str
    factor: str
    event: str
    curves: tuple[Step, ...]
    note: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class SetsInfo:
    """Remedy sets: `member` bool [sets, remedies], escapes `k` of `n`, lower bound `low`, verdict.

    `bound` says in words what the bound is.

    `removal` [sets, remedies]: escape rate left when that remedy is taken away, NaN where it is not in the set or the
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
    note: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Fan:
    """Quantiles over trials of one signal: `quantiles` [5, looks] at .05, .25, .5, .75, .95."""

    label: str
    place: int
    n: int
    steps: np.ndarray
    quantiles: np.ndarray


@dataclass(frozen=True, eq=False, kw_only=True)
class FanInfo:
    """One signal by level of a factor (or by state)."""

    title: str
    factor: str
    signal: str
    fans: tuple[Fan, ...]
    lines: Mapping[str, tuple[str, np.ndarray, np.ndarray]] = field(default_factory=dict)
    reference: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Progressed:
    """One arm of a search: the best lower bound `best` after so many `trials`, and when its first claim held."""

    label: str
    trials: np.ndarray
    best: np.ndarray
    confirmed_at: int | None


@dataclass(frozen=True, eq=False, kw_only=True)
class SearchInfo:
    """A search beside its random baseline."""

    title: str
    target: float
    arms: tuple[Progressed, ...]

"""How many trials end in a state: k of n with an interval, per setting and pooled.

One trial per seed: Wilson for display, Clopper-Pearson for claims. Several trials per seed: `clustered.unit_mean`.
Every planned trial is in the denominator, failed ones too. The formulas are written out on scipy.special because
statsmodels takes seconds to import; the tests compare with `statsmodels.stats.proportion`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from ablate.core.errors import ConfigError, unknown
from ablate.outcomes.states import STATES
from ablate.stats.clustered import Interval, seed_means, unit_mean

LARGEST = 2**62
"""Numbers of groups stay below it, whatever the number of factors."""


def wilson(successes: np.ndarray, trials: np.ndarray, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's score interval (Wilson, 1927; recommended by Brown, Cai and DasGupta, 2001): (low, high).

    Examples:
        >>> low, high = wilson(20, 20)
        >>> round(float(low), 3), float(high)
        (0.839, 1.0)
    """
    successes, trials = np.asarray(successes, float), np.asarray(trials, float)
    z2 = special.ndtri(0.5 + confidence / 2) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = successes / trials
        middle = (rate + z2 / (2 * trials)) / (1 + z2 / trials)
        half = np.sqrt(z2) * np.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    low = np.where(successes == 0, 0.0, middle - half)
    high = np.where(successes == trials, 1.0, middle + half)
    none = trials == 0
    return np.where(none, 0.0, low), np.where(none, 1.0, high)


def lower_bound(successes: np.ndarray, trials: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    """One-sided exact lower bound (Clopper and Pearson, 1934); 0 without any success.

    Examples:
        >>> float(lower_bound(20, 20).round(3))
        0.861
    """
    successes, trials = np.asarray(successes, float), np.asarray(trials, float)
    bound = special.betaincinv(np.maximum(successes, 1), trials - successes + 1, 1 - confidence)
    return np.where(successes > 0, bound, 0.0)


def upper_bound(successes: np.ndarray, trials: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    """One-sided exact upper bound; 1 if every trial succeeded."""
    successes, trials = np.asarray(successes, float), np.asarray(trials, float)
    return 1.0 - lower_bound(trials - successes, trials, confidence)


def clopper_pearson(
    successes: np.ndarray, trials: np.ndarray, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """The exact two-sided interval: (low, high)."""
    one_sided = 0.5 + confidence / 2
    return lower_bound(successes, trials, one_sided), upper_bound(successes, trials, one_sided)


def pooled(successes: np.ndarray, trials: np.ndarray, confidence: float = 0.95) -> Interval:
    """Rates of groups in which seeds have several trials.

    Args:
        successes: [groups, seeds] trials in the state.
        trials: [groups, seeds] all trials.
        confidence: two-sided.
    """
    trials = np.broadcast_to(np.asarray(trials, float), np.shape(successes))
    return unit_mean(seed_means(successes, trials), trials=trials.sum(-1), confidence=confidence)


def cell_counts(
    trials: pd.DataFrame, by: Sequence[str], hit: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Groups and, per group and seed, the sum of `hit` and the number of trials.

    Returns:
        keys: one row a group, columns `by`, in order of first appearance.
        sums, counts: [groups, seeds].

    Raises:
        ConfigError: a column that the trials lack.
    """
    for name in (*by, "seed"):
        if name not in trials.columns:
            raise ConfigError(unknown("column", name, map(str, trials.columns)))
    group = groups(trials, by)
    first = np.unique(group, return_index=True)[1]
    seed, seeds = pd.factorize(trials["seed"])
    shape = (len(first), len(seeds))
    place = group * len(seeds) + seed
    sums = np.bincount(place, weights=hit, minlength=shape[0] * shape[1]).reshape(shape)
    counts = np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape)
    return trials.iloc[first][list(by)].reset_index(drop=True), sums, counts


def groups(trials: pd.DataFrame, by: Sequence[str]) -> np.ndarray:
    """The number of each trial's group, the trials that agree in these columns, in order of first appearance."""
    code, size = np.zeros(len(trials), np.int64), 1
    for name in by:
        own, levels = level_codes(trials[name])
        if size * levels > LARGEST:
            code = pd.factorize(code)[0].astype(np.int64)
            size = int(code.max(initial=0)) + 1
        code, size = code * levels + own, size * levels
    return np.asarray(pd.factorize(code)[0])


def level_codes(column: pd.Series[Any]) -> tuple[np.ndarray, int]:
    """A number per row that tells levels apart, and a bound that no number reaches."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64), max(len(column.cat.categories), 1)
    codes, levels = pd.factorize(column)
    return codes.astype(np.int64), max(len(levels), 1)


def state_codes(trials: pd.DataFrame) -> np.ndarray:
    """Each trial's state as its place in `ablate.outcomes.states.STATES`; -1 for another word."""
    column = trials["state"]
    if isinstance(column.dtype, pd.CategoricalDtype) and tuple(column.cat.categories) == STATES:
        return column.cat.codes.to_numpy().astype(np.int64)
    return pd.Categorical(column.astype(str), categories=list(STATES)).codes.astype(np.int64)


def table(trials: pd.DataFrame, by: Sequence[str], *, state: str = "escaped", confidence: float = 0.95) -> pd.DataFrame:
    """One row a group: its trials by state, the rate of `state`, and its interval.

    Columns: `by`, `n` (planned trials), `seeds`, one per state, `rate`, `low`, `high`, `method` (`wilson` where every
    seed has one trial, else `seeds`), `exact_low`, `exact_high` (Clopper-Pearson; NaN where pooled).

    Raises:
        ConfigError: an unknown column or state.
    """
    if state not in STATES:
        raise ConfigError(unknown("state", state, STATES))
    own = state_codes(trials)
    keys, hits, counts = cell_counts(trials, by, (own == STATES.index(state)).astype(float))
    each = np.bincount(groups(trials, by) * len(STATES) + own, minlength=len(keys) * len(STATES))
    result = keys.assign(n=counts.sum(1), seeds=(counts > 0).sum(1))
    result[list(STATES)] = each.reshape(-1, len(STATES))
    successes, n = hits.sum(1), counts.sum(1)
    single = (counts <= 1).all(1)
    low, high = wilson(successes, n, confidence)
    exact = np.full((2, len(keys)), np.nan)
    exact[:, single] = clopper_pearson(successes[single], n[single], confidence)
    if not single.all():
        over = pooled(hits[~single], counts[~single], confidence)
        low[~single], high[~single] = over.low, over.high
    return result.assign(
        rate=successes / n,
        low=low,
        high=high,
        method=np.where(single, "wilson", "seeds"),
        exact_low=exact[0],
        exact_high=exact[1],
    )

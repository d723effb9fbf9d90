"""Compute the share of trials that end in a state, k of n with an interval, per setting and pooled.

One setting's interval is Wilson's for display and Clopper and Pearson's for claims. A rate over several settings is
the mean of their rates, each counting equally whatever its number of seeds; its interval is `clustered.bounded_mean`
over seeds. Both promise 95 % for numbers of seeds that the results did not choose (Wilson on average over rates).
Every planned trial counts in n, also those that failed. The formulas use scipy.special because statsmodels takes
seconds to import; the tests compare them with `statsmodels.stats.proportion`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from ablate.core.errors import ConfigError, unknown
from ablate.outcomes.states import OUTCOME_COLUMNS, STATES
from ablate.stats.clustered import Interval, bounded_mean

LARGEST = 2**62
"""Group numbers stay below this, whatever the number of factors."""


def wilson(successes: np.ndarray, trials: np.ndarray, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's score interval, (low, high); Brown, Cai and DasGupta (2001) recommend it.

    Args:
        successes: number of successes.
        trials: number of trials; for 0 trials the interval is [0, 1].
        confidence: two-sided, in (0, 1).

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
    """Return the one-sided exact lower bound (Clopper and Pearson, 1934); 0 without a success.

    Args:
        successes: number of successes.
        trials: number of trials.
        confidence: one-sided, in (0, 1).

    Examples:
        >>> float(lower_bound(20, 20).round(3))
        0.861
    """
    successes, trials = np.asarray(successes, float), np.asarray(trials, float)
    bound = special.betaincinv(np.maximum(successes, 1), trials - successes + 1, 1 - confidence)
    return np.where(successes > 0, bound, 0.0)


def upper_bound(successes: np.ndarray, trials: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    """Return the one-sided exact upper bound; 1 if every trial succeeded.

    Args:
        successes: number of successes.
        trials: number of trials.
        confidence: one-sided, in (0, 1).
    """
    successes, trials = np.asarray(successes, float), np.asarray(trials, float)
    return 1.0 - lower_bound(trials - successes, trials, confidence)


def clopper_pearson(
    successes: np.ndarray, trials: np.ndarray, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact two-sided interval, (low, high).

    Args:
        successes: number of successes.
        trials: number of trials.
        confidence: two-sided, in (0, 1).
    """
    one_sided = 0.5 + confidence / 2
    return lower_bound(successes, trials, one_sided), upper_bound(successes, trials, one_sided)


def pooled(
    group: np.ndarray, setting: np.ndarray, seed: np.ndarray, hit: np.ndarray, confidence: float = 0.95
) -> Interval:
    """Return the mean over each group's settings of their own means, with intervals over seeds.

    `clustered.balanced` does the same for values arranged as an array.

    Args:
        group: [trials] their groups, as codes from 0.
        setting: [trials] their settings, each in one group, as codes from 0.
        seed: [trials] their seeds, as codes from 0.
        hit: [trials] numbers in [0, 1].
        confidence: two-sided, in (0, 1).
    """
    shape = (int(group.max()) + 1, int(seed.max()) + 1)
    index = group * shape[1] + seed
    trials = np.bincount(setting).astype(float)
    means = np.bincount(setting, hit) / trials
    of_setting = np.zeros(len(trials), np.int64)
    of_setting[setting] = group
    settings = np.bincount(of_setting)
    present = np.bincount(index, minlength=shape[0] * shape[1]).reshape(shape) > 0
    rate = np.bincount(of_setting, means) / settings
    weight = present.sum(1)[group] / settings[group] / trials[setting]

    def by_seed(values: np.ndarray | float) -> np.ndarray:
        parts = np.bincount(index, weight * (values - means[setting]), shape[0] * shape[1])
        return np.asarray(rate[:, None] + parts.reshape(shape))

    values = np.where(present, by_seed(hit), np.nan)
    over = bounded_mean(values, by_seed(0.0).min(1), by_seed(1.0).max(1), confidence=confidence)
    return replace(over, low=np.clip(over.low, 0.0, 1.0), high=np.clip(over.high, 0.0, 1.0))


def cell_counts(
    trials: pd.DataFrame, by: Sequence[str], hit: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the groups and, per group and seed, the sum of `hit` and the number of trials.

    Args:
        trials: one row a trial, with `seed`.
        by: the columns in which the trials of a group agree.
        hit: [trials] the number to sum.

    Returns:
        One row a group, columns `by`, in order of first appearance; sums, [groups, seeds]; counts, [groups, seeds].

    Raises:
        ConfigError: the trials lack a column.
    """
    for name in (*by, "seed"):
        if name not in trials.columns:
            raise ConfigError(unknown("column", name, map(str, trials.columns)))
    group = groups(trials, by)
    first = np.unique(group, return_index=True)[1]
    seed, seeds = pd.factorize(trials["seed"])
    shape = (len(first), len(seeds))
    index = group * len(seeds) + seed
    sums = np.bincount(index, weights=hit, minlength=shape[0] * shape[1]).reshape(shape)
    counts = np.bincount(index, minlength=shape[0] * shape[1]).reshape(shape)
    return trials.iloc[first][list(by)].reset_index(drop=True), sums, counts


def groups(trials: pd.DataFrame, by: Sequence[str]) -> np.ndarray:
    """Return the index of each trial's group; groups are numbered in order of first appearance.

    Args:
        trials: one row a trial.
        by: the columns in which the trials of a group agree.
    """
    code, size = np.zeros(len(trials), np.int64), 1
    for name in by:
        codes, levels = level_codes(trials[name])
        if size * levels > LARGEST:
            code = pd.factorize(code)[0].astype(np.int64)
            size = int(code.max(initial=0)) + 1
        code, size = code * levels + codes, size * levels
    return np.asarray(pd.factorize(code)[0])


def level_codes(column: pd.Series[Any]) -> tuple[np.ndarray, int]:
    """Return a code per row, one for each level, and a number that all codes are below."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64), max(len(column.cat.categories), 1)
    codes, levels = pd.factorize(column)
    return codes.astype(np.int64), max(len(levels), 1)


def setting_columns(trials: pd.DataFrame) -> list[str]:
    """Return the columns that tell settings apart: all but `id`, `seed` and those of the outcome."""
    return [name for name in trials.columns if name not in ("id", "seed", *OUTCOME_COLUMNS)]


def state_codes(trials: pd.DataFrame) -> np.ndarray:
    """Return each trial's state as its index in `ablate.outcomes.states.STATES`; -1 for any other text."""
    column = trials["state"]
    if isinstance(column.dtype, pd.CategoricalDtype) and tuple(column.cat.categories) == STATES:
        return column.cat.codes.to_numpy().astype(np.int64)
    return pd.Categorical(column.astype(str), categories=list(STATES)).codes.astype(np.int64)


def table(trials: pd.DataFrame, by: Sequence[str], *, state: str = "escaped", confidence: float = 0.95) -> pd.DataFrame:
    """Return one row a group: its trials by state, and the rate of one state with its interval.

    Args:
        trials: one row a trial, with `seed` and `state`.
        by: the columns in which the trials of a group agree.
        state: the state whose rate is computed.
        confidence: two-sided, in (0, 1).

    Returns:
        Columns `by`, `n` (planned trials), `seeds`, one per state, `rate`, `low`, `high`, `method` (`wilson` where
        the group is one setting with one trial a seed, else `seeds`). Over several settings `rate` is the mean of
        their rates, which is escapes / n if all have the same seeds.

    Raises:
        ConfigError: a column or the state is unknown.
    """
    return tables(trials, by, [state], confidence=confidence)[state]


def tables(
    trials: pd.DataFrame, by: Sequence[str], states: Iterable[str], *, confidence: float = 0.95
) -> dict[str, pd.DataFrame]:
    """Return the table of each state, as `table` does.

    Args:
        trials: as for `table`, which also says what is raised.
        by: as for `table`.
        states: the states whose rates are computed.
        confidence: as for `table`.
    """
    codes = state_codes(trials)
    keys, _, counts = cell_counts(trials, by, np.zeros(len(trials)))
    group, seed = groups(trials, by), pd.factorize(trials["seed"])[0]
    by_state = np.bincount(group * len(STATES) + codes, minlength=len(keys) * len(STATES)).reshape(-1, len(STATES))
    setting = groups(trials, [*by, *(name for name in setting_columns(trials) if name not in by)])
    single = (np.bincount(group[np.unique(setting, return_index=True)[1]]) == 1) & (counts <= 1).all(1)
    n = counts.sum(1)
    counted = {"n": n, "seeds": (counts > 0).sum(1), **dict(zip(STATES, by_state.T, strict=True))}
    result: dict[str, pd.DataFrame] = {}
    for state in states:
        if state not in STATES:
            raise ConfigError(unknown("state", state, STATES))
        hits = by_state[:, STATES.index(state)]
        rate, (low, high) = hits / n, wilson(hits, n, confidence)
        if not single.all():
            over = pooled(group, setting, seed, (codes == STATES.index(state)).astype(float), confidence)
            rate, low, high = (
                np.where(single, alone, other)
                for alone, other in ((rate, over.estimate), (low, over.low), (high, over.high))
            )
        columns = {**counted, "rate": rate, "low": low, "high": high, "method": np.where(single, "wilson", "seeds")}
        result[state] = pd.concat([keys, pd.DataFrame(columns)], axis=1)
    return result

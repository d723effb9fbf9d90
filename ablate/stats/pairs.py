"""Line up trials for comparison: one level with another, at the same seed and the same levels of all other factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import TASK
from ablate.remedies.batch_size import BATCH_SIZE
from ablate.remedies.depth import DEPTH

OTHER_DATA = (TASK, BATCH_SIZE)
OTHER_WEIGHTS = (DEPTH,)
"""Trials with the same seed see other batches at another level of a factor in `OTHER_DATA`, and have other initial
weights at another level of one in `OTHER_WEIGHTS`."""


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The trials of one factor, lined up by the other factors and the seed.

    Attributes:
        factor: the factor whose levels are compared.
        levels: the names of its levels.
        seeds: [seeds] the seeds.
        strata: one row per combination of the other factors' levels.
        values: [strata, seeds, levels] the value of each trial; NaN without a trial.
    """

    factor: str
    levels: tuple[str, ...]
    seeds: np.ndarray
    strata: pd.DataFrame
    values: np.ndarray


def shares(factor: str) -> str:
    """Return what the two trials of a pair have in common if this factor differs.

    Random numbers are drawn per seed and layer for the widest network, so that most factors change neither the initial
    weights nor the order of the rows.

    Examples:
        >>> shares("loss"), shares("depth"), shares("batch_size")
        ('weights and order', 'order only', 'the seed label only')
    """
    if factor in OTHER_DATA:
        return "the seed label only"
    return "order only" if factor in OTHER_WEIGHTS else "weights and order"


def blocks(trials: pd.DataFrame, factors: Sequence[str], factor: str, values: np.ndarray) -> Blocks:
    """Line up the trials for comparisons between the levels of one factor.

    Args:
        trials: one row a trial.
        factors: every factor that varies.
        factor: the factor to compare; it may be absent from `factors`.
        values: [trials] the numbers to compare.

    Raises:
        ConfigError: the factor is unknown, or two trials have the same setting and seed.
    """
    if factor not in trials.columns:
        raise ConfigError(unknown("factor", factor, factors))
    others = [name for name in factors if name != factor]
    index, levels = pd.factorize(trials[factor].astype(str))
    seed, seeds = pd.factorize(trials["seed"], sort=True)
    code = np.zeros(len(trials), np.int64)
    for name in others:
        codes, names = pd.factorize(trials[name])
        code = code * len(names) + codes
    stratum, _ = pd.factorize(code)
    first = np.unique(stratum, return_index=True)[1]
    lined = np.full((len(first), len(seeds), len(levels)), np.nan)
    lined[stratum, seed, index] = values
    if np.unique((stratum * len(seeds) + seed) * len(levels) + index).size < len(trials):
        raise ConfigError(
            "Each setting must have one trial per seed. Received two trials with the same seed and the same "
            f"{', '.join([*others, factor])}."
        )
    return Blocks(
        factor=factor,
        levels=tuple(levels),
        seeds=np.asarray(seeds),
        strata=trials.iloc[first][others].reset_index(drop=True),
        values=lined,
    )


def pair(lined: Blocks, level: str, against: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the values at `level` and at `against`, each [strata, seeds], of the strata in which both were run.

    Args:
        lined: the trials of the factor.
        level: a level of it.
        against: another.

    Raises:
        ConfigError: a level was not run.
    """
    pairs = both(lined, level, against)
    kept = pairs.any(1)
    one, other = (lined.values[..., lined.levels.index(name)] for name in (level, against))
    return np.where(pairs, one, np.nan)[kept], np.where(pairs, other, np.nan)[kept]


def both(lined: Blocks, level: str, against: str) -> np.ndarray:
    """Return [strata, seeds] whether both levels were run.

    Args:
        lined: the trials of the factor.
        level: a level of it.
        against: another.

    Raises:
        ConfigError: a level was not run.
    """
    for name in (level, against):
        if name not in lined.levels:
            raise ConfigError(unknown(f"level of `{lined.factor}` among the trials", name, lined.levels))
    one, other = (lined.values[..., lined.levels.index(name)] for name in (level, against))
    return np.asarray(~(np.isnan(one) | np.isnan(other)))

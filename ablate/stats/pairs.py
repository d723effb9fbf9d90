"""Trials lined up for comparison: the same seed, the same level of every other factor, one level against another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError, unknown

OWN_DATA = ("task", "batch_size")
OWN_WEIGHTS = ("depth",)


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The trials of one factor's levels, lined up.

    Attributes:
        factor: whose levels are compared.
        levels: their names.
        seeds: the seeds, [seeds].
        strata: one row per combination of the other factors' levels.
        values: [strata, seeds, levels] what was asked of each trial; NaN where there is none.
    """

    factor: str
    levels: tuple[str, ...]
    seeds: np.ndarray
    strata: pd.DataFrame
    values: np.ndarray


def shares(factor: str) -> str:
    """What the two trials of a pair have in common when this factor differs.

    Draws are made per seed and layer for the widest net, so all but a few factors leave both in place.

    Examples:
        >>> shares("loss"), shares("depth"), shares("batch_size")
        ('weights and order', 'order only', 'the seed label only')
    """
    if factor in OWN_DATA:
        return "the seed label only"
    return "order only" if factor in OWN_WEIGHTS else "weights and order"


def blocks(trials: pd.DataFrame, factors: Sequence[str], factor: str, values: np.ndarray) -> Blocks:
    """Lines up the trials for comparisons between the levels of one factor.

    Args:
        trials: one row a trial.
        factors: every factor that varies.
        factor: the one to compare; need not be listed again in `factors`.
        values: what is compared, one number a trial.

    Raises:
        ConfigError: an unknown factor, or two trials with one setting and seed.
    """
    if factor not in trials.columns:
        raise ConfigError(unknown("factor", factor, factors))
    others = [name for name in factors if name != factor]
    own, levels = pd.factorize(trials[factor].astype(str))
    seed, seeds = pd.factorize(trials["seed"], sort=True)
    code = np.zeros(len(trials), np.int64)
    for name in others:
        each, names = pd.factorize(trials[name])
        code = code * len(names) + each
    stratum, _ = pd.factorize(code)
    first = np.unique(stratum, return_index=True)[1]
    lined = np.full((len(first), len(seeds), len(levels)), np.nan)
    lined[stratum, seed, own] = values
    if np.unique((stratum * len(seeds) + seed) * len(levels) + own).size < len(trials):
        raise ConfigError(f"Each setting must have one trial per seed. Received two that agree in {[*others, factor]}.")
    return Blocks(
        factor=factor,
        levels=tuple(levels),
        seeds=np.asarray(seeds),
        strata=trials.iloc[first][others].reset_index(drop=True),
        values=lined,
    )


def pair(lined: Blocks, level: str, against: str) -> tuple[np.ndarray, np.ndarray]:
    """The values at `level` and at `against`, each [strata, seeds], for the strata in which both were run.

    Raises:
        ConfigError: a level that was not run.
    """
    pairs = both(lined, level, against)
    kept = pairs.any(1)
    one, other = (lined.values[..., lined.levels.index(name)] for name in (level, against))
    return np.where(pairs, one, np.nan)[kept], np.where(pairs, other, np.nan)[kept]


def both(lined: Blocks, level: str, against: str) -> np.ndarray:
    """[strata, seeds] whether both levels were run.

    Raises:
        ConfigError: a level that was not run.
    """
    for name in (level, against):
        if name not in lined.levels:
            raise ConfigError(unknown(f"level of `{lined.factor}` among the trials", name, lined.levels))
    one, other = (lined.values[..., lined.levels.index(name)] for name in (level, against))
    return np.asarray(~(np.isnan(one) | np.isnan(other)))

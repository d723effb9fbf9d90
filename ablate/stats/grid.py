"""A full grid of trials as one array: an axis per factor, then the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError, unknown


@dataclass(frozen=True, eq=False, kw_only=True)
class Grid:
    """Trials of every combination of levels.

    Attributes:
        factors: names, one per axis.
        levels: their level names, in the order of the axis.
        seeds: [seeds]; those that every cell has.
        values: [levels of the first factor, ..., seeds].
        dropped: seeds left out because a cell lacks them.
    """

    factors: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    seeds: np.ndarray
    values: np.ndarray
    dropped: int


def level_order(column: pd.Series) -> tuple[str, ...]:
    """Level names that occur, in the column's own order of categories, else in order of first appearance."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        there = set(column.unique())
        return tuple(str(each) for each in column.cat.categories if each in there)
    return tuple(map(str, column.unique()))


def missing(trials: pd.DataFrame, factors: Sequence[str]) -> int:
    """How many combinations of the levels that occur have no trial at all: 0 for a full grid."""
    sizes = [trials[name].nunique() for name in factors]
    return int(np.prod(sizes, dtype=np.int64)) - len(trials[list(factors)].drop_duplicates())


def grid(trials: pd.DataFrame, factors: Sequence[str], values: np.ndarray) -> Grid:
    """The trials as an array.

    Args:
        trials: one row a trial.
        factors: the axes; every factor that varies.
        values: one number a trial.

    Raises:
        ConfigError: an unknown factor, a combination without trials, two trials in one place, or no seed in all cells.
    """
    for name in factors:
        if name not in trials.columns:
            raise ConfigError(unknown("factor", name, map(str, trials.columns)))
    levels = tuple(level_order(trials[name]) for name in factors)
    seed, seeds = pd.factorize(trials["seed"], sort=True)
    codes = [
        pd.Categorical(trials[name].astype(str), categories=own).codes
        for name, own in zip(factors, levels, strict=True)
    ]
    result = np.full((*map(len, levels), len(seeds)), np.nan)
    place = (*(code.astype(np.int64) for code in codes), seed)
    result[place] = values
    filled = int((~np.isnan(result)).sum())
    if filled < len(trials):
        raise ConfigError(
            f"Each setting must have one trial per seed. Received {len(trials)} trials for {filled} places."
        )
    there = ~np.isnan(result)
    if not there.any(-1).all():
        empty = int((~there.any(-1)).sum())
        raise ConfigError(
            f"Every combination of {', '.join(factors)} must have been run. Received {empty} without a trial."
        )
    common = there.reshape(-1, len(seeds)).all(0)
    if not common.any():
        raise ConfigError("At least one seed must be shared by all settings. Received none.")
    return Grid(
        factors=tuple(factors),
        levels=levels,
        seeds=np.asarray(seeds)[common],
        values=result[..., common],
        dropped=int((~common).sum()),
    )

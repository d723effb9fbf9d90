"""Arrange the trials of a full grid as one array: an axis per factor, then the seeds."""

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
        factors: the factors, one per axis.
        levels: per factor the names of its levels, in the order of the axis.
        seeds: [seeds] the seeds that every cell has.
        values: [levels of the first factor, ..., seeds] one number a trial.
        dropped: number of seeds left out because a cell lacks them.
    """

    factors: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    seeds: np.ndarray
    values: np.ndarray
    dropped: int


def level_order(column: pd.Series) -> tuple[str, ...]:
    """Return the level names that occur, in the order of the column's categories, else of first appearance."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        present = set(column.unique())
        return tuple(str(level) for level in column.cat.categories if level in present)
    return tuple(map(str, column.unique()))


def level_indices(trials: pd.DataFrame, factors: Sequence[str], levels: Sequence[Sequence[str]]) -> list[np.ndarray]:
    """Return per factor the index of each trial's level.

    Args:
        trials: one row a trial.
        factors: columns of `trials`.
        levels: per factor the names of its levels.
    """
    return [
        pd.Categorical(trials[name].astype(str), categories=list(names)).codes.astype(np.int64)
        for name, names in zip(factors, levels, strict=True)
    ]


def missing(trials: pd.DataFrame, factors: Sequence[str]) -> int:
    """Return how many combinations of the levels that occur have no trial: 0 for a full grid.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
    """
    sizes = [trials[name].nunique() for name in factors]
    return int(np.prod(sizes, dtype=np.int64)) - len(trials[list(factors)].drop_duplicates())


def grid(trials: pd.DataFrame, factors: Sequence[str], values: np.ndarray) -> Grid:
    """Return the trials as an array.

    Args:
        trials: one row a trial.
        factors: the axes; every factor that varies.
        values: [trials] one number a trial.

    Raises:
        ConfigError: a factor is unknown, a combination has no trial, a setting and seed has two, or no seed is in all
            cells.
    """
    for name in factors:
        if name not in trials.columns:
            raise ConfigError(unknown("factor", name, map(str, trials.columns)))
    levels = tuple(level_order(trials[name]) for name in factors)
    seed, seeds = pd.factorize(trials["seed"], sort=True)
    result = np.full((*map(len, levels), len(seeds)), np.nan)
    result[(*level_indices(trials, factors, levels), seed)] = values
    filled = int((~np.isnan(result)).sum())
    if filled < len(trials):
        raise ConfigError(
            f"Each setting must have one trial per seed. Received {len(trials)} trials for {filled} pairs of "
            "setting and seed."
        )
    present = ~np.isnan(result)
    if not present.any(-1).all():
        empty = int((~present.any(-1)).sum())
        raise ConfigError(
            f"Every combination of {', '.join(factors)} must have been run. Combinations without a trial: {empty}."
        )
    common = present.reshape(-1, len(seeds)).all(0)
    if not common.any():
        raise ConfigError("At least one seed must be shared by all settings. Received none.")
    return Grid(
        factors=tuple(factors),
        levels=levels,
        seeds=np.asarray(seeds)[common],
        values=result[..., common],
        dropped=int((~common).sum()),
    )

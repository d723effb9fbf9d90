"""Measure how often the odds ratios of an incomplete grid hold the truth, where trials share seeds.

The true rates are additive in the log odds, so the model is right, and only the intervals can be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import special

from ablate.stats import model
from validation import worlds
from validation.coverage import Check, covered

LEVELS = {"a": (-0.6, 0.6), "b": (-1.0, 0.0, 1.0), "c": (-0.9, -0.3, 0.3, 0.9)}
"""The true effects: log odds ratios against the average level."""

HOLES = 8
"""Settings of the 24 that were not run."""

HARD = 0.1
"""The share of seeds that are unlike the others."""

WORLDS = ("seeds differ by degrees", "some seeds fail in every setting", "one level fails in some seeds")


def settings() -> np.ndarray:
    """Return the settings that are run, [settings, factors] as numbers of levels; every level occurs in three."""
    grid = np.stack(np.meshgrid(*(np.arange(len(effects)) for effects in LEVELS.values()), indexing="ij"), -1)
    cells = grid.reshape(-1, len(LEVELS))
    return cells[np.sort(np.random.default_rng(1).permutation(len(cells))[HOLES:])]


def draw(rng: np.random.Generator, world: str, seeds: int, studies: int) -> np.ndarray:
    """Draw outcomes 0 or 1 of the settings that are run, [studies, settings, seeds].

    Args:
        rng: the source of randomness.
        world: one of WORLDS.
        seeds: number of seeds.
        studies: number of studies.
    """
    cells = settings()
    effects = [np.array(values)[cells[:, axis]] for axis, values in enumerate(LEVELS.values())]
    rates = special.expit(np.sum(effects, axis=0) - 0.5)
    if world == WORLDS[0]:
        return worlds.draw(rng, worlds.log_odds(rates), seeds, studies)
    if world == WORLDS[1]:
        return worlds.together(rng, HARD, rates / (1 - HARD), seeds, studies)
    hard = rng.random((studies, 1, seeds)) < HARD
    last = cells[:, 0] == 1
    fails = hard & last[:, None]
    inside = np.asarray(np.where(last, rates / (1 - HARD), rates))
    escaped: np.ndarray = (rng.random(fails.shape) < inside[:, None]) & ~fails
    return escaped.astype(float)


def as_trials(outcomes: np.ndarray) -> pd.DataFrame:
    """Return the trials of one study, [settings, seeds], one row a trial."""
    cell, seed = np.indices(outcomes.shape).reshape(2, -1)
    columns = {name: np.array(list("pqrs"))[settings()[cell, axis]] for axis, name in enumerate(LEVELS)}
    return pd.DataFrame({**columns, "seed": seed, "state": np.where(outcomes.ravel() > 0, "escaped", "stuck")})


def everything(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Yield the coverage of the effects of levels, by world and number of seeds.

    Args:
        rng: the source of randomness.
        studies: number of simulated studies a check.
    """
    truth = {(name, "pqrs"[at]): value for name, values in LEVELS.items() for at, value in enumerate(values)}
    for seeds in (5, 10, 20):
        for world in WORLDS:
            hits = []
            for outcomes in draw(rng, world, seeds, studies):
                fit = model.logistic(as_trials(outcomes), list(LEVELS), order=1)
                aim = np.array([truth[row] for row in zip(fit.effects["term"], fit.effects["level"], strict=True)])
                hits.append((fit.effects["low"].to_numpy() <= aim) & (aim <= fit.effects["high"].to_numpy()))
            yield covered(f"odds by level: {world}, {seeds} seeds", np.array(hits), within=(0.93, 1.0))

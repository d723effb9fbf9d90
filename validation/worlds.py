"""Simulate studies whose truth is known: trials that share seeds, with rates that are set in advance."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
from scipy import special

SEED_EFFECT = 1.5
"""Standard deviation of the effect of a seed on the log odds."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_GRID = np.linspace(-14, 14, 4001)


def rate(log_odds: np.ndarray) -> np.ndarray:
    """Return the rate over all seeds of a setting, given its log odds at the average seed."""
    return np.asarray((special.expit(np.asarray(log_odds)[..., None] + SEED_EFFECT * _NODES) * _WEIGHTS).sum(-1))


def log_odds(rates: np.ndarray) -> np.ndarray:
    """Return the log odds at the average seed that give these rates: the inverse of `rate`."""
    return cast(np.ndarray, np.interp(rates, rate(_GRID), _GRID))


def draw(rng: np.random.Generator, cells: np.ndarray, seeds: int, studies: int) -> np.ndarray:
    """Draw outcomes 0 or 1; a seed has the same effect on all cells.

    Args:
        rng: the source of randomness.
        cells: [cells...] log odds.
        seeds: number of seeds.
        studies: number of studies.

    Returns:
        [studies, cells..., seeds].
    """
    cells = np.asarray(cells)
    shape = (studies, *cells.shape, seeds)
    effect = rng.normal(0, SEED_EFFECT, (studies, *(1,) * cells.ndim, seeds))
    return np.asarray(rng.random(shape) < special.expit(cells[..., None] + effect), float)


def together(rng: np.random.Generator, chance: float, rates: np.ndarray, seeds: int, studies: int) -> np.ndarray:
    """Draw outcomes where some seeds fail in every setting; in the others, trials are independent.

    Args:
        rng: the source of randomness.
        chance: the chance that a seed fails in every setting.
        rates: [cells...] escape rates in all other seeds.
        seeds: number of seeds.
        studies: number of studies.

    Returns:
        [studies, cells..., seeds].
    """
    rates = np.asarray(rates, float)
    fails = rng.random((studies, *(1,) * rates.ndim, seeds)) < chance
    return ((rng.random((studies, *rates.shape, seeds)) < rates[..., None]) & ~fails).astype(float)


def equal_but_not_alike(
    rng: np.random.Generator, chance: float, kind: str, seeds: int, studies: int, strata: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    """Draw two levels of equal rates that are not exchangeable within a seed.

    Args:
        rng: the source of randomness.
        chance: the share of seeds that are hard.
        kind: `whole`: the first level fails in all strata of a hard seed and nowhere else, the second fails as often,
            one trial at a time. `gap`: the first is better by .05 in easy seeds, and worse in hard ones by as much as
            makes the rates equal.
        seeds: number of seeds.
        studies: number of studies.
        strata: combinations of the other factors' levels.

    Returns:
        Two arrays [studies, strata, seeds].
    """
    hard = rng.random((studies, 1, seeds)) < chance
    drawn = rng.random((2, studies, strata, seeds))
    if kind == "whole":
        one = np.broadcast_to(~hard, drawn.shape[1:])
        return one.astype(float), (drawn[1] < 1 - chance).astype(float)
    first = np.where(hard, 0.9 - 0.05 * (1 - chance) / chance, 0.95)
    return (drawn[0] < first).astype(float), (drawn[1] < 0.9).astype(float)


def batches(studies: int, size: int = 250) -> Iterator[int]:
    """Yield the sizes of parts of so many studies that fit in memory."""
    yield from itertools.repeat(size, studies // size)
    if studies % size:
        yield studies % size


def antichain(rng: np.random.Generator, remedies: Sequence[str]) -> list[frozenset[str]]:
    """Draw one to three sets of one to three remedies, none of which contains another."""
    wanted = int(rng.integers(1, 4))
    sets: list[frozenset[str]] = []
    # With few remedies a third set may not exist, so the number of tries is limited.
    for _ in range(100):
        new = frozenset(rng.choice(np.array(remedies), int(rng.integers(1, 4)), replace=False).tolist())
        if not any(new <= old or old <= new for old in sets):
            sets.append(new)
        if len(sets) == wanted:
            break
    return sets


def subsets(remedies: Sequence[str]) -> list[frozenset[str]]:
    """Return every subset, the empty one first."""
    return [frozenset(some) for size in range(len(remedies) + 1) for some in itertools.combinations(remedies, size)]

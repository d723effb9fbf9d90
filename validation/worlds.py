"""Made-up studies whose truth is known: trials that share seeds, with rates that are set in advance."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import special

SEED_EFFECT = 1.5
"""Standard deviation of the seeds' effect on the log odds."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_GRID = np.linspace(-14, 14, 4001)


def rate(log_odds: np.ndarray) -> np.ndarray:
    """The rate over all seeds of a setting with these log odds at the average seed."""
    return np.asarray((special.expit(np.asarray(log_odds)[..., None] + SEED_EFFECT * _NODES) * _WEIGHTS).sum(-1))


def log_odds(rates: np.ndarray) -> np.ndarray:
    """The inverse of `rate`."""
    return np.interp(rates, rate(_GRID), _GRID)


def draw(rng: np.random.Generator, cells: np.ndarray, seeds: int, studies: int) -> np.ndarray:
    """[studies, cells..., seeds] outcomes 0 or 1 at these log odds; a seed's effect is shared by all cells."""
    cells = np.asarray(cells)
    shape = (studies, *cells.shape, seeds)
    effect = rng.normal(0, SEED_EFFECT, (studies, *(1,) * cells.ndim, seeds))
    return (rng.random(shape) < special.expit(cells[..., None] + effect)).astype(float)


def batches(studies: int, size: int = 250) -> Iterator[int]:
    """Sizes of parts that fit in memory."""
    yield from itertools.repeat(size, studies // size)
    if studies % size:
        yield studies % size


def antichain(rng: np.random.Generator, remedies: Sequence[str]) -> list[frozenset[str]]:
    """One to three sets of one to three remedies, none within another."""
    wanted = int(rng.integers(1, 4))
    found: list[frozenset[str]] = []
    # With few remedies there may be no third set; the tries are then in vain.
    for _ in range(100):
        new = frozenset(rng.choice(np.array(remedies), int(rng.integers(1, 4)), replace=False).tolist())
        if not any(new <= old or old <= new for old in found):
            found.append(new)
        if len(found) == wanted:
            break
    return found


def subsets(remedies: Sequence[str]) -> list[frozenset[str]]:
    """Every subset, the empty one first."""
    return [frozenset(each) for size in range(len(remedies) + 1) for each in itertools.combinations(remedies, size)]

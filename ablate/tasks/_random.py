"""Random numbers that are the same with every NumPy version, processor and mathematical library.

Only PCG64's uniform numbers are used, because NumPy may change the streams of other distributions. The last bit of a
sine or a logarithm differs between platforms, so results are rounded to a coarse grid.
"""

from __future__ import annotations

import numpy as np

GRID = 2.0**20


def generator(*words: int) -> np.random.Generator:
    """Return a generator whose stream is fixed by these numbers."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Draw standard normal numbers, float64 [*shape], by Box and Muller (1958)."""
    radius = np.sqrt(-2.0 * np.log(1.0 - rng.random(shape)))
    return radius * np.cos(2.0 * np.pi * rng.random(shape))


def on_grid(values: np.ndarray) -> np.ndarray:
    """Round values to multiples of 2**-20, which float32 holds exactly up to 16."""
    return np.round(values * GRID) / GRID

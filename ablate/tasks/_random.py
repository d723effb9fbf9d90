"""Random numbers that stay the same: across NumPy versions, processors and mathematical libraries.

Only PCG64's plain uniform numbers are used (NumPy promises nothing about the streams of the others), and whatever
went through a sine or a logarithm, whose last bit differs between platforms, is rounded to a coarse grid.
"""

from __future__ import annotations

import numpy as np

GRID = 2.0**20


def generator(*words: int) -> np.random.Generator:
    """The stream of these words."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Standard normal numbers, float64 [*shape], by Box and Muller (1958)."""
    radius = np.sqrt(-2.0 * np.log(1.0 - rng.random(shape)))
    return radius * np.cos(2.0 * np.pi * rng.random(shape))


def on_grid(values: np.ndarray) -> np.ndarray:
    """The values rounded to multiples of 2**-20 (exact in float32 up to 16)."""
    return np.round(values * GRID) / GRID

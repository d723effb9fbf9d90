"""The order in which a seed's trials see their training rows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

ORDER = 2
"""Keeps the random order apart from initial weights (1) and planted faults (3)."""


@lru_cache(maxsize=256)
def order(seed: int, rows: int, batch_size: int, steps: int) -> np.ndarray:
    """Return the training rows that each step sees, read-only int32 [steps, batch_size], numbered from 0.

    Every pass over the data has a new permutation; the passes are joined and cut into batches. So the sequence of rows
    is the same for every batch size, every number of steps and every engine.

    Args:
        seed: the trial's seed.
        rows: number of training rows; may be less than `batch_size`.
        batch_size: rows in a batch.
        steps: number of training steps.
    """
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, ORDER])))
    wanted = steps * batch_size
    passes = [
        # Sorting uniform numbers instead of `rng.permutation`, whose stream NumPy may change.
        np.argsort(rng.random(rows), kind="stable")
        for _ in range(-(-wanted // rows))
    ]
    result = np.concatenate(passes)[:wanted].astype(np.int32).reshape(steps, batch_size)
    result.setflags(write=False)
    return result

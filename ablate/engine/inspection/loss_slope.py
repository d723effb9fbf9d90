"""Measure whether a loss falls."""

from __future__ import annotations

import numpy as np


def slope(losses: np.ndarray) -> float:
    """Return the fall of the loss over the last half, divided by its standard error.

    Examples:
        >>> slope(np.array([3.0] * 8 + [2.0, 2.1] * 4)) < 1 < slope(np.arange(16.0)[::-1])
        True
    """
    tail = losses[len(losses) // 2 :]
    if len(tail) < 8 or not np.isfinite(tail).all():
        return 0.0
    early, late = tail[: len(tail) // 2], tail[len(tail) // 2 :]
    error = np.sqrt(early.var() / len(early) + late.var() / len(late))
    return float((early.mean() - late.mean()) / error) if error > 0 else 0.0

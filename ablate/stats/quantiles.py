"""Quantiles over trials at every look: what a fan of training curves is made of."""

from __future__ import annotations

import numpy as np

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def fan(values: np.ndarray) -> tuple[int, np.ndarray]:
    """Quantiles over trials at each look, of the finite values.

    Args:
        values: [trials, looks], NaN or infinite where there is nothing to see.

    Returns:
        How many trials have any finite value, and float64 [5, looks] at LEVELS (linear interpolation); NaN at looks
        without a finite value.

    Examples:
        >>> n, bands = fan(np.array([[0.0, 1.0], [1.0, np.nan], [2.0, 3.0]]))
        >>> n, bands[2].tolist()
        (3, [1.0, 2.0])
    """
    there = np.isfinite(values)
    bands = np.full((len(LEVELS), values.shape[1]), np.nan)
    for look in range(values.shape[1]):
        seen = values[there[:, look], look]
        if len(seen):
            bands[:, look] = np.quantile(seen, LEVELS)
    return int(there.any(axis=1).sum()), bands

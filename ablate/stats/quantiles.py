"""Compute quantiles over trials at every evaluation, which figures of training curves draw as bands."""

from __future__ import annotations

import numpy as np

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def fan(values: np.ndarray) -> tuple[int, np.ndarray]:
    """Return the quantiles over trials of the finite values at each evaluation.

    Args:
        values: [trials, evaluations], NaN or infinite without a value.

    Returns:
        The number of trials with any finite value, and the quantiles, float64 [LEVELS, evaluations] (linear
        interpolation); NaN at evaluations without a finite value.

    Examples:
        >>> n, bands = fan(np.array([[0.0, 1.0], [1.0, np.nan], [2.0, 3.0]]))
        >>> n, bands[2].tolist()
        (3, [1.0, 2.0])
    """
    finite = np.isfinite(values)
    bands = np.full((len(LEVELS), values.shape[1]), np.nan)
    for column in np.flatnonzero(finite.any(axis=0)):
        bands[:, column] = np.quantile(values[finite[:, column], column], LEVELS)
    return int(finite.any(axis=1).sum()), bands

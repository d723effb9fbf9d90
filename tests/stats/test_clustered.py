"""Means over seeds, against the linearised ratio."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.stats import clustered


def test_unequal_trials_per_seed_give_the_ratio_and_its_error():
    sums, counts = np.array([3.0, 1.0, 0.0, 4.0]), np.array([4.0, 1.0, 2.0, 5.0])
    values = clustered.seed_means(sums, counts)
    ratio = sums.sum() / counts.sum()
    assert values.mean() == pytest.approx(ratio)
    residual = (sums - ratio * counts) / counts.mean()
    assert clustered.unit_mean(values[None]).error[0] == pytest.approx(residual.std(ddof=1) / 2)

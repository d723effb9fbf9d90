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


def test_a_signed_mean_is_wider_than_students_by_the_trials_not_seen():
    values, unit = np.array([0.5, -0.25, 0.0, 0.75, 0.25, 0.0, 0.5, -0.5]), 0.25
    squares = float(((values - values.mean()) ** 2).sum())
    found = clustered.signed_mean(values, unit=unit)
    student = clustered.signed_mean(values, unit=0.0)
    widened = np.sqrt((squares + 1.5 * unit**2) / squares)
    assert (found.high - found.estimate) / (student.high - student.estimate) == pytest.approx(widened)
    low, high = student.estimate - 3 * student.error, student.estimate + 3 * student.error
    assert low < student.low < student.high < high


def test_a_signed_mean_of_equal_seeds_still_has_a_width():
    found = clustered.signed_mean(np.zeros(10), unit=1.0)
    assert found.low == -found.high
    assert found.high == pytest.approx(np.sqrt(1.5 / 9 / 10) * clustered.t_quantile(np.array(9.0), 0.95))

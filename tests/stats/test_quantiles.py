"""Quantiles over trials at every evaluation."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.stats import quantiles


def test_quantiles_are_those_of_the_finite_values() -> None:
    values = np.array([[4.0, np.nan, np.inf], [0.0, 7.0, np.nan], [1.0, np.nan, np.nan], [3.0, 9.0, np.nan]])
    n, bands = quantiles.fan(values)
    assert n == 4
    assert bands.shape == (5, 3)
    assert bands[:, 0] == pytest.approx([0.15, 0.75, 2.0, 3.25, 3.85])
    assert bands[:, 1] == pytest.approx([7.1, 7.5, 8.0, 8.5, 8.9])
    assert np.isnan(bands[:, 2]).all()


def test_trials_without_any_value_do_not_count() -> None:
    n, bands = quantiles.fan(np.array([[np.nan, np.nan], [np.nan, 2.0]]))
    assert n == 1
    assert bands[:, 1].tolist() == [2.0] * 5
    n, bands = quantiles.fan(np.zeros((0, 3)))
    assert (n, bands.shape) == (0, (5, 3))
    assert np.isnan(bands).all()

"""Predictions for a new task, against the formulas by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ablate.stats import new_task

EFFECTS, VARIANCES = np.array([0.9, 0.4, 0.6, -0.1]), np.array([0.01, 0.02, 0.015, 0.03])


def test_it_is_higgins_interval_with_the_variance_of_paule_and_mandel() -> None:
    over = new_task.predict(EFFECTS, VARIANCES)
    weights = 1 / (VARIANCES + over.between**2)
    assert (weights * (EFFECTS - over.mean) ** 2).sum() == pytest.approx(3, abs=1e-3), "Paule and Mandel's equation"
    assert over.mean == pytest.approx((weights * EFFECTS).sum() / weights.sum())
    hartung = np.sqrt((weights * (EFFECTS - over.mean) ** 2).sum() / 3 / weights.sum())
    error = max(hartung, 1 / np.sqrt(weights.sum()))
    assert over.high - over.mean == pytest.approx(min(1 - over.mean, stats.t.ppf(0.975, 3) * error))


def test_the_prediction_takes_the_upper_quartile_of_the_variance_between_tasks() -> None:
    effects, variances = np.array([0.3, 0.35, 0.1, 0.45, 0.3, 0.2, 0.5, 0.25]), np.full(8, 0.004)
    over = new_task.predict(effects, variances)
    careful = np.sum((effects - effects.mean()) ** 2) / stats.chi2.ppf(0.25, 7) - 0.004
    assert careful > over.between**2 > 0
    error = max(np.var(effects, ddof=1), careful + 0.004) / 8
    half = stats.t.ppf(0.975, 6) * np.sqrt(careful + error)
    assert (over.new_low, over.new_high) == pytest.approx((effects.mean() - half, effects.mean() + half))


def test_two_tasks_give_a_mean_and_no_prediction_and_one_gives_neither() -> None:
    over = new_task.predict(EFFECTS[:2], VARIANCES[:2])
    assert over.tasks == 2
    assert np.isnan([over.new_low, over.new_high]).all()
    with pytest.raises(ValueError, match="at least two tasks"):
        new_task.predict(EFFECTS[:1], VARIANCES[:1])


def test_tasks_that_agree_by_chance_leave_a_width() -> None:
    gaps, variances = np.array([new_task.effect(20, 0, 20)] * 3).T
    over = new_task.predict(gaps, variances)
    assert over.between == 0
    assert over.new_low < over.mean == 1.0 == over.new_high


def test_tasks_that_vary_a_little_more_than_by_chance_have_a_variance() -> None:
    aim = stats.chi2.ppf(0.25, 3)
    effects = np.array([-1.0, 1.0, -1.0, 1.0])
    for spread, zero in ((aim + 0.5, False), (aim + 1e-6, False), (aim - 1e-6, True)):
        assert (new_task._careful_variance(effects, np.full(4, 4 / spread)) == 0) == zero

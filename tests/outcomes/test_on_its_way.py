"""A network on its way: trends that a textbook test finds, and a projection that later training bears out."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from ablate.outcomes.on_its_way import _falls, _mann_kendall, steps_more

STEPS = np.arange(26) * 16
FALLS = np.linspace(2.4, 2.0, 26)


def test_the_projection_is_a_straight_line() -> None:
    assert steps_more(STEPS, np.arange(26) * 2, FALLS, bar=97, known=26) == 16 * 25
    assert steps_more(STEPS, np.arange(26) * 2, FALLS, bar=550, known=26) is None, "more than ten times the budget"
    bent = np.array([*[5] * 13, *np.arange(13) + 30])
    assert steps_more(STEPS, bent, FALLS, bar=50, known=26) == 16 * 10, "as in the last half of training"


def test_what_a_constant_prediction_or_the_start_gets_right_is_no_progress() -> None:
    assert steps_more(STEPS, np.arange(26), FALLS, bar=70, known=26) is None
    assert steps_more(STEPS, np.arange(26), FALLS, bar=70, known=20) is not None


def test_a_rise_that_most_pairs_do_not_show_has_no_slope_to_go_on() -> None:
    steps_up = np.array([*[1] * 13, *[30] * 9, *[31] * 4])
    score, _, p = _mann_kendall(steps_up[13:])
    assert score > 0
    assert p < 0.01
    assert steps_more(STEPS, steps_up, FALLS, bar=50, known=26) is None


def test_both_trends_are_needed() -> None:
    rises = np.arange(26) * 2
    assert steps_more(STEPS, rises, FALLS[::-1], bar=97, known=26) is None
    assert steps_more(STEPS, rises, np.where(np.arange(26) == 25, math.inf, FALLS), bar=97, known=26) is None
    assert steps_more(STEPS, np.full(26, 50), FALLS, bar=97, known=26) is None
    assert steps_more(STEPS, np.tile([30, 50], 13), FALLS, bar=97, known=26) is None


def test_what_is_above_chance_at_the_end_needs_no_more() -> None:
    assert steps_more(STEPS, np.array([*[10] * 24, 98, 98]), FALLS, bar=97, known=26) == 0


def test_a_loss_falls_by_a_trend_and_by_more_than_one_percent() -> None:
    assert _falls(np.linspace(2.30, 2.26, 13))
    assert not _falls(np.linspace(2.30, 2.28, 13))
    assert not _falls(np.array([2.30, 2.1, 2.4, 2.2, 2.45, 2.0, 2.5, 2.3, 2.2, 2.4, 2.1, 2.5, 2.26]))
    assert not _falls(np.array([3.0, 2.0, 1.0]))
    assert not _falls(np.array([]))
    assert _falls(np.linspace(3.0, 1.0, 7))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(0, 6), min_size=4, max_size=30))
def test_mann_kendall_is_kendalls_tau_against_time(values: list[int]) -> None:
    """SciPy's asymptotic p has no continuity correction, else the two are one test."""
    score, variance, p = _mann_kendall(np.array(values, float))
    if len(set(values)) == 1:
        assert (score, p) == (0, 1.0)
        return
    theirs = kendalltau(np.arange(len(values)), values, method="asymptotic")
    assert math.erfc(abs(score) / math.sqrt(2 * variance)) == pytest.approx(theirs.pvalue, rel=1e-9)
    assert np.sign(score) == np.sign(round(theirs.statistic, 12))
    assert theirs.pvalue <= p <= 1.0


def test_mann_kendall_is_near_the_exact_test() -> None:
    values = np.array([7, 9, 5, 8, 2, 6, 1, 3, 4, 0.0])
    exact = kendalltau(np.arange(10), values, method="exact").pvalue
    assert _mann_kendall(values)[2] == pytest.approx(exact, rel=0.25)
    assert 0.001 < exact < 0.05

"""The fall of a loss over its last half is counted in its standard errors."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.engine.inspection.loss_slope import slope


def test_a_fall_is_the_difference_of_quarters_over_its_standard_error() -> None:
    early, late = [5.0, 7.0, 6.0, 9.0, 4.0], [3.0, 2.0, 5.0, 2.5, 3.5]
    losses = np.array([100.0, -40.0, 3.0, 8.0, 77.0, 1.0, 2.0, 9.0, 30.0, 6.0, *early, *late])
    error = np.sqrt(np.var(early) / 5 + np.var(late) / 5)
    assert slope(losses) == pytest.approx((np.mean(early) - np.mean(late)) / error)
    assert slope(losses[::-1]) != pytest.approx(slope(losses))


def test_an_odd_number_of_losses_is_cut_in_the_middle() -> None:
    tail = np.array([4.0, 5.0, 3.0, 4.0, 2.0, 3.0, 1.0, 2.0, 1.5])
    error = np.sqrt(tail[:4].var() / 4 + tail[4:].var() / 5)
    assert slope(np.concatenate([np.full(8, 50.0), tail])) == pytest.approx((tail[:4].mean() - tail[4:].mean()) / error)


@pytest.mark.parametrize(("count", "told"), [(16, True), (15, True), (14, False)])
def test_a_short_tail_says_nothing(count: int, *, told: bool) -> None:
    assert (slope(np.arange(float(count))[::-1]) > 1) is told
    assert told or slope(np.arange(float(count))[::-1]) == 0.0


@pytest.mark.parametrize("last", [np.full(8, 2.0), np.array([1.0] * 7 + [np.nan])])
def test_a_constant_loss_and_one_that_is_not_finite_do_not_fall(last: np.ndarray) -> None:
    assert slope(np.concatenate([np.full(8, 9.0), last])) == 0.0


def test_a_fall_is_measured_where_its_error_is_small() -> None:
    tail = np.array([2.0, 2.1, 2.0, 2.1, 1.0, 1.1, 1.0, 1.1])
    assert slope(np.concatenate([tail, tail])) == pytest.approx(1.0 / np.sqrt(2 * 0.0025 / 4))

"""Means over seeds: against the linearised ratio, scipy's exact bounds, random weights, and what evidence may do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import BSpline
from scipy.stats import binomtest

from ablate.stats import clustered


def test_unequal_trials_per_seed_give_the_ratio_and_its_error():
    sums, counts = np.array([3.0, 1.0, 0.0, 4.0]), np.array([4.0, 1.0, 2.0, 5.0])
    values = clustered.seed_means(sums, counts)
    ratio = sums.sum() / counts.sum()
    assert values.mean() == pytest.approx(ratio)
    residual = (sums - ratio * counts) / counts.mean()
    assert clustered.bounded_mean(values[None]).error[0] == pytest.approx(residual.std(ddof=1) / 2)


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


@pytest.mark.parametrize("seeds", [1, 4, 20])
def test_seeds_of_one_trial_give_the_exact_interval_of_scipy(seeds):
    for hits in range(seeds + 1):
        found = clustered.bounded_mean(np.repeat([1.0, 0.0], [hits, seeds - hits]))
        expected = binomtest(hits, seeds).proportion_ci(0.95, "exact")
        assert (float(found.low), float(found.high)) == pytest.approx((expected.low, expected.high), abs=1e-7)


def test_the_limits_are_quantiles_of_a_mean_with_random_weights():
    values = np.array([0.1, 0.4, 0.4, 0.9, 1.0, 0.7, 0.65])
    weights = np.random.default_rng(0).dirichlet(np.ones(8), 200_000)
    found = clustered.bounded_mean(values, -0.5, 2.0)
    assert float(found.low) == pytest.approx(np.quantile(weights @ [-0.5, *values], 0.025), abs=0.004)
    assert float(found.high) == pytest.approx(np.quantile(weights @ [*values, 2.0], 0.975), abs=0.004)


def test_the_chance_is_the_integral_of_scipys_b_spline():
    knots = np.array([0.0, 0.2, 0.25, 0.6, 1.0])
    density = BSpline.basis_element(knots, extrapolate=False)
    for at in (0.1, 0.3, 0.5, 0.8):
        share = density.integrate(at, 1.0) / density.integrate(0.0, 1.0)
        assert clustered._beyond(knots[:, None], np.array([at]))[0] == pytest.approx(float(share))


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), st.integers(0, 11))
def test_one_more_failure_raises_neither_limit(successes, which):
    values = np.array(successes) / 12
    fewer = values.copy()
    fewer[which % len(values)] = max(fewer[which % len(values)] - 1 / 12, 0)
    before, after = clustered.bounded_mean(values), clustered.bounded_mean(fewer)
    assert after.low <= before.low + 1e-7
    assert after.high <= before.high + 1e-7
    assert 0 <= before.low <= before.estimate <= before.high <= 1
    assert before.high - before.low > 0.1, "twelve seeds at most"


def test_nearly_all_of_192_trials_claim_no_more_than_all_of_them():
    every, nearly = clustered.bounded_mean(np.array([[1.0] * 8, [1.0] * 7 + [23 / 24]])).low
    assert nearly < every == pytest.approx(0.025 ** (1 / 8))


def test_a_seed_without_trials_is_left_out():
    values = np.array([[0.2, np.nan, 0.7, 1.0], [0.2, 0.1, 0.7, 1.0]])
    found = clustered.bounded_mean(values)
    assert found.seeds.tolist() == [3, 4]
    assert found.low[0] == pytest.approx(float(clustered.bounded_mean(np.array([0.2, 0.7, 1.0])).low))


def test_settings_count_equally_whatever_their_seeds():
    values = np.array([[1.0, 0.0, np.nan, np.nan], [1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 1.0, 1.0]])
    by_seed = clustered.balanced(values)
    assert by_seed.mean() == pytest.approx((0.5 + 0.5 + 0.75) / 3)
    # The error is that of independent seeds: the sum over seeds of what each moves the mean, squared.
    moved = [np.nansum((values[:, seed] - [0.5, 0.5, 0.75]) / [2, 4, 4]) / 3 for seed in range(4)]
    np.testing.assert_allclose(by_seed - by_seed.mean(), 4 * np.array(moved))
    np.testing.assert_allclose(clustered.balanced(values[1:]), values[1:].mean(0))
    at = clustered.balanced(values, np.array([1.0, 1.0, 1.0]))
    assert (at >= by_seed).all()


def test_the_test_of_equality_agrees_with_the_interval():
    rng = np.random.default_rng(5)
    inside = []
    for shift, _ in itertools.product((0.0, 0.15, 0.3), range(40)):
        values = np.clip(rng.normal(shift, 0.3, 9), -1, 1)
        found = clustered.bounded_mean(values, -0.8, 0.9)
        inside.append(bool(found.low <= 0 <= found.high))
        assert (clustered.equality_p(values, -0.8, 0.9) >= 0.05) == inside[-1]
    assert 0 < sum(inside) < len(inside)


def test_a_seed_without_trials_has_no_mean_and_one_seed_no_error():
    np.testing.assert_array_equal(clustered.seed_means([1.0, 0.0, 2.0], [2.0, 0.0, 2.0]), [0.5, np.nan, 1.0])
    assert np.isnan(clustered.signed_mean(np.array([0.3]), unit=1.0).error)
    assert clustered.signed_mean(np.array([0.3, 0.5]), unit=1.0).error == pytest.approx(0.1)

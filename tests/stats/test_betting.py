"""Bets on pairs: the capital is an e-value by enumeration, and e-BH is its definition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import special

from ablate.stats import betting


def test_the_mean_capital_is_one_whatever_the_sizes_of_the_differences() -> None:
    """Over all signs of the seeds' differences, which is the hypothesis."""
    sizes = np.array([1.0, 0.25, 0.0, 0.5, 1.0, 0.75])
    signs = np.array(list(itertools.product([-1, 1], repeat=len(sizes))))
    capital = np.exp(betting.log_capital(signs * sizes))
    assert capital.mean(0) == pytest.approx(np.ones(len(sizes)))


def test_it_is_the_mixture_over_the_arcsine_law() -> None:
    """For one pair a seed: the beta-binomial with both parameters one half, against a fair coin."""
    gained, lost = 14, 3
    exact = special.betaln(gained + 0.5, lost + 0.5) - special.betaln(0.5, 0.5) + (gained + lost) * np.log(2)
    value = betting.e_value(np.repeat([1.0, -1.0], [gained, lost]))
    assert np.log(value) == pytest.approx(float(exact), abs=0.1)


def test_pairs_that_agree_and_missing_pairs_change_nothing_and_order_does_not_matter() -> None:
    gaps = np.array([1.0, 0.0, np.nan, 1.0, -1.0])
    assert betting.e_value(gaps) == pytest.approx(betting.e_value(np.array([-1.0, 1.0, 1.0])))
    assert betting.e_value(np.array([])) == 1.0


def test_the_p_value_remembers_the_largest_capital() -> None:
    gaps = np.concatenate([np.ones(10), -np.ones(10)])
    assert betting.any_time_p(gaps) == pytest.approx(1 / betting.e_value(np.ones(10)))
    assert betting.any_time_p(-np.ones(3)) <= 1


def test_e_bh_rejects_the_largest_k_whose_least_is_large_enough() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        values = rng.exponential(30, 12)
        kept = max((k for k in range(1, 13) if np.sort(values)[-k] >= 12 / (0.05 * k)), default=0)
        assert betting.e_bh(values).sum() == kept


def test_a_seeds_difference_is_a_share_of_the_strata() -> None:
    one, other = np.array([[1.0, 1, np.nan], [1, np.nan, np.nan]]), np.array([[0.0, 0, 1], [1, 1, np.nan]])
    assert np.array_equal(betting.seed_differences(one, other), [0.5, 0.5, np.nan], equal_nan=True)


def test_a_value_at_the_bound_is_large_enough() -> None:
    assert betting.e_bh([20.0]).tolist() == [True]
    assert betting.e_bh([19.99]).tolist() == [False]
    assert betting.e_bh([40.0, 20.0, 1.0]).tolist() == [False, False, False]

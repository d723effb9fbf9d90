"""Paired contrasts: against scipy and statsmodels, and against counts made by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar

from ablate.stats import contrasts


@pytest.mark.parametrize(("gained", "lost", "same"), [(7, 1, 12), (0, 0, 20), (5, 5, 3), (10, 0, 0), (1, 12, 40)])
def test_one_pair_per_seed_is_mcnemars_exact_test(gained, lost, same):
    one = np.array([[1] * gained + [0] * lost + [1] * same], float)
    other = np.array([[0] * gained + [1] * lost + [1] * same], float)
    found = contrasts.difference(one, other)
    assert found.p == pytest.approx(mcnemar([[same, gained], [lost, 0]], exact=True).pvalue)
    assert (found.gained, found.lost, found.pairs) == (gained, lost, gained + lost + same)
    assert found.low < found.estimate == pytest.approx((gained - lost) / found.pairs)
    assert found.estimate < found.high or found.high == pytest.approx(1)
    assert found.method == "tango"


@pytest.mark.parametrize(("gained", "lost", "pairs_"), [(9, 1, 43), (3, 3, 20), (12, 0, 15), (0, 2, 30)])
def test_tangos_limits_are_where_the_score_reaches_the_quantile(gained, lost, pairs_):
    def score(gap):
        """(gained - lost - n gap) over its error at the most likely rates with that gap, found numerically."""

        def surprise(rate):
            up, same = rate + gap, 1 - 2 * rate - gap
            return -(gained * np.log(up) + lost * np.log(rate) + (pairs_ - gained - lost) * np.log(max(same, 1e-300)))

        low, high = max(0, -gap) + 1e-12, (1 - gap) / 2 - 1e-12
        rate = optimize.minimize_scalar(surprise, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
        return (gained - lost - pairs_ * gap) / np.sqrt(pairs_ * (2 * rate + gap - gap**2))

    low, high = contrasts.tango(gained, lost, pairs_)
    assert score(low) == pytest.approx(stats.norm.ppf(0.975), abs=1e-3)
    assert score(high) == pytest.approx(-stats.norm.ppf(0.975), abs=1e-3)
    assert contrasts.tango(lost, gained, pairs_) == pytest.approx((-high, -low))


def test_several_pairs_per_seed_flip_together():
    rng = np.random.default_rng(1)
    one, other = rng.integers(0, 2, (4, 9)).astype(float), rng.integers(0, 2, (4, 9)).astype(float)
    sums = (one - other).sum(0)
    signs = np.array(list(itertools.product((-1, 1), repeat=9)))
    expected = (np.abs(signs @ np.abs(sums)) >= abs(sums.sum()) - 1e-9).mean()
    found = contrasts.difference(one, other)
    assert found.p == pytest.approx(expected)
    assert found.method == "seeds"
    assert (found.pairs, found.seeds, found.strata) == (36, 9, 4)
    assert (found.level_count, found.against_count) == (one.sum(), other.sum())
    assert found.level_count - found.against_count == found.gained - found.lost


def test_copies_of_one_stratum_do_not_make_a_difference_surer():
    rng = np.random.default_rng(2)
    one, other = rng.integers(0, 2, (1, 30)).astype(float), rng.integers(0, 2, (1, 30)).astype(float)
    single = contrasts.difference(one, other)
    copied = contrasts.difference(np.repeat(one, 20, 0), np.repeat(other, 20, 0))
    assert copied.estimate == pytest.approx(single.estimate)
    assert copied.high - copied.low > 0.9 * (single.high - single.low)
    assert copied.p == pytest.approx(single.p)


def test_nothing_different_is_no_certainty_and_one_pair_more_is_no_more_certain():
    same = np.ones((5, 10))
    found = contrasts.difference(same, same)
    assert (found.p, found.rates_p, found.method, found.pairs) == (1, 1, "seeds", 50)
    reach = 1 - 0.025 ** (1 / 10)
    assert (found.low, found.high) == pytest.approx((-reach, reach)), "pairs of one seed may all be one"
    fewer = same.copy()
    fewer[0, 0] = 0
    lost, gained = contrasts.difference(fewer, same), contrasts.difference(same, fewer)
    assert lost.low < found.low < gained.low
    assert lost.high < found.high < gained.high


def test_strata_count_equally_whatever_their_seeds():
    one = np.array([[1.0, 1.0, np.nan, np.nan], [1.0, 0.0, 0.0, 0.0]])
    other = np.array([[0.0, 0.0, np.nan, np.nan], [0.0, 0.0, 0.0, 0.0]])
    found = contrasts.difference(one, other)
    assert found.estimate == pytest.approx((1.0 + 0.25) / 2)
    assert (found.pairs, found.gained) == (6, 3)
    assert found.low < found.estimate < found.high


def test_equal_rates_that_are_not_exchangeable_are_told_apart_from_different_ones():
    """The first level fails in all strata of one seed of twenty; the second fails as often, but one trial at a time."""
    rng = np.random.default_rng(7)
    flips, rates = [], []
    for _ in range(150):
        whole = np.broadcast_to((rng.random(20) >= 0.05).astype(float), (12, 20))
        found = contrasts.difference(whole, (rng.random((12, 20)) >= 0.05).astype(float))
        flips.append(found.p < 0.05)
        rates.append(found.rates_p < 0.05)
        assert (found.rates_p >= 0.05) == (found.low <= 0 <= found.high)
    assert np.mean(flips) > 0.2
    assert np.mean(rates) < 0.02


def test_a_level_that_always_works_against_one_that_never_does_is_as_sure_as_its_seeds():
    found = contrasts.difference(np.ones((4, 8)), np.zeros((4, 8)))
    assert (found.low, found.high) == pytest.approx((0.025 ** (1 / 8), 1.0))
    assert found.rates_p < 1e-9


def test_pairs_that_are_missing_are_left_out_and_none_at_all_is_an_error():
    one = np.array([[1.0, np.nan, 1.0, 0.0]])
    assert contrasts.difference(one, np.zeros((1, 4))).pairs == 3
    with pytest.raises(ValueError, match="There must be a pair of trials"):
        contrasts.difference(np.full((1, 2), np.nan), np.zeros((1, 2)))

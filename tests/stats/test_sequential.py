"""Seeds in blocks: the sequence's own limits, and what stops a setting."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ablate.core.errors import ConfigError
from ablate.stats import sequential
from ablate.stats.rates import wilson
from ablate.stats.sequential import Rule


@pytest.mark.parametrize(("k", "n"), [(0, 8), (3, 12), (20, 20), (31, 64)])
def test_limits_are_where_the_mixture_is_twenty_times_likelier(k, n):
    low, high = sequential.bounds(k, n)
    mixture = stats.betabinom(n, 0.5, 0.5).pmf(k)
    for limit in (float(low), float(high)):
        if 0 < limit < 1:
            assert mixture / stats.binom(n, limit).pmf(k) == pytest.approx(20, rel=1e-6)
    assert low <= k / n <= high
    assert (high == 1) == (k == n)
    assert (low == 0) == (k == 0)


def test_before_any_seed_everything_is_possible():
    assert [float(limit) for limit in sequential.bounds(0, 0)] == [0, 1]
    found = sequential.decide(np.full((2, 4), np.nan), Rule())
    assert list(found.verdict) == ["undecided"] * 2
    assert list(found.n) == [0, 0]
    assert found.more.all()


def test_hopeless_settings_stop_first_and_good_ones_later():
    outcomes = np.stack([np.zeros(32), np.ones(32), np.tile([1.0, 0, 1, 1], 8)])
    found = sequential.decide(outcomes, Rule(target=0.8))
    assert list(found.verdict) == ["insufficient", "sufficient", "undecided"]
    assert list(found.n) == [4, 24, 32]
    assert list(found.escaped) == [0, 24, 24]
    assert found.low[1] >= 0.8 > found.high[0]
    assert not found.more.any()


def test_looks_are_at_whole_blocks_and_stop_at_the_first_missing_seed():
    outcomes = np.ones((1, 32))
    outcomes[0, 10:] = np.nan
    found = sequential.decide(outcomes, Rule(target=0.8))
    assert (found.n[0], found.more[0]) == (8, True)
    looks, low, _ = sequential.sequence(outcomes, Rule())
    assert list(looks[:3]) == [4, 8, 12]
    assert np.isnan(low[0, 2])


def test_seeds_after_the_decision_change_nothing():
    early = sequential.decide(np.zeros((1, 32)), Rule(target=0.8))
    late = np.zeros((1, 32))
    late[0, 4:] = 1
    again = sequential.decide(late, Rule(target=0.8))
    assert (again.n[0], again.high[0]) == (early.n[0], early.high[0])


def test_looking_again_and_again_misleads_wilson_and_not_the_sequence():
    outcomes = (np.random.default_rng(0).random((1500, 64)) < 0.5).astype(float)
    _, low, high = sequential.sequence(outcomes, Rule(block=1, cap=64))
    hits, n = np.cumsum(outcomes, 1), np.arange(1, 65)
    naive_low, naive_high = wilson(hits, np.broadcast_to(n, hits.shape))
    assert ((low <= 0.5) & (high >= 0.5)).all(1).mean() > 0.95
    assert ((naive_low <= 0.5) & (naive_high >= 0.5))[:, 3:].all(1).mean() < 0.75


def test_a_rule_that_cannot_be_is_refused():
    with pytest.raises(ConfigError, match="block=8, cap=4"):
        Rule(block=8, cap=4)


@pytest.mark.parametrize("seeds", [0, 3])
def test_before_a_whole_block_nothing_is_known(seeds):
    found = sequential.decide(np.ones((2, seeds)), Rule(block=4))
    for values, expected in ((found.n, 0), (found.escaped, 0), (found.low, 0), (found.high, 1)):
        assert list(values) == [expected] * 2
    assert found.more.all()
    none = sequential.decide(np.array([[np.nan] * 8, [1.0] * 8]), Rule(block=4))
    assert list(none.escaped) == [0, 8]


@pytest.mark.parametrize(("seeds", "ends"), [(7, [4]), (8, [4, 8]), (9, [4, 8])])
def test_only_whole_blocks_are_looked_at(seeds, ends):
    assert list(sequential.sequence(np.ones((1, seeds)), Rule(block=4))[0]) == ends


def test_the_edges_of_a_rule_and_of_its_claim():
    assert Rule(block=1, cap=1).cap == 1
    for bad in ({"target": 1.0}, {"target": 0.0}, {"confidence": 1.0}, {"confidence": 0.0}, {"block": 0}, {"cap": 3}):
        with pytest.raises(ConfigError, match="must have 0 < target"):
            Rule(**bad)
    assert sequential.claim(Rule(target=0.5)).p(np.array([4, 3, 0]), np.array([8, 8, 0])).tolist() == [1.0] * 3

"""Restricted means and log-rank tests, against statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.duration.survfunc import survdiff

from ablate.core.errors import ConfigError
from ablate.stats import restricted
from ablate.stats.events import CENSORED, COMPETING, EVENT, Events


def make(time, cause, seed=None, horizon=100):
    seed = np.arange(len(time)) if seed is None else np.array(seed)
    return Events(time=np.array(time, float), cause=np.array(cause), seed=seed, horizon=horizon)


def test_the_restricted_mean_has_the_error_of_its_estimate():
    rng = np.random.default_rng(2)
    time = rng.integers(1, 101, 200)
    found = restricted.restricted_mean(make(time, np.ones(200, int)))
    assert found.estimate == pytest.approx(time.mean())
    assert found.error == pytest.approx(time.std(ddof=1) / np.sqrt(200))
    assert found.low < found.estimate < found.high
    shorter = restricted.restricted_mean(make(time, np.ones(200, int)), horizon=50)
    assert shorter.estimate == pytest.approx(np.minimum(time, 50).mean())


def test_divergence_and_time_out_both_cost_the_whole_horizon():
    found = restricted.restricted_mean(make([10, 5, 100], [EVENT, COMPETING, CENSORED]))
    assert found.estimate == pytest.approx((10 + 100 + 100) / 3)


def test_no_restricted_mean_is_certain():
    same = restricted.restricted_mean(make([32] * 20, [EVENT] * 20))
    never = restricted.restricted_mean(make([100] * 20, [CENSORED] * 20))
    assert same.high - same.low > 1
    assert never.low < 90
    assert never.high == 100
    with pytest.raises(ConfigError, match="from 1 to the budget, 100"):
        restricted.restricted_mean(make([32] * 20, [EVENT] * 20), horizon=200)


def test_log_rank_is_stratified_by_seed_and_keeps_the_diverged_at_risk():
    rng = np.random.default_rng(4)
    seed = np.repeat(np.arange(30), 4)
    group = np.tile(["a", "b"], 60)
    time = np.minimum(rng.exponential(30 + 40 * (group == "b") + 20 * rng.random(30)[seed]), 100).round()
    cause = np.where(time >= 100, CENSORED, np.where(rng.random(120) < 0.2, COMPETING, EVENT))
    found = restricted.log_rank(make(time, cause, seed), group)
    kept = np.where(cause == COMPETING, 100, time)
    statistic, p = survdiff(kept, (cause == EVENT).astype(int), group, strata=seed)
    assert (found.statistic, found.p) == pytest.approx((statistic, p))
    plain = survdiff(time, (cause == EVENT).astype(int), group)[0]
    assert found.statistic != pytest.approx(plain, rel=0.01)
    assert restricted.log_rank(make([100] * 4, [0] * 4), np.array(list("aabb"))).p == 1


def test_the_horizon_is_a_step_from_1_to_the_budget():
    events = make([10, 60, 100], [EVENT, EVENT, CENSORED])
    assert restricted.restricted_mean(events, horizon=100).estimate == pytest.approx(170 / 3)
    assert restricted.restricted_mean(events, horizon=1).estimate == pytest.approx(1)
    for horizon in (0, 101):
        with pytest.raises(ConfigError, match=f"Received: {horizon}"):
            restricted.restricted_mean(events, horizon=horizon)


def test_without_an_event_groups_do_not_differ():
    found = restricted.log_rank(make([100] * 6, [CENSORED] * 6), np.array(list("aabbcc")))
    assert (found.statistic, found.df, found.p, found.trials, found.seeds) == (0.0, 2, 1.0, 6, 6)

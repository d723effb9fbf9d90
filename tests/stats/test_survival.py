"""Time to escape and to collapse: against tables made by hand, statsmodels, and what a wrong method would say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight

from ablate.stats import survival
from ablate.stats.events import COMPETING, EVENT, Events


def make(time, cause, seed=None, horizon=100):
    seed = np.arange(len(time)) if seed is None else np.array(seed)
    return Events(time=np.array(time, float), cause=np.array(cause), seed=seed, horizon=horizon)


def test_incidence_is_the_table_made_by_hand():
    # 10 trials. t=10: 2 escape; t=20: 1 diverges; t=30: 1 is censored; t=40: 2 escape; the other 4 wait to 100.
    # Event: 2/10; then S=.8, after t=20 S=.7; at 40, at risk 6: + .7 * 2/6. Competing: .8 * 1/8.
    data = make([10, 10, 20, 30, 40, 40, 100, 100, 100, 100], [1, 1, 2, 0, 1, 1, 0, 0, 0, 0])
    curve = survival.incidence(data).curve.set_index(["cause", "time"])
    assert curve.loc[("event", 10), "incidence"] == pytest.approx(0.2)
    assert curve.loc[("event", 40), "incidence"] == pytest.approx(0.2 + 0.7 * 2 / 6)
    assert curve.loc[("competing", 40), "incidence"] == pytest.approx(0.1)
    assert list(curve.loc["event"]["at_risk"]) == [10, 8, 6, 4]
    assert list(curve.loc["event"]["ended"]) == [2, 0, 2, 0]


def test_incidence_is_statsmodels_with_random_censoring():
    rng = np.random.default_rng(0)
    time, cause = rng.integers(1, 30, 300).astype(float), rng.integers(0, 3, 300)
    expected = CumIncidenceRight(time, cause)
    curve = survival.incidence(make(time, cause)).curve
    for number, name in ((1, "event"), (2, "competing")):
        ours = curve[curve["cause"] == name].set_index("time")["incidence"]
        theirs = pd.Series(expected.cinc[number - 1], index=expected.times)
        np.testing.assert_allclose(ours, theirs.reindex(ours.index), atol=1e-9)


def test_without_censoring_incidence_is_the_plain_share_whatever_diverges():
    rng = np.random.default_rng(1)
    cause = rng.choice([EVENT, COMPETING], 200)
    time = rng.integers(1, 20, 200)
    data = make(time, cause, seed=np.tile(np.arange(20), 10))
    curve = survival.incidence(data).curve.query("cause == 'event'")
    assert curve["incidence"].iloc[-1] == pytest.approx((cause == EVENT).mean())
    survivors = 1.0
    for step in np.unique(time):
        survivors *= 1 - ((time == step) & (cause == EVENT)).sum() / (time >= step).sum()
    assert 1 - survivors > (cause == EVENT).mean() + 0.2


def test_the_probability_of_being_above_counts_every_trial():
    above = np.zeros((40, 3), bool)
    above[:10, 1] = True
    above[:, 2] = True
    found = survival.above_chance(np.tile(np.arange(10), 4), above)
    np.testing.assert_allclose(found.estimate, [0, 0.25, 1])
    assert (found.high - found.low > 0.05).all()
    assert found.low[2] < 1
    assert found.high[0] > 0


def test_trials_of_one_seed_do_not_sharpen_an_incidence():
    rng = np.random.default_rng(5)
    escaped = rng.integers(0, 2, 12)
    time = np.where(escaped, 20, 100)
    one = survival.incidence(make(time, escaped)).curve.iloc[0]
    copied = survival.incidence(make(np.tile(time, 30), np.tile(escaped, 30), np.tile(np.arange(12), 30))).curve.iloc[0]
    assert copied["incidence"] == pytest.approx(one["incidence"])
    assert copied["high"] - copied["low"] > 0.85 * (one["high"] - one["low"])


def test_one_seed_has_the_incidence_of_its_trials():
    curve = survival.incidence(make([10, 20, 30, 30], [1, 2, 0, 0], seed=[7] * 4)).curve
    assert curve[curve["cause"] == "event"]["incidence"].tolist() == pytest.approx([0.25] * 3)


def test_after_the_last_trial_no_incidence_changes():
    counts = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], float)
    curves, at_risk = survival.aalen_johansen(counts)
    np.testing.assert_allclose(curves, [[0.5] * 3, [0.0] * 3])
    assert at_risk.tolist() == [2, 1, 0]

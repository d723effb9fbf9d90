"""Rates: against statsmodels, by hand, and at the edges where a width of zero would lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from ablate.core.errors import ConfigError
from ablate.outcomes.states import STATES
from ablate.stats import rates


def trials(escaped: dict[tuple[str, int], str]) -> pd.DataFrame:
    return pd.DataFrame([{"loss": loss, "seed": seed, "state": state} for (loss, seed), state in escaped.items()])


@pytest.mark.parametrize(("method", "ours"), [("wilson", rates.wilson), ("beta", rates.clopper_pearson)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_intervals_of_one_setting_are_those_of_statsmodels(method, ours, confidence):
    for n in (1, 5, 20, 64):
        k = np.arange(n + 1)
        low, high = ours(k, np.full(n + 1, n), confidence)
        expected = np.array([proportion_confint(int(each), n, 1 - confidence, method=method) for each in k])
        np.testing.assert_allclose(low, expected[:, 0], atol=1e-9)
        np.testing.assert_allclose(high, expected[:, 1], atol=1e-9)


def test_every_planned_trial_is_in_the_denominator():
    frame = trials({("a", seed): state for seed, state in enumerate(STATES)})
    row = rates.table(frame, ["loss"]).iloc[0]
    assert row["n"] == len(STATES)
    assert row["rate"] == pytest.approx(1 / len(STATES))
    assert [row[state] for state in STATES] == [1] * len(STATES)


def test_pooled_rows_use_seeds_and_single_rows_wilson():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        [
            (loss, width, seed, "escaped" if rng.random() < 0.5 + 0.4 * (seed % 2) - 0.2 else "stuck")
            for loss in "ab"
            for width in "xyz"
            for seed in range(12)
        ],
        columns=["loss", "width", "seed", "state"],
    )
    cells, over = rates.table(frame, ["loss", "width"]), rates.table(frame, ["loss"])
    assert (cells["method"] == "wilson").all()
    assert (over["method"] == "seeds").all()
    low, high = rates.wilson(cells["escaped"], cells["n"])
    np.testing.assert_allclose(cells["low"], low)
    np.testing.assert_allclose(cells["high"], high)
    for loss, own in frame.groupby("loss"):
        hits = (own["state"] == "escaped").groupby(own["seed"]).sum().to_numpy()
        expected = rates.pooled(hits[None], np.full((1, 12), 3))
        found = over[over["loss"] == loss].iloc[0]
        assert found["rate"] == pytest.approx(hits.sum() / 36)
        assert (found["low"], found["high"]) == pytest.approx((expected.low[0], expected.high[0]))


def test_seeds_that_agree_with_themselves_are_no_more_than_one_trial_each():
    hits = np.array([[6, 0] * 10])
    tied = rates.pooled(hits, np.full((1, 20), 6))
    loose = rates.pooled(np.full((1, 20), 3) + np.tile([1, -1], 10), np.full((1, 20), 6))
    naive_low, naive_high = rates.wilson(60, 120)
    assert tied.high[0] - tied.low[0] > 2 * (naive_high - naive_low)
    exact_low, exact_high = rates.clopper_pearson(60, 120)
    assert (float(loose.low[0]), float(loose.high[0])) == pytest.approx((float(exact_low), float(exact_high)), abs=1e-6)


@given(st.integers(1, 30), st.integers(1, 12), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_no_interval_has_zero_width_or_leaves_its_estimate_or_the_unit_interval(seeds, cells, rate, seed):
    hits = np.random.default_rng(seed).binomial(cells, rate, (1, seeds))
    over = rates.pooled(hits, np.full((1, seeds), cells))
    assert 0 <= over.low[0] <= over.estimate[0] <= over.high[0] <= 1
    assert over.high[0] - over.low[0] > 0.001


def test_one_seed_claims_next_to_nothing():
    over = rates.pooled(np.array([[24]]), np.array([[24]]))
    assert over.low[0] < 0.03
    assert np.isnan(over.error[0])


def test_unknown_names_are_refused():
    frame = trials({("a", 0): "escaped"})
    with pytest.raises(ConfigError, match="Did you mean 'loss'"):
        rates.table(frame, ["los"])
    with pytest.raises(ConfigError, match="Did you mean 'escaped'"):
        rates.table(frame, ["loss"], state="escape")

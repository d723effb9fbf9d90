"""Rates: against statsmodels, by hand, and at the edges where a width of zero would lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from ablate.core.errors import ConfigError
from ablate.outcomes.states import STATES
from ablate.stats import rates
from ablate.stats.clustered import balanced, bounded_mean


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
        expected = bounded_mean(hits / 3)
        found = over[over["loss"] == loss].iloc[0]
        assert found["rate"] == pytest.approx(hits.sum() / 36)
        assert (found["low"], found["high"]) == pytest.approx((float(expected.low), float(expected.high)))


def test_every_setting_counts_once_whatever_its_seeds():
    """Undecided settings got more seeds; pooled by trials, a true difference of .4 would be shown as .1."""
    rows = [("a", "easy", seed, "escaped") for seed in range(4)]
    rows += [("a", "hard", seed, "escaped" if seed % 2 else "stuck") for seed in range(32)]
    rows += [("b", "easy", seed, "escaped" if seed % 2 else "stuck") for seed in range(32)]
    rows += [("b", "hard", seed, "stuck") for seed in range(4)]
    frame = pd.DataFrame(rows, columns=["loss", "task", "seed", "state"])
    found = rates.table(frame, ["loss"]).set_index("loss")
    assert found["rate"].to_dict() == {"a": 0.75, "b": 0.25}
    assert (found["low"] < found["rate"]).all()
    assert (found["rate"] < found["high"]).all()
    assert (found["high"] - found["low"] > 0.2).all(), "half of the rate rests on four seeds"
    assert found["n"].tolist() == [36, 36]
    values = np.full((2, 2, 32), np.nan)
    axes = [pd.factorize(frame[name])[0] for name in ("loss", "task", "seed")]
    values[tuple(axes)] = (frame["state"] == "escaped").astype(float)
    over = bounded_mean(balanced(values), balanced(values, np.zeros((2, 2))).min(-1))
    np.testing.assert_allclose(found["low"], np.clip(over.low, 0, 1), atol=1e-7)


def test_the_order_of_the_columns_does_not_decide_what_a_setting_is():
    frame = pd.DataFrame(
        [(seed, state, "x", task) for task in "ab" for seed, state in enumerate(("escaped", "stuck", "stuck"))],
        columns=["seed", "state", "loss", "task"],
    )
    uneven = frame.drop(index=[4, 5])
    assert rates.table(uneven, ["loss"])["rate"].iloc[0] == pytest.approx((1 / 3 + 1) / 2)


def test_unknown_names_are_refused():
    frame = trials({("a", 0): "escaped"})
    with pytest.raises(ConfigError, match="Did you mean 'loss'"):
        rates.table(frame, ["los"])
    with pytest.raises(ConfigError, match="Did you mean 'escaped'"):
        rates.table(frame, ["loss"], state="escape")


def test_groups_of_more_codes_than_fit_are_numbered_again(monkeypatch):
    codes = np.random.default_rng(5).integers(0, 4, (60, 4))
    frame = pd.DataFrame(codes, columns=list("abcd"))
    whole = rates.groups(frame, list("abcd"))
    expected = pd.factorize(pd.Series([str(row) for row in codes.tolist()]))[0]
    np.testing.assert_array_equal(whole, expected)
    monkeypatch.setattr(rates, "LARGEST", 16)
    np.testing.assert_array_equal(rates.groups(frame, list("abcd")), expected)


def test_seeds_of_a_group_are_those_with_a_trial_and_no_limit_leaves_0_to_1():
    group = np.array([0, 0, 0, 1, 1, 1, 1])
    seed = np.array([0, 0, 1, 0, 1, 2, 2])
    over = rates.pooled(group, np.array([0, 1, 0, 2, 2, 3, 2]), seed, np.array([1.0, 1, 1, 0, 0, 0, 0]))
    assert over.seeds.tolist() == [2, 3]
    assert (over.high[0], over.low[1]) == (1.0, 0.0)
    frame = trials({("a", 0): "escaped", ("a", 1): "stuck", ("b", 1): "escaped"})
    assert rates.table(frame, ["loss"])["seeds"].tolist() == [2, 1]


def test_tables_of_several_states_are_those_of_each():
    ends = ["escaped", "stuck", "collapsed", "escaped", "stuck", "slow"]
    trials = pd.DataFrame({"loss": ["a"] * 4 + ["b"] * 2, "width": [1, 1, 2, 2, 1, 1], "seed": [0, 1, 0, 1, 0, 1]})
    trials["state"] = ends
    both = rates.tables(trials, ["loss"], ["collapsed", "escaped"], confidence=0.9)
    assert list(both) == ["collapsed", "escaped"]
    for state, table in both.items():
        pd.testing.assert_frame_equal(table, rates.table(trials, ["loss"], state=state, confidence=0.9))
    assert [list(table["rate"]) for table in both.values()] == [[0.25, 0.0], [0.5, 0.0]]

"""What a removal costs: counts by hand, and how far the choice of a set inflates it."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from ablate.stats import contrasts, removals, sufficiency

FACTORS = ("a", "b", "c", "d", "e")
BASELINE = dict.fromkeys(FACTORS, "off")


def trials(escaped, rng, seeds=20) -> pd.DataFrame:
    rows = [
        (*levels, seed, "escaped" if rng.random() < escaped(levels) else "stuck")
        for levels in itertools.product(("off", "on"), repeat=len(FACTORS))
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows, columns=[*FACTORS, "seed", "state"])


def test_counts_are_of_the_set_and_of_the_set_without_the_remedy():
    data = trials(lambda levels: float(levels[:2] == ("on", "on")), np.random.default_rng(0), seeds=6)
    found = removals.removals(data, FACTORS, BASELINE, [frozenset({"a=on", "b=on"})])
    assert found["set"].tolist() == [("a=on", "b=on")] * 2
    assert found["removed"].tolist() == ["a=on", "b=on"]
    assert found[["n", "escaped", "n_without", "escaped_without", "pairs"]].to_numpy().tolist() == [[6, 6, 6, 0, 6]] * 2
    assert found["cost"].to_numpy() == pytest.approx([1, 1], abs=0.15)
    # 80 differences: 32 sets of up to five remedies, each without one of them.
    low, high = contrasts.tango(6, 0, 6, 1 - 0.05 / 80)
    assert found[["low", "high"]].to_numpy() == pytest.approx(np.array([[low, high]] * 2))


def test_useless_remedies_of_chosen_sets_cost_far_less_than_their_own_trials_say():
    rng, raw, shown, inside = np.random.default_rng(4), [], [], []
    for _ in range(6):
        data = trials(lambda _: 0.8, rng)
        lattice = sufficiency.lattice(data, FACTORS, BASELINE)
        found = removals.removals(data, FACTORS, BASELINE, lattice.minimal)
        raw += (found["escaped"] / found["n"] - found["escaped_without"] / found["n_without"]).tolist()
        shown += found["cost"].tolist()
        inside += ((found["low"] <= 0) & (found["high"] >= 0)).tolist()
    assert len(raw) > 3
    assert np.mean(raw) > 0.15
    assert abs(np.mean(shown)) < np.mean(raw) / 2
    assert all(inside)


def test_a_remedy_that_is_needed_keeps_its_cost():
    data = trials(lambda levels: 0.97 if levels[0] == "on" else 0.05, np.random.default_rng(5))
    found = removals.removals(data, FACTORS, BASELINE, [frozenset({"a=on"})])
    own = found["escaped"] / found["n"] - found["escaped_without"] / found["n_without"]
    assert 0.9 * own.iloc[0] < found["cost"].iloc[0] < own.iloc[0]
    assert found["low"].iloc[0] > 0


def test_sets_whose_parts_were_not_run_have_no_row():
    data = trials(lambda _: 0.5, np.random.default_rng(6), seeds=3)
    alone = data[(data[list(FACTORS)] == "on").sum(axis=1).isin([2])]
    assert removals.removals(alone, FACTORS, BASELINE, [frozenset({"a=on", "b=on"})]).empty


def test_rows_come_in_the_order_of_the_sets():
    data = trials(lambda levels: float(levels[0] == "on"), np.random.default_rng(0), seeds=2)
    sets = [frozenset({"c=on"}), frozenset({"a=on", "b=on"}), frozenset({"a=on"})]
    found = removals.removals(data, FACTORS, BASELINE, sets)
    assert found["set"].tolist() == [("c=on",), ("a=on", "b=on"), ("a=on", "b=on"), ("a=on",)]

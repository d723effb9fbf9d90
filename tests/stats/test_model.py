"""The model of incomplete grids: what a fraction separates, and intervals over seeds."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from ablate.stats import model


def fraction(rate, seeds=16):
    rng = np.random.default_rng(1)
    rows = [
        ("+-"[a], "+-"[b], "+-"[(a + b) % 2], seed, "escaped" if rng.random() < rate(a, b, (a + b) % 2) else "stuck")
        for a, b in itertools.product((0, 1), repeat=2)
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows, columns=["a", "b", "c", "seed", "state"])


def test_what_a_fraction_cannot_separate_is_named_and_never_estimated():
    data = fraction(lambda a, *_: 0.9 if a else 0.1)
    two = model.logistic(data, ["a", "b", "c"], order=2)
    assert two.aliases.confounded["a"] == ("b:c",)
    assert not len(two.effects)
    one = model.logistic(data, ["a", "b", "c"], order=1)
    row = one.effects.set_index(["term", "level"]).loc[("a", "-")]
    assert row["low"] > 0
    assert one.effects.set_index(["term", "level"]).loc[("b", "-"), "low"] < 0


def test_a_model_of_separated_levels_is_finite_and_says_so():
    found = model.logistic(fraction(lambda a, *_: float(a)), ["a", "b", "c"], order=1)
    assert found.separated
    assert np.isfinite(found.effects[["effect", "low", "high"]].to_numpy()).all()
    assert (found.effects["low"] < found.effects["effect"]).all()


def test_seeds_that_carry_an_effect_widen_its_interval():
    rng = np.random.default_rng(2)
    rows = []
    for seed, (a, b) in itertools.product(range(12), itertools.product("xy", "pqrst")):
        rows.append((a, b, seed, "escaped" if (a == "y") == (seed % 3 > 0) else "stuck"))
    data = pd.DataFrame(rows, columns=["a", "b", "seed", "state"])
    loose = data.assign(seed=rng.permutation(len(data)) % 60)
    tied = model.logistic(data, ["a", "b"], order=1).effects.set_index(["term", "level"]).loc[("a", "y")]
    free = model.logistic(loose, ["a", "b"], order=1).effects.set_index(["term", "level"]).loc[("a", "y")]
    assert tied["effect"] == pytest.approx(free["effect"], abs=1e-6)
    assert tied["high"] - tied["low"] > 1.5 * (free["high"] - free["low"])

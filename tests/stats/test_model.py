"""The model of incomplete grids: what a fraction separates, and intervals over seeds."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

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


def test_the_interval_over_seeds_is_students_with_one_degree_less_than_seeds():
    """Few seeds that carry the effect: the jackknife's interval is the wider one, and is worked out here by hand."""
    rng = np.random.default_rng(4)
    rows = [
        (a, seed, copy, "escaped" if rng.random() < (0.9 if (a == "y") == (seed % 2 > 0) else 0.2) else "stuck")
        for a, seed, copy in itertools.product("xy", range(5), range(12))
    ]
    data = pd.DataFrame(rows, columns=["a", "seed", "copy", "state"])
    found = model.logistic(data, ["a"], order=1).effects.set_index("level").loc["y"]
    left = np.array(
        [
            model.logistic(data[data["seed"] != seed], ["a"], order=1).effects.set_index("level").loc["y", "effect"]
            for seed in range(5)
        ]
    )
    error = np.sqrt(4 / 5 * ((left - left.mean()) ** 2).sum())
    half = stats.t.ppf(0.975, 4) * error
    assert (found["low"], found["high"]) == pytest.approx((found["effect"] - half, found["effect"] + half), rel=1e-5)


def test_a_model_with_a_column_for_every_setting_fits_whatever_was_seen():
    data = fraction(lambda a, *_: 0.9 if a else 0.1)
    _, df, p = model.lack_of_fit(data, ["a", "b"], order=2)
    assert (df, p) == (0, 1.0)

"""Firth's model: against firthmodels 0.8.2 on three fixtures, and what it does where likelihood alone would not end."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.discrete_model import Logit

from ablate.stats import firth, model

FIXTURES = json.loads((Path(__file__).parent / "firth.json").read_text())
"""Data, and what `FirthLogisticRegression(...).fit` and `.conf_int(method="pl")` of firthmodels 0.8.2 gave for it."""


@pytest.mark.parametrize("name", sorted(FIXTURES))
def test_coefficients_and_profiles_are_those_of_firthmodels(name):
    fixture = FIXTURES[name]
    y = np.array(fixture["y"], float)
    X = np.column_stack([np.ones(len(y)), fixture["X"]])
    ones = np.ones_like(y)
    found = firth.fit(X, y, ones)
    np.testing.assert_allclose(found.coefficients, [fixture["intercept"], *fixture["coef"]], atol=1e-4)
    assert found.penalised == pytest.approx(fixture["loglik"], abs=1e-4)
    # firthmodels lists the intercept last.
    for column, expected in enumerate([fixture["ci"][-1], *fixture["ci"][:-1]]):
        assert firth.profile(X, y, ones, column, best=found) == pytest.approx(expected, abs=1e-4)


def test_rows_of_cells_are_rows_of_trials():
    X = np.array([[1.0, 0], [1, 1]])
    cells = firth.fit(X, np.array([3.0, 9]), np.array([10.0, 10]))
    rows = np.repeat(X, 10, 0)
    trials = firth.fit(rows, np.array([1.0] * 3 + [0] * 7 + [1] * 9 + [0]), np.ones(20))
    np.testing.assert_allclose(cells.coefficients, trials.coefficients, atol=1e-7)
    assert cells.coefficients[0] == pytest.approx(np.log(3.5 / 7.5))


def test_the_penalty_vanishes_in_large_samples():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(20000), rng.normal(size=(20000, 2))])
    y = (rng.random(20000) < 1 / (1 + np.exp(-X @ [0.3, 1, -1]))).astype(float)
    plain = Logit(y, X).fit(disp=0).params
    np.testing.assert_allclose(firth.fit(X, y, np.ones_like(y)).coefficients, plain, atol=1e-3)


def test_separation_is_seen_and_the_coefficient_stays_finite():
    X = np.array([[1.0, 0], [1, 1]])
    hits, n = np.array([0.0, 20]), np.array([20.0, 20])
    assert firth.separated(X, hits, n)
    assert not firth.separated(X, np.array([1.0, 19]), n)
    found = firth.fit(X, hits, n)
    assert found.coefficients[1] == pytest.approx(2 * np.log(20.5 / 0.5))
    low, high = firth.profile(X, hits, n, 1, best=found)
    assert 0 < low < found.coefficients[1] < high < np.inf


def test_columns_that_cannot_be_told_apart_are_refused():
    with pytest.raises(ValueError, match="independent"):
        firth.fit(np.array([[1.0, 1], [1, 1], [1, 1]]), np.array([1.0, 0, 1]), np.ones(3))


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

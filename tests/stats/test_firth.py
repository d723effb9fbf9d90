"""Firth's model: against firthmodels 0.8.2 on three fixtures, and what it does where likelihood alone would not end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from statsmodels.discrete.discrete_model import Logit

from ablate.stats import firth

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

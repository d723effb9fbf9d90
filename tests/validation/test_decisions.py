"""Simulated decisions at a reduced size: the same checks, another seed."""

from __future__ import annotations

import numpy as np
import pytest

from validation import decisions


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize(("target", "most"), [(0.5, 12.5), (0.8, 14.5)])
def test_sequential_seeds(rng, target, most):
    for check in decisions.spending(rng, 20_000, target, most):
        assert check.ok, check


def test_confidence_sequences(rng):
    for check in decisions.uniform_coverage(rng, 1500, block=4):
        assert check.ok, check


def test_planted_interaction(rng):
    for check in decisions.exclusive_or(rng, 30):
        assert check.ok, check


@pytest.mark.parametrize("remedies", [3, 6])
def test_planted_lattices(rng, remedies):
    check = decisions.lattices(rng, 40, remedies)
    assert check.ok, check

"""The simulations of `python -m validation` at a reduced size: the same checks, other seeds, wider margins by their
own error."""

from __future__ import annotations

import numpy as np
import pytest

from validation import __main__ as whole
from validation import coverage, worlds


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_single_cells_by_enumeration():
    for check in coverage.single():
        assert check.ok, check


@pytest.mark.parametrize("seeds", [10, 20, 64])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3, 0.5, 0.9])
def test_pooled_rates(rng, rate, seeds):
    for check in coverage.pooled(rng, rate, seeds, 500):
        assert check.ok, check


@pytest.mark.parametrize("seeds", [10, 20, 64])
@pytest.mark.parametrize(("one", "other"), [(0.5, 0.5), (0.9, 0.1), (0.3, 0.1), (0.05, 0.02)])
def test_contrasts(rng, one, other, seeds):
    for check in coverage.contrast(rng, one, other, seeds, 500):
        assert check.ok, check


@pytest.mark.parametrize("kind", ["additive", "interacting"])
def test_effects_and_shares(rng, kind):
    for check in coverage.anova(rng, kind, whole.cells(kind), 20, 150):
        assert check.ok, check


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_waits(rng, rate):
    for check in coverage.waits(rng, rate, 20, 150):
        assert check.ok, check


def test_a_naive_interval_fails_the_same_check(rng):
    """What the checks are for: intervals that take trials for independent hold the truth half of the time."""
    from ablate.stats import rates

    hits = worlds.draw(rng, np.full(24, worlds.log_odds(np.array(0.5))), 10, 500).sum((1, 2))
    low, high = rates.wilson(hits, np.full(hits.shape, 240.0))
    check = coverage.covered("naive", (low <= 0.5) & (high >= 0.5))
    assert not check.ok
    assert check.value < 0.7

"""Seeds that fail together, at a reduced size: the promise holds, and the worlds can break what it replaces."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.stats.clustered import signed_mean
from validation import together, worlds


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.mark.parametrize("kind", [together.rates, together.gaps, together.rare, together.equal_rates, together.waits])
def test_intervals_hold_where_seeds_fail_together(rng, kind):
    for check in kind(rng, 8, 250):
        assert check.ok, check


def test_an_interval_that_knows_only_the_seeds_drawn_fails_the_same_check(rng):
    means = worlds.together(rng, 0.1, np.full(24, 0.99), 8, 500).mean(1)
    known = signed_mean(means, unit=1 / 24)
    held = (known.low <= 0.891) & (known.high >= 0.891)
    assert held.mean() < 0.75


def test_the_worlds_have_the_rates_that_they_say(rng):
    drawn = worlds.together(rng, 0.2, np.array([0.9, 0.4]), 50, 400)
    assert drawn.mean((0, 2)) == pytest.approx([0.72, 0.32], abs=0.02)
    assert (drawn.sum(1) == 0).mean() > 0.2, "a seed that fails does so in both"
    for kind in ("whole", "gap"):
        one, other = worlds.equal_but_not_alike(rng, 0.1, kind, 50, 400)
        assert one.mean() == pytest.approx(0.9, abs=0.01)
        assert other.mean() == pytest.approx(0.9, abs=0.01)

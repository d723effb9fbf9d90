"""Simulated studies have the rates that were set."""

from __future__ import annotations

import numpy as np
import pytest

from validation import worlds


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_made_up_rates_are_what_they_say(rng):
    for rate in (0.05, 0.5, 0.9):
        drawn = worlds.draw(rng, worlds.log_odds(np.array([rate])), 4000, 5)
        assert drawn.mean() == pytest.approx(rate, abs=0.015)

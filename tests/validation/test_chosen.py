from __future__ import annotations

import numpy as np

from validation import chosen


def test_what_is_chosen_is_proven_as_seldom_as_promised():
    rng = np.random.default_rng(7)
    for check in (*chosen.best_of(rng, 2000), *chosen.smallest(rng, 100), *chosen.peeking(rng, 1000)):
        assert check.ok, check


def test_a_useless_remedy_is_said_to_cost_little():
    for check in chosen.removed(np.random.default_rng(7), 8):
        assert check.ok, check

"""Times to the first escape and to the fall back to chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ablate.stats import events
from ablate.stats.events import CENSORED, COMPETING, EVENT


def test_the_first_escape_counts_whatever_came_after_it_and_failures_stay_in():
    trials = pd.DataFrame(
        {
            "state": ["escaped", "collapsed", "diverged", "diverged", "failed", "stuck", "slow"],
            "time": [16, 32, 48, np.nan, np.nan, np.nan, np.nan],
            "bad_step": [-1, -1, 300, 70, -1, -1, -1],
            "seed": range(7),
        }
    )
    found = events.first_escape(trials, 400)
    assert list(found.cause) == [EVENT] * 3 + [COMPETING] * 2 + [CENSORED] * 2
    assert list(found.time) == [16, 32, 48, 70, 0, 400, 400]
    after = events.collapse(trials, np.array([np.nan, 112, np.nan, np.nan, np.nan, np.nan, np.nan]), 400)
    assert list(after.cause) == [CENSORED, EVENT, COMPETING]
    assert list(after.time) == [384, 80, 252]


def test_a_fall_is_the_look_after_the_last_sustained_run():
    above = np.array(
        [[0, 1, 1, 1, 0, 1, 1, 1, 0, 1], [1] * 10, [0, 1, 1, 0, 1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 0, 0, 1, 0, 0]], bool
    )
    np.testing.assert_array_equal(events.falls(np.arange(10) * 16, above, 3), [128, np.nan, np.nan, 80])


def test_a_fall_at_the_step_of_the_escape_took_no_time():
    trials = pd.DataFrame({"state": ["collapsed"] * 2, "time": [48, 48], "bad_step": [-1, -1], "seed": [0, 1]})
    assert list(events.collapse(trials, np.array([48.0, 32.0]), 400).time) == [0, 0]

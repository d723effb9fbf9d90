"""Worlds that no interval was made for, at a reduced size: the promises hold, and the worlds are what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from validation import other_worlds


def test_intervals_hold_where_the_difficulty_of_seeds_has_heavy_tails() -> None:
    for check in other_worlds.tails(np.random.default_rng(7), 8, 200):
        assert check.ok, check


def test_a_few_seeds_are_hopeless_in_every_setting() -> None:
    rng, middle = np.random.default_rng(1), np.full(24, 3.0)
    drawn = other_worlds.heavy(rng, middle, 1.0, 50, 200)
    assert drawn.mean() == pytest.approx(other_worlds.heavy_rate(middle, 1.0)[0], abs=0.02)
    assert 0.02 < (drawn.sum(1) < 3).mean() < 0.1
    assert other_worlds.heavy_rate(np.zeros(1), 2.0) == pytest.approx(0.5)


def test_a_study_that_is_stopped_once_it_looks_good_still_holds_the_truth(tmp_path: Path) -> None:
    seeds = [len(other_worlds.stopped(np.random.default_rng(n), tmp_path).trials) // 8 for n in range(12)]
    assert min(seeds) < other_worlds.SEEDS == max(seeds)
    for check in other_worlds.early(np.random.default_rng(7), 8):
        assert check.ok, check

"""Rates of two studies without a common seed, against statsmodels and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from ablate.stats import unpaired

ESCAPED = (np.array([0, 3, 20, 11]), np.array([0, 12, 5, 11]))
N = (np.array([20, 20, 20, 16]), np.array([12, 12, 20, 64]))


def test_the_interval_is_newcombes() -> None:
    low, high = unpaired.newcombe(ESCAPED, N)
    for at in range(4):
        expected = confint_proportions_2indep(
            ESCAPED[1][at], N[1][at], ESCAPED[0][at], N[0][at], method="newcomb", compare="diff"
        )
        assert (low[at], high[at]) == pytest.approx(expected, abs=1e-9)


def test_p_is_fishers() -> None:
    tables = [[[ESCAPED[s][at], N[s][at] - ESCAPED[s][at]] for s in (0, 1)] for at in range(4)]
    assert unpaired.fisher(ESCAPED, N) == pytest.approx([stats.fisher_exact(table).pvalue for table in tables])


def test_over_settings_each_counts_equally_and_no_difference_is_inside() -> None:
    setting, seed = np.repeat([0, 1], 10), np.tile(np.arange(10), 2)
    gap = unpaired.whole((setting, setting), (seed, seed), (np.zeros(20), np.repeat([0.0, 1.0], 10)))
    assert (gap.estimate, gap.settings, gap.first_seeds, gap.second_seeds) == (0.5, 2, 10, 10)
    assert 0 < gap.low < 0.5 < gap.high < 1
    same = unpaired.whole((setting, setting), (seed, seed), (np.zeros(20), np.zeros(20)))
    assert same.low < 0 == same.estimate < same.high


def test_seeds_and_settings_are_counted_of_each_study() -> None:
    one, other = np.repeat([0, 1], 3), np.repeat([0, 1, 2], 5)
    seeds = np.tile(np.arange(3), 2), np.tile(np.arange(5), 3)
    gap = unpaired.whole((one, other), seeds, (np.zeros(6), np.ones(15)))
    assert (gap.settings, gap.first_seeds, gap.second_seeds) == (2, 3, 5)

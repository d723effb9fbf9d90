"""That a difference is small is shown exactly where the one-sided limit over seeds lies inside the margin."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.stats import equivalence
from ablate.stats.clustered import bounded_mean
from ablate.stats.contrasts import seed_gaps


@pytest.mark.parametrize("strata", [1, 6])
@pytest.mark.parametrize("rate", [0.0, 0.1, 0.9])
def test_a_difference_is_small_where_the_90_percent_interval_is_inside_the_margin(strata: int, rate: float) -> None:
    rng = np.random.default_rng(strata)
    one, other = (rng.random((2, strata, 60)) < rate).astype(float)
    ends = seed_gaps(one, other) if strata > 1 else ((one - other)[0], -1.0, 1.0)
    over = bounded_mean(*ends, confidence=0.9)
    less, small = equivalence.p_values(one, other)
    assert (less <= 0.05) == (float(over.high) <= 0.1)
    assert (small <= 0.05) == (float(over.high) <= 0.1 and float(over.low) >= -0.1)


def test_as_many_seeds_as_are_said_are_needed_even_if_no_pair_differs() -> None:
    fewest = equivalence.fewest_seeds()
    assert equivalence.p_values(np.zeros((1, fewest)), np.zeros((1, fewest)))[1] <= 0.05
    assert equivalence.p_values(np.zeros((1, fewest - 1)), np.zeros((1, fewest - 1)))[0] > 0.05


def test_a_level_that_helps_is_neither_small_nor_equivalent_and_one_that_harms_is_worth_less() -> None:
    one, other = np.ones((1, 64)), np.zeros((1, 64))
    assert min(equivalence.p_values(one, other)) == 1.0
    less, small = equivalence.p_values(other, one)
    assert less < 0.001
    assert small == 1.0

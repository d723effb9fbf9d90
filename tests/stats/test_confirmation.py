"""Proof on fresh seeds: against scipy's exact bound, and how often the proof of a chosen setting is false."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from ablate.stats.confirmation import confirm, fewest


@pytest.mark.parametrize(("escaped", "n", "tested"), [(8, 8, 1), (7, 8, 1), (38, 40, 5), (40, 40, 5), (0, 8, 2)])
def test_the_bound_is_scipys_exact_one_shared_among_the_settings_that_may_be_tested(escaped, n, tested):
    share = 0.05 / tested
    expected = binomtest(escaped, n, alternative="greater").proportion_ci(1 - share, "exact").low
    found = confirm(escaped, n, 0.5, tested=tested)
    assert found.low == pytest.approx(expected)
    assert found.confirmed == (expected >= 0.5)


def test_fresh_seeds_prove_a_chosen_setting_falsely_in_one_run_of_twenty_where_its_own_seeds_do_in_most():
    rng = np.random.default_rng(3)
    runs = rng.binomial(8, 0.5, (4000, 15)).max(1)
    own = np.mean([confirm(int(best), 8, 0.5).confirmed for best in runs])
    fresh = np.mean([confirm(int(again), 8, 0.5).confirmed for again in rng.binomial(8, 0.5, 4000)])
    assert own > 0.35
    assert fresh < 0.05


def test_the_fewest_seeds_are_those_at_which_a_clean_sweep_first_proves_the_target():
    for target, tested in ((0.5, 1), (0.5, 3), (0.8, 1), (0.9, 5)):
        n = fewest(target, tested=tested)
        assert confirm(n, n, target, tested=tested).confirmed
        assert not confirm(n - 1, n - 1, target, tested=tested).confirmed


def test_the_words_name_counts_bound_and_the_number_tested():
    words = str(confirm(19, 20, 0.8, tested=3))
    assert words.startswith("not confirmed: 19 of 20 fresh seeds escaped")
    assert "for all 3 sets that may be tested together" in words
    assert "tested together" not in str(confirm(20, 20, 0.8))

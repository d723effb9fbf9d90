"""Verdicts on rates: exact bounds, and the seeds that would decide."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests

from ablate.stats import claims, sequential


def test_verdicts_are_exact_one_sided_bounds():
    n = np.array([20, 20, 20, 64, 64])
    found = claims.verdicts(np.array([18, 20, 12, 55, 57]), n)
    assert list(found) == ["undecided", "sufficient", "insufficient", "undecided", "sufficient"]
    for k, verdict in zip((18, 20, 12, 55, 57), found, strict=True):
        size = 20 if k <= 20 else 64
        test = {side: binomtest(k, size, 0.8, alternative=side).pvalue for side in ("greater", "less")}
        assert (test["greater"] <= 0.05) == (verdict == "sufficient")
        assert (test["less"] <= 0.05) == (verdict == "insufficient")


def test_undecided_sets_say_what_they_need():
    needs = claims.needed(np.array([18, 20, 16, 0]), np.array([20, 20, 20, 20]))
    assert np.isnan(needs[[1, 3]]).all()
    assert np.isinf(needs[2])
    assert claims.verdicts(np.rint(needs[:1] * 0.9), needs[:1])[0] == "sufficient"
    assert claims.verdicts(np.rint((needs[:1] - 1) * 0.9), needs[:1] - 1)[0] == "undecided"


def test_what_is_proven_however_it_is_chosen_is_holms_correction_of_exact_tests():
    k, n = np.array([64, 63, 60, 58, 20, 0]), np.array([64, 64, 64, 64, 20, 20])
    exact = [
        binomtest(int(hits), int(count), 0.8, alternative="greater").pvalue for hits, count in zip(k, n, strict=True)
    ]
    np.testing.assert_allclose(claims.exact(0.8).p(k, n), exact)
    expected = multipletests(exact, alpha=0.05, method="holm")[0]
    assert claims.proven(k, n, claims.exact(0.8)).tolist() == expected.tolist()
    # Two looks halve what each may err.
    np.testing.assert_allclose(claims.exact(0.8, 0.975).p(k, n), np.minimum(2 * np.array(exact), 1))


@pytest.mark.parametrize(
    "claim", [claims.exact(0.6), claims.exact(0.6, 0.975), sequential.claim(sequential.Rule(target=0.6))]
)
def test_a_p_value_is_small_exactly_where_the_bound_reaches_the_target(claim):
    k, n = np.meshgrid(np.arange(33), np.arange(1, 33))
    k, n = k[k <= n], n[k <= n]
    np.testing.assert_array_equal(claim.p(k, n) <= claims.ERROR, claim.bounds(k, n)[0] >= claim.target)


def test_among_164_rates_just_below_the_target_a_chosen_one_is_seldom_proven():
    rng = np.random.default_rng(8)
    alone, together = [], []
    for _ in range(300):
        k = rng.binomial(20, 0.75, 164)
        alone.append((claims.verdicts(k, np.full(164, 20)) == claims.SUFFICIENT).any())
        together.append(claims.proven(k, np.full(164, 20), claims.exact()).any())
    assert np.mean(alone) > 0.3
    assert np.mean(together) <= 0.05


def test_the_seeds_needed_are_the_first_more_that_decide_up_to_the_most():
    """Every count of up to 12 seeds, against a search one seed at a time."""
    n = np.repeat(np.arange(1, 13), 13)
    k = np.tile(np.arange(13), 12)
    k, n = k[k <= n], n[k <= n]
    found = claims.needed(k, n, most=40)
    sizes = np.arange(1, 41)
    for hits, size, needed in zip(k, n, found, strict=True):
        decided = claims.verdicts(np.rint(sizes * hits / size), sizes) != "undecided"
        more = sizes[decided & (sizes > size)]
        expected = np.nan if decided[size - 1] else more[0] if len(more) else np.inf
        np.testing.assert_equal(float(needed), float(expected))
    assert claims.needed(k[:1], n[:1], most=2).tolist() == [2.0]

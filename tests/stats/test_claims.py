"""Verdicts on rates: exact bounds, and the seeds that would decide."""

from __future__ import annotations

import numpy as np
from scipy.stats import binomtest

from ablate.stats import claims


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

from __future__ import annotations

import numpy as np
import pytest

from validation import adaptive


def test_tables_and_pages_hold_the_truth_although_results_decided_on_seeds():
    for check in adaptive.everything(np.random.default_rng(7), 12):
        assert check.ok, check


@pytest.mark.parametrize("spending", adaptive.SPENT, ids=["sequential", "topped up"])
def test_counted_by_trials_the_same_studies_would_be_far_off(spending, tmp_path):
    own = adaptive.results(np.random.default_rng(8), spending, tmp_path).trials
    by_trials = own.groupby("loss", observed=True)["escaped"].mean()
    assert by_trials["a"] - by_trials["b"] < 0.45, "the true difference is .63"

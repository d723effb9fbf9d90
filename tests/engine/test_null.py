"""Trials that cannot have learned are not read as escaped; the full size is `benchmarks/null_trials.py`."""

from __future__ import annotations

from benchmarks import null_trials


def test_of_a_few_hopeless_trials_none_in_a_hundred_escapes() -> None:
    found = list(null_trials.measure(["blobs", "words"], 128, workers=2))
    assert [row.n for row in found] == [128] * 4
    assert all(row.share <= null_trials.MOST for row in found), found
    assert any(row.binomial > null_trials.MOST * row.n for row in found), "without the null band some would"

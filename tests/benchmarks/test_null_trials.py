"""Trials that cannot have learned are not read as escaped; `benchmarks/null_trials.py` itself trains more of them."""

from __future__ import annotations

from benchmarks import null_trials


def test_of_a_few_hopeless_trials_none_in_a_hundred_escapes() -> None:
    rows = list(null_trials.measure(["blobs", "words"], 128, workers=1))
    assert [row.n for row in rows] == [128] * 4
    assert all(row.share <= null_trials.MOST for row in rows), rows
    assert any(row.binomial > null_trials.MOST * row.n for row in rows), "without the null band some would"

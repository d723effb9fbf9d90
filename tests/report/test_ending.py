"""The words of how one setting's trials ended."""

from __future__ import annotations

from dataclasses import replace

from ablate.report.ending import Ending

ONE = Ending(
    escaped=3, n=8, low=0.137, high=0.694, states={"escaped": 3}, accuracy=(0.9, 0.1, 1.0), verdict="undecided",
    proven=False, link="",
)  # fmt: skip


def test_rate_count_and_interval() -> None:
    assert (ONE.rate, ONE.count, ONE.interval) == (0.375, "3 of 8", "14 to 69\u00a0%")
    assert replace(ONE, escaped=0, n=0).rate == 0.0
    assert ".90" in ONE.accuracy_words
    nan = float("nan")
    assert replace(ONE, accuracy=(nan, nan, nan)).accuracy_words == ""

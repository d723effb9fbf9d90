"""The guide that messages and pages read: whole, in order, and nothing that its counts do not bear."""

from __future__ import annotations

import pytest

from ablate.stats import causes, guide


@pytest.mark.parametrize("cause", causes.NAMES)
def test_every_cause_has_advice_with_a_reason(cause: str) -> None:
    rows = guide.advice(cause)
    assert rows, f"the guide has no row for {cause}"
    assert rows[0].why, "the first change is one that removes the cause"
    assert not rows[0].needs, "the first change is one that every network allows"


def test_no_share_lies_outside_its_interval() -> None:
    for row in guide.everything():
        if row.share is not None:
            assert row.low is not None
            assert row.high is not None
            assert row.low <= row.share <= row.high
            assert row.networks >= 20
            assert row.tasks


def test_the_clip_trap_is_led_by_the_fused_loss_and_wrong_data_by_no_remedy() -> None:
    assert [row.change for row in guide.advice("clip_trap")][:2] == ["loss=fused", "rate / 10 or lower"]
    assert guide.advice("clip_trap", "on")[0].change == "loss=fused"
    assert [row.change for row in guide.advice("data_fault")] == ["repair the data"]
    assert "by eye" in guide.in_words("data_fault")


def test_a_line_names_change_share_and_start() -> None:
    words = guide.in_words("clip_trap")
    assert words.startswith("What removed it in published studies, from fresh weights: loss=fused (")
    assert "; from the trapped weights: loss=fused (" in words
    assert guide.in_words("frozen") == ""

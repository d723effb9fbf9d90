"""The words of a search's answer."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.remedy_search import answer_text

ARM: dict[str, Any] = {"name": "search", "sampler": "auto", "confirmed_at": 1234, "trials": 2345, "settings": 1001}
CLAIM: dict[str, Any] = {
    "changes": ["loss=fused", "width=16"], "minimal": True, "low": 0.81266, "confidence": 0.99, "escaped": 38, "n": 40,
    "overrides": ["loss=fused", "note=a b"], "keras": ["one", "two"],
}  # fmt: skip
SEEN: dict[str, Any] = {
    "tried": 120, "settings": 4800, "pairs_tried": 1050, "pairs": 2100, "levels": [], "held": [],
}  # fmt: skip

FEWER = "no set with one change fewer is promising"


def answer(*claims: dict[str, Any], arms: tuple[dict[str, Any], ...] = (ARM,), **seen: Any) -> dict[str, Any]:
    return {
        "search": {"target": 0.8, "confirm": 40}, "arms": list(arms), "smallest": list(claims),
        "unexplored": SEEN | seen,
    }  # fmt: skip


def test_a_confirmed_set_is_shown_with_what_makes_it() -> None:
    assert answer_text.text(answer(CLAIM)).splitlines() == [
        "search (auto): 2,345 trials of 1,001 settings, first set confirmed after at most 1,234 trials.",
        "Sufficient: loss=fused width=16",
        f"  38 of 40 fresh seeds escaped, at least 0.813 at 99.00% confidence; {FEWER}.",
        "  overrides: loss=fused 'note=a b'",
        "  | one",
        "  | two",
        "Explored: 120 of 4,800 settings were tried (2.50%); 1,050 of 2,100 pairs of levels were tried together.",
    ]


def test_the_baseline_as_it_is_and_a_set_that_may_be_too_large() -> None:
    plain = CLAIM | {"changes": [], "overrides": [], "keras": [], "minimal": False}
    text = answer_text.text(answer(plain))
    assert "Sufficient: the baseline as it is, without any change\n" in text
    assert "; a set with one change fewer may be enough, too.\n" in text
    assert "overrides" not in text
    assert "No set was confirmed" not in text


def test_no_set() -> None:
    text = answer_text.text(answer(arms=({**ARM, "confirmed_at": None},)))
    assert text.splitlines()[0].endswith("1,001 settings, no set confirmed.")
    assert text.splitlines()[1] == "No set was confirmed to escape at a rate of 0.8 on 40 fresh seeds."


def test_two_arms_share_trials_and_one_does_not() -> None:
    other = ARM | {"name": "random", "sampler": "RandomSampler"}
    lines = answer_text.text(answer(CLAIM, arms=(ARM, other))).splitlines()
    assert lines[1].startswith("random baseline (RandomSampler): ")
    assert lines[2] == "A trial that both asked for was trained once and counts in both lines."
    assert lines[3].startswith("Sufficient")
    assert "counts in both" not in answer_text.text(answer(CLAIM))


@pytest.mark.parametrize(("count", "more"), [(8, ""), (9, " and 1 more"), (11, " and 3 more")])
def test_eight_levels_that_were_never_tried_are_named(count: int, more: str) -> None:
    said = answer_text.gaps(SEEN | {"levels": [f"l{at}" for at in range(count)], "held": ["task", "start"]})
    assert said.endswith(
        f"; never tried: {', '.join(f'l{at}' for at in range(8))}{more}; held at the baseline: task, start."
    )


def test_before_the_first_batch_nothing_is_explored() -> None:
    assert answer_text.gaps(SEEN | {"tried": 0}) == "Explored: no batch of settings is finished yet."

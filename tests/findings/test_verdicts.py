"""The rule from a prediction and an interval to a verdict, row by row, and from places to a claim."""

from __future__ import annotations

import pytest

from ablate.core.study import EXPECTED
from findings import verdicts
from findings.verdicts import CAME_TRUE, FAILED, UNDECIDED, UNPREDICTED, Verdict, finding, over_places, verdict

SHOWN, NOT = 0.001, 0.4
TRUE = Verdict("as predicted", CAME_TRUE)


@pytest.mark.parametrize(
    ("estimate", "low", "high", "p", "expected"),
    [
        (0.5, 0.3, 0.7, SHOWN, verdicts.MORE),
        (0.1, 0.02, 0.2, SHOWN, verdicts.MORE),
        (0.5, 0.3, 0.7, NOT, verdicts.MORE_OR_EQUAL),  # the adjusted p decides
        (0.3, -0.01, 0.6, SHOWN, verdicts.MORE_OR_EQUAL),  # and so does the interval
        (0.05, 0.01, 0.09, SHOWN, verdicts.SLIGHTLY_MORE),
        (0.05, 0.01, 0.09, NOT, verdicts.EQUAL),
        (0.05, 0.01, 0.10, SHOWN, verdicts.MORE),  # a relevant one is not left out
        (-0.5, -0.7, -0.3, SHOWN, verdicts.LESS),
        (-0.05, -0.09, -0.01, SHOWN, verdicts.SLIGHTLY_LESS),
        (0.0, -0.09, 0.09, 1.0, verdicts.EQUAL),
        (0.1, -0.05, 0.3, NOT, verdicts.MORE_OR_EQUAL),
        (-0.1, -0.3, 0.05, NOT, verdicts.LESS_OR_EQUAL),
        (0.0, -0.16, 0.16, 1.0, verdicts.OPEN),
    ],
)
def test_what_an_interval_says(estimate: float, low: float, high: float, p: float, expected: str) -> None:
    assert finding(estimate, low, high, p) == expected


@pytest.mark.parametrize(
    ("expect", "row", "words", "outcome"),
    [
        ("more", (0.5, 0.3, 0.7, SHOWN), "as predicted", CAME_TRUE),
        ("more", (0.05, 0.01, 0.09, SHOWN), "as predicted, but smaller than the margin", CAME_TRUE),
        ("more", (-0.5, -0.7, -0.3, SHOWN), "contrary to the prediction", FAILED),
        ("more", (-0.05, -0.09, -0.01, SHOWN), "contrary to the prediction", FAILED),
        ("more", (0.0, -0.05, 0.05, 1.0), verdicts.NOT_SHOWN.words, FAILED),
        ("more", (-0.1, -0.3, 0.05, NOT), verdicts.NOT_SHOWN.words, FAILED),
        ("more", (0.1, -0.05, 0.3, NOT), "not decided", UNDECIDED),
        ("more", (0.0, -0.16, 0.16, 1.0), "not decided", UNDECIDED),
        ("less", (-0.5, -0.7, -0.3, SHOWN), "as predicted", CAME_TRUE),
        ("less", (0.5, 0.3, 0.7, SHOWN), "contrary to the prediction", FAILED),
        ("less", (0.1, -0.05, 0.3, NOT), verdicts.NOT_SHOWN.words, FAILED),
        ("less", (-0.1, -0.3, 0.05, NOT), "not decided", UNDECIDED),
        ("same", (0.0, -0.09, 0.09, 1.0), "equal within the margin", CAME_TRUE),
        ("same", (0.05, 0.01, 0.09, SHOWN), "equal within the margin", CAME_TRUE),
        ("same", (0.5, 0.3, 0.7, SHOWN), "contrary to the prediction", FAILED),
        ("same", (-0.2, -0.4, -0.02, SHOWN), "contrary to the prediction", FAILED),
        ("same", (0.0, -0.16, 0.16, 1.0), "not decided", UNDECIDED),
        ("same", (0.1, -0.05, 0.3, NOT), "not decided", UNDECIDED),
        ("", (0.5, 0.3, 0.7, SHOWN), "more escape", UNPREDICTED),
        ("", (-0.5, -0.7, -0.3, SHOWN), "less escape", UNPREDICTED),
        ("", (0.0, -0.09, 0.09, 1.0), "equal within the margin", UNPREDICTED),
        ("", (0.0, -0.16, 0.16, 1.0), "not decided", UNPREDICTED),
    ],
)
def test_a_verdict_follows_from_prediction_and_interval(
    expect: str, row: tuple[float, float, float, float], words: str, outcome: str
) -> None:
    assert verdict(expect, *row) == Verdict(words, outcome)


def test_every_prediction_has_a_verdict_for_every_finding() -> None:
    assert set(verdicts.VERDICTS) == {*EXPECTED, ""}
    assert all(set(row) == set(verdicts.MIRROR) for row in verdicts.VERDICTS.values())


def test_what_is_not_shown_is_never_called_equal_unless_its_interval_is_within_the_margin() -> None:
    for expect in verdicts.VERDICTS:
        for found in (verdicts.MORE_OR_EQUAL, verdicts.LESS_OR_EQUAL, verdicts.OPEN):
            assert "equal" not in verdicts.VERDICTS[expect][found].words


def test_another_margin_decides_otherwise() -> None:
    assert verdict("same", 0.0, -0.16, 0.16, 1.0, margin=0.2).outcome == CAME_TRUE


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([("a", TRUE), ("b", verdicts.WITHIN)], "holds"),
        ([("a", verdicts.SMALL), ("b", verdicts.SMALL)], "holds, by less than the margin"),
        ([("a", verdicts.SMALL), ("b", TRUE)], "holds"),
        ([("a", verdicts.CONTRARY), ("b", verdicts.NOT_SHOWN)], "does not hold"),
        ([("a", verdicts.NOT_DECIDED), ("b", verdicts.NOT_ANSWERED)], "not decided"),
        ([("a", TRUE), ("b", verdicts.CONTRARY), ("c", TRUE)], "holds only where a / c; not where b"),
        ([("a", TRUE), ("b", verdicts.NOT_DECIDED)], "holds where a; not decided where b"),
        ([("a", verdicts.CONTRARY), ("b", verdicts.NOT_DECIDED)], "does not hold where a; not decided where b"),
    ],
)
def test_a_claim_holds_where_its_prediction_came_true(places: list[tuple[str, Verdict]], expected: str) -> None:
    assert over_places(places) == expected


def test_a_claim_without_a_prediction_says_what_was_found() -> None:
    more, less = (verdicts.VERDICTS[""][each] for each in (verdicts.MORE, verdicts.LESS))
    assert over_places([("a", more), ("b", more)]) == "more escape"
    assert over_places([("a", more), ("b", less), ("c", more)]) == "more escape (a / c); less escape (b)"

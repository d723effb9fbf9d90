"""Which single change is named, why it stands first, and how many others are counted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ablate.report import surest
from ablate.report.ending import Ending
from ablate.report.remedy_rows import RemedyRow, RemedyTable
from ablate.stats import claims

NAN = float("nan")


def ending(escaped: int, *, enough: bool = False, accuracy: float = NAN, low: float | None = None) -> Ending:
    """Of twenty trials so many escaped."""
    return Ending(
        escaped=escaped, n=20, low=escaped / 40 if low is None else low, high=1.0, states={"escaped": escaped},
        accuracy=(accuracy, accuracy - 0.5, 1.0), verdict=claims.SUFFICIENT if enough else "undecided", proven=False,
        link="",
    )  # fmt: skip


def table(
    *rows: Sequence[Ending | None],
    baseline: tuple[Ending | None, ...] = (ending(2), ending(1)),
    titles: tuple[str, ...] = ("Prevention", "Rescue"),
) -> RemedyTable:
    made = [
        RemedyRow(factor="loss", level=f"l{at}", before="clipped", endings=tuple(ends), effect=None)
        for at, ends in enumerate(rows)
    ]
    return RemedyTable(titles=titles, baseline=baseline, rows=tuple(made), target=0.8)


GOOD, BAD = ending(19, enough=True), ending(5)
ALONE = "(an escape rate of at least 80 %, shown at 95\u00a0% for each one by itself, not for all at once)"


def sentence(*rows: Sequence[Ending | None]) -> str:
    return surest.sentence(table(*rows)).replace("80\u00a0%", "80 %")


@pytest.mark.parametrize(
    ("rows", "rest"),
    [
        ([(GOOD, None)], ". No other remedy was tried."),
        ([(GOOD, None), (None, BAD)], ". No other remedy was tried."),
        ([(GOOD, None), (BAD, None)], ". No other of the 2 remedies tried is shown to be enough."),
        ([(GOOD, None), (ending(18, enough=True), None), (BAD, None)], (f". Of the 3 remedies tried, 1 more is enough, "
         f"too {ALONE}.")),
        ([(GOOD, None), *[(ending(18, enough=True), None)] * 2], (f". Of the 3 remedies tried, 2 more are enough, too "
         f"{ALONE}.")),
    ],
)  # fmt: skip
def test_others_that_are_enough_are_counted(rows: list[Sequence[Ending | None]], rest: str) -> None:
    assert sentence(*rows) == f"The surest remedy is loss=l0: 19 of 20 escape from fresh weights{rest}"


def test_nothing_is_said_where_nothing_was_tried() -> None:
    assert sentence() == ""
    assert sentence((None, GOOD)) == ""


@pytest.mark.parametrize(("count", "verb"), [(1, "keeps"), (2, "keep"), (3, "keep")])
def test_where_the_baseline_is_enough_there_is_no_plateau(count: int, verb: str) -> None:
    rows = [(GOOD, None)] * count + [(BAD, None)]
    said = f"There is no plateau to leave: {count} of the {count + 1} single remedies {verb} that rate."
    assert surest.sentence(table(*rows, baseline=(GOOD, None))) == said
    for baseline in (None, BAD):
        assert "surest" in surest.sentence(table(*rows, baseline=(baseline, GOOD)))


def test_the_group_and_the_accuracy_at_the_end_are_named() -> None:
    best = ending(19, enough=True, accuracy=0.912)
    rows = table((best,), titles=("From a trap",), baseline=(BAD,))
    assert surest.sentence(rows).startswith(
        "The surest remedy is loss=l0: 19 of 20 escape (From a trap) (accuracy at the end .91)."
    )


NONE = "Prevention: the one remedy tried is not shown to be enough"
FEW = "single remedies is shown to be enough"


@pytest.mark.parametrize(
    ("rows", "untouched", "said"),
    [
        ([(BAD,)], ending(2), f"{NONE}; the nearest is loss=l0, 5 of 20."),
        ([(BAD,), (ending(7),), (None,)], ending(2), f"Prevention: none of 3 {FEW}; the nearest is loss=l1, 7 of 20."),
        ([(ending(2),)], ending(2), f"{NONE}."),
        ([(ending(1),)], ending(2), f"{NONE}."),
        ([(BAD,)], None, f"{NONE}."),
        (
            [(ending(6, low=0.1),), (ending(5, low=0.2),)],
            ending(2),
            f"Prevention: none of 2 {FEW}; the nearest is loss=l1, 5 of 20.",
        ),
    ],
)
def test_the_nearest_is_named_if_it_helps(
    rows: list[tuple[Ending | None]], untouched: Ending | None, said: str
) -> None:
    tried = table(*rows, baseline=(untouched,), titles=("Prevention",))
    assert surest.none_is_enough(tried, 0, len(rows)) == said


def test_none_is_enough_counts_what_the_first_group_has() -> None:
    assert sentence((BAD, None), (None, GOOD)).startswith("Prevention: the one remedy tried is not")
    assert surest.none_is_enough(table((None, BAD), (GOOD, ending(7))), 1, 2).endswith("is loss=l1, 7 of 20.")


@pytest.mark.parametrize(
    ("first", "second", "also"),
    [
        ((GOOD, GOOD), (BAD, BAD), True),
        ((GOOD, GOOD), (BAD, GOOD), False),
        ((GOOD, BAD), (BAD, BAD), False),
        ((GOOD, GOOD), (GOOD, BAD), True),
        ((BAD, BAD), (BAD, BAD), False),
    ],
)
def test_whether_the_surest_alone_rescues(first: Sequence[Ending], second: Sequence[Ending], also: bool) -> None:
    assert surest.also_rescues(table(first, second)) is also
    assert not surest.also_rescues(table(first[:1], second[:1], titles=("Prevention",), baseline=(BAD,)))


SAME = ending(19, enough=True)
LESS = ending(18, enough=True)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(GOOD, GOOD), (SAME, BAD), (BAD, None)],
         ", and the only one of 2 tried that also rescues a network at chance, 19 of 20"),
        ([(GOOD, LESS), (SAME, GOOD), (BAD, BAD)],
         ", and one of the 2 of 3 tried that also rescue a network at chance, 18 of 20"),
        ([(GOOD, ending(7)), (SAME, ending(6)), (SAME, ending(5)), (LESS, ending(9))],
         "; of 3 with that count it brings back most trapped networks, 7 of 20"),
        ([(GOOD, ending(6)), (SAME, ending(6))], "; of 2 with that count it stands first in the study"),
        ([(GOOD, ending(6)), (LESS, ending(5))], ""),
        ([(GOOD, ending(6)), (SAME, None)], "; of 2 with that count it stands first in the study"),
        ([(GOOD, None), (SAME, GOOD)], "; of 2 with that count it stands first in the study"),
        ([(GOOD, BAD), (SAME, GOOD)], "; of 2 with that count it stands first in the study"),
        ([(ending(19, enough=True, accuracy=0.95), None), (ending(19, enough=True, accuracy=0.9), None)],
         " (accuracy at the end .95); of 2 with that count it ends with the highest accuracy, .95"),
        ([(ending(19, enough=True, accuracy=0.9), None), (ending(19, enough=True, accuracy=0.9), None)],
         " (accuracy at the end .90); of 2 with that count it stands first in the study"),
    ],
)  # fmt: skip
def test_why_the_best_stands_first(rows: list[Sequence[Ending | None]], reason: str) -> None:
    said = sentence(*rows)
    start = "The surest remedy is loss=l0: 19 of 20 escape from fresh weights"
    assert said.removeprefix(start).partition(". ")[0].rstrip(".") == reason


def test_a_later_trap_may_be_the_reason() -> None:
    rows = table((GOOD, BAD, GOOD), (SAME, BAD, BAD), titles=("Prevention", "A", "B"), baseline=(BAD,) * 3)
    assert ", and the only one of 2 tried that also rescues a network at chance, 19 of 20." in surest.sentence(rows)

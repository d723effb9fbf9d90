"""In which order remedies stand, which stand together, and what the first screen says of few and many."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ablate.report import headline, remedy_rows
from ablate.report.ending import Ending
from ablate.report.remedy_rows import RemedyRow, RemedyTable
from ablate.stats import claims

NAN = float("nan")


def ending(escaped: int, *, low: float | None = None, accuracy: float = NAN, **more: Any) -> Ending:
    plain: dict[str, Any] = {"verdict": "undecided", "proven": False, "states": {"escaped": escaped}}
    return Ending(
        escaped=escaped, n=20, low=escaped / 40 if low is None else low, high=1.0, accuracy=(accuracy, 0.2, 0.3),
        link="", **plain | more,
    )  # fmt: skip


def row(level: str, *endings: Ending | None, factor: str = "loss") -> RemedyRow:
    return RemedyRow(factor=factor, level=level, before="clipped", endings=endings, effect=None)


def ordered(*rows: RemedyRow) -> list[str]:
    return [one.level for one in sorted(rows, key=remedy_rows._order)]


def test_rows_stand_by_the_bounds_of_each_group_and_then_by_accuracy() -> None:
    assert ordered(row("a", ending(3)), row("b", ending(5))) == ["b", "a"]
    assert ordered(row("a", ending(5), ending(2)), row("b", ending(5), ending(3))) == ["b", "a"]
    assert ordered(row("a", None, ending(9)), row("b", ending(0), None)) == ["b", "a"]
    assert ordered(row("a", ending(5, accuracy=0.4)), row("b", ending(5, accuracy=0.5))) == ["b", "a"]
    assert ordered(row("a", ending(5)), row("b", ending(5, accuracy=0.5))) == ["b", "a"]
    assert ordered(row("a", ending(5)), row("b", ending(5))) == ["a", "b"]


@pytest.mark.parametrize(
    ("titles", "shown"),
    [
        (["Prevention", "Rescue (first phase: stuck)"], ["Prevention", "Rescue"]),
        (["R (first phase: stuck)", "R (first phase: collapsed)"],
         ["R (first phase: stuck)", "R (first phase: collapsed)"]),
    ],
)  # fmt: skip
def test_titles_are_short_where_they_are_told_apart(titles: list[str], shown: list[str]) -> None:
    groups: Any = [SimpleNamespace(title=title) for title in titles]
    assert list(remedy_rows._titles(groups)) == shown


def table(*rows: RemedyRow, baseline: Ending | None = None, titles: tuple[str, ...] = ("T",)) -> RemedyTable:
    return RemedyTable(titles=titles, baseline=(baseline,) * len(titles), rows=rows, target=0.8)


def test_the_best_of_each_factor_and_neighbours_that_end_alike() -> None:
    one = table(
        row("a", None, ending(9), factor="width"), row("b", ending(5)), row("c", ending(4)),
        row("d", ending(5), factor="rate"), row("e", ending(3), factor="width"), row("f", ending(3), factor="depth"),
    )  # fmt: skip
    assert [best.level for best in one.best_by_factor(9)] == ["b", "d", "e", "f"]
    assert [best.level for best in one.best_by_factor(2)] == ["b", "d"]
    assert [[best.level for best in some] for some in one.alike(9)] == [["b", "d"], ["e", "f"]]
    assert [best.level for best in one.of(0, "undecided")] == ["b", "c", "d", "e", "f"]


def test_of_a_search_no_setting_is_proven() -> None:
    rows = pd.DataFrame({"escaped": [40, 3], "n": [40, 40]})
    for searched, proven in ((False, [True, False]), (True, [False, False])):
        inputs: Any = SimpleNamespace(results=SimpleNamespace(searched=searched), claim=claims.exact())
        assert remedy_rows.proven_settings(inputs, rows).tolist() == proven
    assert remedy_rows._differs(rows, [], {}).shape == (0, 2)
    assert np.array_equal(remedy_rows._differs(rows, ["n", "escaped"], {"n": "40", "escaped": "3"}), [[0, 0], [1, 0]])


GOOD = {"verdict": claims.SUFFICIENT}


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "T: loss=l0 escapes in 19 of 20 trials; no other of the 2 remedies tried is shown to be enough."),
        (2, "T: loss=l1 escapes in 20 of 20 trials, and 1 more of the 3 tried is enough, too"),
        (3, "T: loss=l2 escapes in 21 of 20 trials, and 2 more of the 4 tried are enough, too"),
    ],
)
def test_the_best_of_a_group_and_how_many_more(count: int, said: str) -> None:
    rows = [row(f"l{at}", ending(19 + at, **GOOD)) for at in range(count)]
    assert headline._group_sentence(table(*rows, row("x", ending(2))), 0, "T", 0.8).startswith(said)


@pytest.mark.parametrize(("proven", "said"), [(0, "none of them is"), (1, "1 of them is"), (2, "2 of them are")])
def test_how_many_are_proven_for_all_settings_together(proven: int, said: str) -> None:
    rows = tuple(row(f"l{at}", ending(19, proven=at < proven, **GOOD)) for at in range(3))
    assert f"; {said} proven" in headline._sure("T", 0, rows)


@pytest.mark.parametrize(
    ("count", "numbers", "what"),
    [(0, "0 of 2", "remedies are enough"), (1, "1 of 2", "remedies is enough"), (2, "2 of 2", "remedies are enough")],
)
def test_the_fact_of_a_group_counts_what_is_enough(count: int, numbers: str, what: str) -> None:
    rows = [row(f"l{at}", ending(19, **(GOOD if at < count else {}))) for at in range(2)]
    (fact,) = headline.facts(table(*rows))
    assert (fact.number, fact.what) == (numbers, what)
    assert bool(fact.sure) is bool(count)
    alone = headline.facts(table(row("a", ending(19, **GOOD))))[0]
    assert (alone.number, alone.what) == ("1 of 1", "remedy is enough")
    later = table(*rows, baseline=ending(3, states={"escaped": 3, "stuck": 17}), titles=("T",))
    assert headline.facts(later)[0].remark == "17 stuck; 95 % interval 8 to 100\u00a0%"


@pytest.mark.parametrize(("searched", "names", "said"), [
    (True, ("a", "b"), "Not shown: a search chose the settings."),
    (False, ("a",), "Fewer than two factors vary."),
    (False, ("a", "b"), "The rates differ most between the levels of a and of b: these are shown first."),
])  # fmt: skip
def test_the_factors_that_heat_maps_begin_with(searched: bool, names: tuple[str, ...], said: str) -> None:
    group = SimpleNamespace(most_different=lambda count: names[:count] if count == 2 else names * 2)
    inputs: Any = SimpleNamespace(results=SimpleNamespace(searched=searched), groups=[group])
    assert headline.two_factors(inputs) == said


def test_settings_are_counted_by_verdict() -> None:
    inputs: Any = SimpleNamespace(
        settings=pd.DataFrame({"escaped": [40, 1, 32, 2], "n": [40] * 4}), claim=claims.exact()
    )
    assert headline.explored(inputs) == (
        "Of 4 settings 1 are enough (escape rate of at least 80\u00a0%), 2 are not, and 1 are undecided."
    )


@pytest.mark.parametrize(("count", "more"), [(0, ""), (1, ""), (9, None)])
def test_remedies_that_free_no_trial_are_named(count: int, more: str | None) -> None:
    rows = [row(f"l{at}", ending(0)) for at in range(count)]
    said = headline.worthless(table(*rows, row("x", ending(5)), baseline=ending(0)))
    if not count:
        assert said == ""
        return
    named = ", ".join(f"loss=l{at}" for at in range(min(count, headline.NAMED)))
    rest = f", and {count - headline.NAMED} more" if more is None else ""
    assert said == f"{count} free no trial: {named}{rest}."
    as_often = headline.worthless(table(*rows, row("x", ending(5)), baseline=ending(5)))
    assert as_often.startswith(f"{count + 1} escape no more often than the baseline (5 of 20): ")
    assert headline.worthless(table(*rows, baseline=ending(5, **GOOD))) == ""
    assert headline.worthless(table(*rows)) == ""

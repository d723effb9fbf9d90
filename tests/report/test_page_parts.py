"""Sections, tables and links of the page as plain records."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from ablate.report import page_parts
from ablate.report.page_parts import Conclusion, Line, Table, TableFile
from ablate.report.pictures import Picture


def frame(rows: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "adjusted_p": [0.12345] * rows,
            "loss": ["fused"] * rows,
            "n": range(10, 10 + rows),
            "lower_bound": ["x"] * rows,
        }
    )


def test_a_table_has_headings_in_words_and_knows_its_columns_of_numbers() -> None:
    made = page_parts.table(frame(), "Title", note="note", choice="choice")
    assert made.columns == ("corrected p", "loss", "n", "lower bound")
    assert made.numeric == (0, 2)
    assert made.rows[1] == Line(cells=("0.123", "fused", "11", "x"), link="", about="0.123 fused")
    assert (made.title, made.note, made.choice, made.more) == ("Title", "note", "choice", "")
    assert not made.links


def test_rows_link_to_their_trials() -> None:
    made = page_parts.table(frame(), "t", links=["a=1", "", "c=3"])
    assert [row.link for row in made.rows] == ["a=1", "", "c=3"]
    assert made.links
    assert not Table(title="t", columns=(), rows=(Line(cells=()),)).links


@pytest.mark.parametrize(
    ("rows", "limit", "shown", "more"),
    [
        (3, 3, 3, ""),
        (4, 3, 3, "The first 3 of 4 rows; tables/ has all of them."),
        (401, None, 400, "The first 400 of 401 rows; tables/ has all of them."),
        (400, None, 400, ""),
    ],
)
def test_a_long_table_is_cut_and_says_so(rows: int, limit: int | None, shown: int, more: str) -> None:
    made = page_parts.table(frame(rows), "t", **({} if limit is None else {"limit": limit}))
    assert (len(made.rows), made.more) == (shown, more)


def test_a_long_cell_is_cut_after_400_characters() -> None:
    assert page_parts._cell("x" * 400) == "x" * 400
    assert page_parts._cell("x" * 401) == "x" * 399 + "…"
    assert page_parts._cell(12345.678) == "1.23e+04"
    assert page_parts._cell(7) == "7"


def test_a_section_sorts_its_parts_and_joins_files() -> None:
    picture = Picture(name="p", caption="c", size=(1.0, 1.0), draw=lambda _: None)  # type: ignore[call-arg]
    table = page_parts.table(frame(), "t")
    parts: list[Any] = [
        "note", Conclusion("One."), picture, table, "note", Conclusion("Two."), "more",
        TableFile(name="a", caption="first", frame=pd.DataFrame({"x": [1, 2]})),
        TableFile(name="b", caption="other", frame=pd.DataFrame({"x": [9]})),
        TableFile(name="a", caption="second", frame=pd.DataFrame({"x": [3]})),
    ]  # fmt: skip
    made = page_parts.collect("anchor", "title?", "lead", parts)
    assert (made.anchor, made.title, made.lead, made.says, made.picker) == (
        "anchor",
        "title?",
        "lead",
        "One. Two.",
        False,
    )
    assert (list(made.pictures), list(made.tables), list(made.notes)) == ([picture], [table], ["note", "more"])
    assert [(one.name, one.caption, one.frame["x"].tolist()) for one in made.files] == [
        ("a", "first", [1, 2, 3]),
        ("b", "other", [9]),
    ]
    assert made.files[0].frame.index.tolist() == [0, 1, 2]
    assert page_parts.collect("a", "t", "l", [], picker=True).picker
    assert not page_parts.Section(anchor="a", title="t", lead="l").picker


def test_links_and_words_of_settings() -> None:
    assert page_parts.link(("loss", "a b"), ("loss", "c&d")) == "loss=a+b&loss=c%26d"
    assert list(page_parts.levels_by_name(frame(1), ["n", "loss"])) == [{"n": "10", "loss": "fused"}]
    baseline = {"loss": "clipped", "width": "64"}
    assert page_parts.setting_words({"loss": "clipped", "width": "64", "new": "1"}, baseline) == "the baseline"
    assert page_parts.setting_words({"loss": "mse", "width": "32"}, baseline) == "loss=mse, width=32"
    assert page_parts.changes_words([]) == "the baseline"

"""The user's own table: how it is read, and the one clear error if it cannot be."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from ablate.tasks import check, csv, load
from tests.tasks.made import refused


def table(folder: Path, text: str) -> dict[str, str]:
    """Write the table; return the parameters of its task."""
    (folder / "data.csv").write_text(text, encoding="utf-8")
    return {"kind": "csv", "path": str(folder / "data.csv")}


def test_csv_reads_columns_in_order_and_labels_by_value(tmp_path: Path) -> None:
    lines = [f"{'10' if row % 2 else '9'},{row},{row * 0.5}" for row in range(12)]
    task = load(table(tmp_path, "\ufefflabel , age,height\n" + "\n".join(lines) + "\n\n"))
    assert task.class_names == ("9", "10")
    assert task.labels.tolist() == [0, 1] * 6
    assert np.array_equal(task.inputs, np.stack([np.arange(12), np.arange(12) * 0.5], axis=1))


def test_csv_empty_cells_are_found_by_the_check(tmp_path: Path) -> None:
    text = "a,label\n" + "\n".join(f"{'' if row == 3 else row},{row % 2}" for row in range(12))
    found = check(load(table(tmp_path, text)))
    assert found[0].severity == "error"
    assert "1 of 12 rows" in found[0].what


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,lable\n1,2\n", "Did you mean 'lable'"),
        ("1,2\n3,4\n", "It holds numbers: write a line of names"),
        ("# a,label\n1,2\n3,4\n", "remove the # before 'a,label'"),
        ("a,b\n1,2\n", "as `label=NAME`"),
        ("a,label\n1,x\nred,y\n", "Column `a` has 'red' in line 3. To leave the column out, write leave_out=a."),
        ("a,label\n1,x\n2\n", "Line 3 of"),
        ("a,label\n1, \n", "Line 2 of"),
        ("label\nx\n", "a column besides the label"),
        ("a,label\n", "rows below its header"),
        ("", "It is empty"),
        ("a,a,label\n1,2,x\n", "Named twice: a"),
        ("a,label\n" + "1,x\n" * 9, "at least 2 classes. Received 1: x"),
        ("a,label\n" + "1,x\n" * 9 + "1,y\n", "Too few: 'y' (1)"),
    ],
)
def test_csv_errors(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(table(tmp_path, text))


def test_a_workbook_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(b"PK\x03\x04\xff\xff")
    assert "save it as CSV UTF-8" in refused({"kind": "csv", "path": str(tmp_path / "data.csv")})


def test_csv_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(b"a,label\n\xff\xfe,1\n")
    assert "UTF-8" in refused({"kind": "csv", "path": str(tmp_path / "data.csv")})


def test_csv_of_many_columns_takes_time_in_proportion(tmp_path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(40_000))
    row = ",".join(["1.5"] * 40_000)
    text = f"{names},label\n" + "".join(f"{row},{number % 2}\n" for number in range(8))
    began = time.process_time()
    task = load(table(tmp_path, text))
    assert task.inputs.shape == (8, 40_000)
    assert time.process_time() - began < 5  # 25 s when names were counted one by one


def test_csv_that_has_no_line_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "LONGEST_LINE", 1000)
    words = "at most 1,000 characters. Line 2 of"
    assert words in refused(table(tmp_path, "a,label\n" + "1," * 1000))
    assert "at most 1,000 characters. Line 1 of" in refused(table(tmp_path, "1," * 1000))


def test_csv_that_holds_too_many_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "MOST_NUMBERS", 10)
    assert "at most 10 numbers" in refused(table(tmp_path, "a,label\n" + "1,x\n" * 20))


def test_csv_separators_and_comments(tmp_path: Path) -> None:
    for start, mark in (
        ("sep=;\n", ";"),
        ("", ";"),
        ("", "\t"),
        ("# made by hand\n\n", ","),
        ("sep=|\n# twice\n", "|"),
    ):
        rows = "".join(f"{row}{mark}{row % 2}\n" for row in range(12))
        task = load(table(tmp_path, f"{start}a{mark}label\n{rows}"))
        assert task.inputs[:, 0].tolist() == list(range(12))
    assert "has '1.234,5' in line 2" in refused(table(tmp_path, "a;label\n1.234,5;x\n"))


def test_csv_without_a_label_in_a_row(tmp_path: Path) -> None:
    assert "Line 3 of" in refused(table(tmp_path, "a,label\n1,0\n2,NaN\n3,1\n"))

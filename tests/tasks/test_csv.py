"""The user's own table: how it is read, and the one clear error if it cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ablate.tasks import check, load
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
        ("a;label\n1;2\n", "separated by commas"),
        ("a,label\n1,x\nred,y\n", "Column `a` has 'red' in line 3"),
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


def test_csv_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(b"a,label\n\xff\xfe,1\n")
    assert "UTF-8" in refused({"kind": "csv", "path": str(tmp_path / "data.csv")})

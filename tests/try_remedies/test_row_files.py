"""Rows of files: which arrays and columns are inputs and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ablate.core.errors import TaskError
from ablate.try_remedies import row_files
from ablate.try_remedies.row_arrays import NONE

X, Y = np.arange(8.0).reshape(4, 2), np.arange(4)


@pytest.mark.parametrize("names", row_files.NAMES)
def test_arrays_are_known_by_their_names(tmp_path: Path, names: tuple[str, str, str, str]) -> None:
    x, y, x_val, y_val = names
    arrays: dict[str, Any] = {x: X, y: Y}
    np.savez(tmp_path / "a.npz", **arrays)
    inputs, labels, weights, beside, _ = row_files.read(tmp_path / "a.npz", "")
    assert (inputs.tolist(), labels.tolist(), weights, beside) == (X.tolist(), Y.tolist(), None, NONE)
    if x_val:
        np.savez(tmp_path / "b.npz", **(arrays | {x_val: -X, y_val: -Y}))
        held = row_files.read(tmp_path / "b.npz", "")[3]
        assert (held[0].tolist(), held[1].tolist()) == ((-X).tolist(), (-Y).tolist())
        np.savez(tmp_path / "c.npz", **(arrays | {x_val: -X}))
        assert row_files.read(tmp_path / "c.npz", "")[3] == NONE


def test_of_rows_for_validation_and_for_a_test_those_for_validation_are_taken(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=X, y_train=Y, x_test=X + 1, y_test=Y, x_val=X + 2, y_val=Y)
    assert row_files.read(tmp_path / "a.npz", "")[3][0].tolist() == (X + 2).tolist()


@pytest.mark.parametrize(
    ("header", "label", "chosen"),
    [
        ("a,b,c", "", "c"),
        ("a,y,c", "", "y"),
        ("y,label,c", "", "label"),
        ("target,b,class", "", "target"),
        ("a,b,c", "b", "b"),
        (" a , b ,c", "a", "a"),
    ],
)
def test_the_column_of_labels_is_named_or_known_or_the_last(
    tmp_path: Path, header: str, label: str, chosen: str
) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n1,2,3\n4,5,6\n", encoding="utf-8-sig")
    inputs, labels, *_ = row_files.read(tmp_path / "a.csv", label)
    at = [name.strip() for name in header.split(",")].index(chosen)
    table = np.array([[1, 2, 3], [4, 5, 6]])
    assert labels.tolist() == table[:, at].tolist()
    assert inputs.tolist() == np.delete(table, at, axis=1).tolist()
    assert inputs.dtype == np.float32


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b,label\nx,2,3\ny,5,6\n", encoding="utf-8")
    (tmp_path / "bad.npz").write_text("no", encoding="utf-8")
    (tmp_path / "a.xls").write_text("no", encoding="utf-8")
    np.savez(tmp_path / "names.npz", one=X, two=Y)
    np.savez(tmp_path / "only.npz", x=X, labels=Y)
    np.savez(tmp_path / "length.npz", x=X, y=Y[:3])
    for name, label, said in (
        ("none.csv", "", "There is none"),
        ("a.xls", "", "must end in .csv or .npz. Received 'a.xls'"),
        ("a.csv", "", "These do not: a. "),
        ("a.csv", "lable", "Did you mean 'label'"),
        ("bad.npz", "", "cannot be read"),
        ("names.npz", "", "It holds: one, two"),
        ("only.npz", "", "It holds: x, labels"),
        ("length.npz", "", "equally many rows"),
    ):
        with pytest.raises(TaskError, match=said):
            row_files.read(tmp_path / name, label)

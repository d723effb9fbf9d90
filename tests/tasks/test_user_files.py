"""A user's own data: what is read, and the one clear error when it cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ablate.core.errors import TaskError
from ablate.tasks import load

INPUTS = np.arange(60.0).reshape(15, 2, 2)
LABELS = np.array(["dog", "cat", "owl"] * 5)


def npz(folder: Path, **arrays: object) -> dict[str, str]:
    """Parameters of a task of these arrays."""
    np.savez(folder / "data.npz", **arrays)  # type: ignore[arg-type]
    return {"kind": "npz", "path": str(folder / "data.npz")}


def table(folder: Path, text: str) -> dict[str, str]:
    """Parameters of a task of this table."""
    (folder / "data.csv").write_text(text, encoding="utf-8")
    return {"kind": "csv", "path": str(folder / "data.csv")}


def refused(params: dict[str, str]) -> str:
    """The message of the error."""
    with pytest.raises(TaskError) as caught:
        load(params)
    return str(caught.value)


def test_npz_keeps_every_row_flattens_and_numbers_labels(tmp_path: Path) -> None:
    task = load(npz(tmp_path, x=INPUTS.astype(np.float32), y=LABELS))
    assert np.array_equal(task.inputs, INPUTS.reshape(15, 4))
    assert task.class_names == ("cat", "dog", "owl")
    assert task.labels.tolist() == [1, 0, 2] * 5
    assert len(task.probe_rows) == 5
    assert len(task.train_rows) == 10


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.arange(15) % 3 * 10 - 10, ("-10", "0", "10")),
        (np.arange(15) % 3 / 2, ("0", "0.5", "1")),
        (np.arange(15) % 2 == 0, ("False", "True")),
        (np.array([b"x", b"y", b"z"] * 5), ("x", "y", "z")),
        ((np.arange(15) % 2)[:, None], ("0", "1")),
    ],
)
def test_npz_labels_of_any_type(tmp_path: Path, labels: np.ndarray, names: tuple[str, ...]) -> None:
    assert load(npz(tmp_path, x=INPUTS, y=labels)).class_names == names


def test_npz_reads_the_arrays_it_is_told_and_sees_a_changed_file(tmp_path: Path) -> None:
    params = npz(tmp_path, images=INPUTS, kinds=LABELS) | {"inputs": "images", "labels": "kinds"}
    before = load(params)
    assert load(params) is before
    npz(tmp_path, images=INPUTS + 1.5, kinds=np.repeat(LABELS, 1), more=np.zeros(99))
    assert load(params).hash != before.hash


def test_npz_errors(tmp_path: Path) -> None:
    assert "Did you mean 'labels'" in refused(npz(tmp_path, x=INPUTS, labels=LABELS) | {"labels": "label"})
    assert "same number of rows" in refused(npz(tmp_path, x=INPUTS[:9], y=LABELS))
    assert "must hold real numbers" in refused(npz(tmp_path, x=np.full((15, 2), "a"), y=LABELS))
    assert "one label a row" in refused(npz(tmp_path, x=INPUTS, y=np.eye(15)))
    assert "Row 0 has none" in refused(npz(tmp_path, x=INPUTS, y=np.full(15, np.nan)))
    assert "at least 2 classes" in refused(npz(tmp_path, x=INPUTS, y=np.zeros(15)))
    assert "without Python objects" in refused(npz(tmp_path, x=np.array([{}] * 15), y=LABELS))
    np.save(tmp_path / "one.npy", INPUTS)
    assert "named arrays" in refused({"kind": "npz", "path": str(tmp_path / "one.npy")})
    (tmp_path / "text.npz").write_text("hello")
    assert "cannot be read" in refused({"kind": "npz", "path": str(tmp_path / "text.npz")})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    npz(tmp_path, x=INPUTS, y=LABELS)
    assert "Did you mean 'data.npz'" in refused({"kind": "npz", "path": str(tmp_path / "dat.npz")})
    assert "no folder" in refused({"kind": "npz", "path": str(tmp_path / "no" / "data.npz")})
    assert "Received a folder" in refused({"kind": "csv", "path": str(tmp_path)})


def test_csv_reads_columns_in_order_and_labels_by_value(tmp_path: Path) -> None:
    lines = [f"{'10' if row % 2 else '9'},{row},{row * 0.5}" for row in range(12)]
    task = load(table(tmp_path, "\ufefflabel , age,height\n" + "\n".join(lines) + "\n\n"))
    assert task.class_names == ("9", "10")
    assert task.labels.tolist() == [0, 1] * 6
    assert np.array_equal(task.inputs, np.stack([np.arange(12), np.arange(12) * 0.5], axis=1))


def test_csv_empty_cells_are_found_by_the_check(tmp_path: Path) -> None:
    from ablate.tasks import check

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
        ("label\nx\n", "a column beside the label"),
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

"""Columns that give the label away, in tables as people have them: found before training, with what to write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate.tasks import check, load

CLASSES = np.arange(60) % 3


def frame() -> pd.DataFrame:
    """Return a table of two measured columns and the label, in which nothing is wrong."""
    random = np.random.default_rng(0)
    return pd.DataFrame({"width": random.normal(size=60), "height": random.normal(size=60) + CLASSES, "label": CLASSES})


def found(path: Path, table: pd.DataFrame, *, index: bool = False, **params: object) -> str:
    """Write the table; return what the check says of its columns."""
    table.to_csv(path / "data.csv", index=index)
    findings = check(load({"kind": "csv", "path": str(path / "data.csv"), **params}))
    return " | ".join(f"{each.severity}: {each.what} {each.advice}" for each in findings if "olumn" in each.what)


def sorted_by_class() -> pd.DataFrame:
    return frame().sort_values("label", kind="stable").reset_index(drop=True)


def test_measured_columns_are_no_leak(tmp_path: Path) -> None:
    assert found(tmp_path, frame()) == ""
    assert found(tmp_path, sorted_by_class()) == ""


def test_an_index_of_rows_sorted_by_class_is_a_leak(tmp_path: Path) -> None:
    said = found(tmp_path, sorted_by_class(), index=True)
    assert said == (
        "warning: Column `Unnamed: 0` numbers the rows, and they are sorted by class: it gives the label away. "
        "Leave it out with 'leave_out=[\"Unnamed: 0\"]'."
    )
    assert found(tmp_path, sorted_by_class(), index=True, leave_out=["Unnamed: 0"]) == ""


@pytest.mark.parametrize("name", ["id", "Id", "patient_id", "count"])
def test_an_id_is_named(tmp_path: Path, name: str) -> None:
    said = found(tmp_path, frame().assign(**{name: np.random.default_rng(1).permutation(60) + 1000}))
    assert f"Column `{name}` has another whole number in every row" in said
    assert f"leave_out={name}." in said


def test_a_scattered_id_is_known_by_its_name_alone(tmp_path: Path) -> None:
    scattered = np.random.default_rng(1).permutation(6000)[:60]
    assert "as an index or id has" in found(tmp_path, frame().assign(customer_id=scattered))
    assert "every row" not in found(tmp_path, frame().assign(salary=scattered))


def test_a_copy_of_the_label_and_its_one_hot_columns_are_leaks(tmp_path: Path) -> None:
    assert "Column `class` has one value a class" in found(tmp_path, frame().assign(**{"class": 7 - 2 * CLASSES}))
    dummies = pd.get_dummies(frame()["label"], prefix="is").astype(int)
    said = found(tmp_path, frame().join(dummies))
    assert "warning: Each of the 3 columns `is_0`, `is_1`, `is_2` has one value a class" in said
    assert 'leave_out=["is_0","is_1","is_2"]' in said
    assert found(tmp_path, frame().join(dummies), leave_out=["is_0", "is_1", "is_2"]) == ""


def test_a_measured_column_that_tells_all_apart_is_a_note(tmp_path: Path) -> None:
    said = found(tmp_path, frame().assign(level=CLASSES * 9 + frame()["width"]))
    assert said.startswith("note: Column `level` tells all classes apart without the others.")


def test_many_columns_of_few_rows_have_no_leak_by_chance(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    np.savez(tmp_path / "d.npz", x=random.normal(size=(9, 3000)), y=np.arange(9) % 3)
    findings = check(load({"kind": "npz", "path": str(tmp_path / "d.npz")}))
    assert not [each for each in findings if "olumn" in each.what]


def test_columns_of_arrays_are_named_by_number(tmp_path: Path) -> None:
    inputs = np.column_stack([frame()[["width", "height"]], CLASSES])
    np.savez(tmp_path / "d.npz", x=inputs, y=CLASSES)
    (leak,) = [each for each in check(load({"kind": "npz", "path": str(tmp_path / "d.npz")})) if "olumn" in each.what]
    assert leak.what.startswith("Column `2` has one value a class")
    assert "numpy.delete(x, [2], axis=1)" in leak.advice

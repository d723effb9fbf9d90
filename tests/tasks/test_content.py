"""The same rows are the same task in every form; validation rows of the user's own are what is judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate.tasks import Task, check, load
from tests.tasks.made import refused

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3)).astype(np.float32)
Y = np.arange(40) % 2


def npz(path: Path) -> dict[str, object]:
    np.savez(path / "d.npz", x=X, y=Y)
    return {"kind": "npz", "path": str(path / "d.npz")}


def packed(path: Path) -> dict[str, object]:
    np.savez_compressed(path / "e.npz", more=np.zeros(3), y=Y.astype(float), x=X.astype(np.float64))
    return {"kind": "npz", "path": str(path / "e.npz")}


def short_csv(path: Path) -> dict[str, object]:
    """Write float32 as pandas does: as few digits as tell it from other float32 numbers."""
    pd.DataFrame(X).assign(label=Y).to_csv(path / "d.csv", index=False)
    return {"kind": "csv", "path": str(path / "d.csv")}


def long_csv(path: Path) -> dict[str, object]:
    np.savetxt(path / "e.csv", np.column_stack([Y, X]), delimiter=",", header="label,a,b,c", comments="")
    return {"kind": "csv", "path": str(path / "e.csv")}


def excel_csv(path: Path) -> dict[str, object]:
    text = "sep=;\n" + pd.DataFrame(X.astype(np.float64)).assign(label=Y).to_csv(index=False, sep=";", decimal=",")
    (path / "f.csv").write_text(text)
    return {"kind": "csv", "path": str(path / "f.csv")}


@pytest.mark.parametrize("form", [packed, short_csv, long_csv, excel_csv])
def test_the_same_rows_in_another_form(tmp_path: Path, form: Callable[[Path], dict[str, object]]) -> None:
    assert load(form(tmp_path)).hash == load(npz(tmp_path)).hash


def test_decimal_commas_are_said(tmp_path: Path) -> None:
    (said,) = [each for each in check(load(excel_csv(tmp_path))) if "1,5" in each.what]
    assert said.severity == "warning"


def ends(task: Task) -> tuple[list[int], list[int]]:
    return task.train_rows.tolist(), task.probe_rows.tolist()


def test_own_validation_rows_in_every_form(tmp_path: Path) -> None:
    last = np.arange(40) >= 30
    np.savez(
        tmp_path / "one.npz",
        x=X,
        y=Y,
        mark=last,
        rows=np.flatnonzero(last),
        xt=X[~last],
        yt=Y[~last],
        xv=X[last],
        yv=Y[last],
    )
    np.savez(tmp_path / "train.npz", x=X[~last], y=Y[~last])
    np.savez(tmp_path / "test.npz", x=X[last], y=Y[last])
    shuffled = np.argsort(last[::-1], kind="stable")
    mixed = np.empty(40, int)
    mixed[shuffled] = np.arange(40)  # places of the rows, so that training and validation rows lie mixed
    np.savez(tmp_path / "mixed.npz", x=X[mixed], y=Y[mixed], mark=last[mixed])
    frame = pd.DataFrame(X).assign(label=Y)
    frame[~last].to_csv(tmp_path / "train.csv", index=False)
    frame[last][["label", 2, 0, 1]].to_csv(tmp_path / "test.csv", index=False)
    one = {"kind": "npz", "path": str(tmp_path / "one.npz")}
    forms: list[dict[str, object]] = [
        {**one, "validation": "mark"},
        {**one, "validation": "rows"},
        {**one, "inputs": "xt", "labels": "yt", "validation": "xv:yv"},
        {"kind": "npz", "path": str(tmp_path / "train.npz"), "validation": str(tmp_path / "test.npz")},
        {"kind": "npz", "path": str(tmp_path / "mixed.npz"), "validation": "mark"},
        {"kind": "csv", "path": str(tmp_path / "train.csv"), "validation": str(tmp_path / "test.csv")},
    ]
    tasks = [load(form) for form in forms]
    assert ends(tasks[0]) == (list(range(30)), list(range(30, 40)))
    assert np.array_equal(tasks[0].inputs[tasks[0].probe_rows], X[last])
    assert len({task.hash for task in tasks}) == 1
    assert load(one).hash != tasks[0].hash


def test_places_of_rows_are_those_of_the_users_file(tmp_path: Path) -> None:
    bad = X.copy()
    bad[[4, 39]] = np.nan
    np.savez(tmp_path / "d.npz", x=bad, y=Y, mark=np.arange(40) % 4 == 3)
    task = load({"kind": "npz", "path": str(tmp_path / "d.npz"), "validation": "mark"})
    assert "(rows 4, 39 (validation); the first row is row 0)" in check(task)[0].what
    pd.DataFrame(bad).assign(label=Y).to_csv(tmp_path / "d.csv", index=False)
    assert "(lines 6, 41)" in check(load({"kind": "csv", "path": str(tmp_path / "d.csv")}))[0].what


def test_validation_rows_that_cannot_be(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "d.npz", x=X, y=Y, all=np.ones(40, bool), far=np.array([50]), xv=X[:, :2], yv=Y, text=Y.astype(str)
    )
    one = {"kind": "npz", "path": str(tmp_path / "d.npz")}
    assert "Unknown array: 'marks'. " in refused({**one, "validation": "marks"})
    assert "must mark some rows" in refused({**one, "validation": "all"})
    assert "numbers of rows from 0 to 39" in refused({**one, "validation": "far"})
    assert "must have the shape of training rows" in refused({**one, "validation": "xv:yv"})
    assert "All labels must be numbers, or all text" in refused({**one, "validation": "x:text"})
    assert "does not exist. Did you mean 'd.npz'" in refused({**one, "validation": str(tmp_path / "e.npz")})
    pd.DataFrame(X).assign(label=Y).to_csv(tmp_path / "d.csv", index=False)
    pd.DataFrame(X[:, :2]).assign(label=Y).to_csv(tmp_path / "v.csv", index=False)
    csv = {"kind": "csv", "path": str(tmp_path / "d.csv"), "validation": str(tmp_path / "v.csv")}
    assert "Only one of them has: 2" in refused(csv)


def test_a_class_that_only_validation_rows_have_is_an_error(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=X, y=np.where(Y == 1, 3, Y), xv=X, yv=np.arange(40) % 4, mark=Y)
    task = load({"kind": "npz", "path": str(tmp_path / "d.npz"), "validation": "xv:yv"})
    assert check(task)[0].severity == "error"
    assert "2 of 4 classes have no training row (1, 2)" in check(task)[0].what


def test_numbers_far_from_zero_are_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=X.astype(float) + 1e7, y=Y)
    assert any(
        "keeps seven digits" in each.advice for each in check(load({"kind": "npz", "path": str(tmp_path / "d.npz")}))
    )

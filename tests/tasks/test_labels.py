"""Labels are numbered with a word, and never where `model.fit` would compare wrong things."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ablate.tasks import Task, check, load
from tests.tasks.made import refused

ROWS = np.random.default_rng(0).normal(size=(30, 2))
THREE = np.arange(30) % 3


def task(folder: Path, labels: object) -> Task:
    np.savez(folder / "d.npz", x=ROWS, y=labels)  # type: ignore[arg-type]
    return load({"kind": "npz", "path": str(folder / "d.npz")})


def said(task: Task) -> list[tuple[str, str]]:
    return [(each.severity, each.what) for each in check(task) if "abels" in each.what or "one class" in each.what]


def test_labels_from_0_need_no_word(tmp_path: Path) -> None:
    for labels in (THREE, THREE.astype(float), THREE[:, None]):
        assert said(task(tmp_path, labels)) == []
        assert task(tmp_path, labels).given is not None


@pytest.mark.parametrize(
    ("labels", "severity", "words"),
    [
        (THREE + 1, "warning", "1, 2, 3 stand for classes 0 to 2. `model.fit` raises for 3 outputs, and for 4"),
        (THREE - 1, "warning", "-1, 0, 1 stand for classes 0 to 2. `model.fit` raises."),
        (THREE * 5.0, "warning", "0, 5, 10 stand for"),
        (THREE / 255, "error", "cuts them to whole numbers without a word, so that of 3 classes 1 is left"),
        (
            np.array(["cat", "dog", "owl"])[THREE],
            "warning",
            "cat, dog, owl stand for classes 0 to 2. `model.fit` takes",
        ),
        (THREE.astype(str), "warning", "`model.fit` takes numbers only"),
        (np.eye(3)[THREE], "warning", "`categorical_crossentropy` only"),
        (THREE > 0, "note", "False, True stand for classes 0 to 1"),
        (np.array(["1", "1.0", "2"])[THREE], "warning", "'1', '1.0' are one number, so they are one class"),
    ],
)
def test_converted_labels_are_said(tmp_path: Path, labels: np.ndarray, severity: str, words: str) -> None:
    assert [each for each in said(task(tmp_path, labels)) if each[0] == severity and words in each[1]]


def test_many_labels_are_shortened(tmp_path: Path) -> None:
    (text,) = said(task(tmp_path, np.arange(30) % 10 + 1))
    assert "1, 2, 3, 4, 5, ..., 10 stand for classes 0 to 9" in text[1]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.where(THREE == 2, np.nan, THREE), "Row 2 of `y` has none"),
        (np.array(["a", "NaN", "b"])[THREE], "Row 1 (the first is row 0) has 'NaN'"),
        (np.eye(3)[THREE] * 0.5, "each row must be one-hot"),
        (np.ones((30, 3)), "30 of 30 rows are not (first row 0"),
    ],
)
def test_rows_without_one_label_are_refused(tmp_path: Path, labels: np.ndarray, words: str) -> None:
    np.savez(tmp_path / "d.npz", x=ROWS, y=labels)
    assert words in refused({"kind": "npz", "path": str(tmp_path / "d.npz")})


def test_names_that_look_missing_are_names(tmp_path: Path) -> None:
    assert task(tmp_path, np.array(["NA", "None", "null"])[THREE]).class_names == ("NA", "None", "null")

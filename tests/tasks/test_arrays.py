"""Arrays from Python become a file that is named by its content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate.core.errors import TaskError
from ablate.tasks import load, saved

X, Y = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 3


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLATE_DATA", str(tmp_path / "data"))


def test_equal_arrays_are_one_file_and_one_task() -> None:
    one, same, other = saved((X, Y)), saved((X.tolist(), pd.Series(Y))), saved((X + 1, Y))
    assert one == same
    assert one["path"] != other["path"]
    assert np.allclose(load(one).inputs, X)


def test_texts_of_pandas_and_missing_labels() -> None:
    names = pd.Series(["cat", "dog", "owl"] * 10)
    assert load(saved((X, names))).class_names == ("cat", "dog", "owl")
    with pytest.raises(TaskError, match="Every row must have a label"):
        load(saved((X, names.where(names != "owl"))))
    with pytest.raises(TaskError, match="Every row must have a label"):
        load(saved((X, pd.Series(Y, dtype="Int64").where(Y > 0))))


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ABLATE_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(TaskError, match="Name another one in the environment variable ABLATE_DATA"):
        saved((X, Y))

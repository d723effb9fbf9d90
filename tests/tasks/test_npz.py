"""The user's own arrays: how they are read, and the one clear error if they cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ablate.tasks import load
from ablate.tasks import npz as npz_task
from tests.tasks.made import refused

INPUTS = np.arange(60.0).reshape(15, 2, 2)


LABELS = np.array(["dog", "cat", "owl"] * 5)


def npz(folder: Path, **arrays: object) -> dict[str, str]:
    """Write the arrays; return the parameters of their task."""
    np.savez(folder / "data.npz", **arrays)  # type: ignore[arg-type]
    return {"kind": "npz", "path": str(folder / "data.npz")}


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
    assert "one label a row" in refused(npz(tmp_path, x=INPUTS, y=np.zeros((15, 2, 2))))
    assert "Write which arrays they are, as `inputs=X labels=Y`" in refused(npz(tmp_path, X=INPUTS, Y=LABELS))
    assert "Row 0 of `y` has none" in refused(npz(tmp_path, x=INPUTS, y=np.full(15, np.nan)))
    assert "at least 2 classes" in refused(npz(tmp_path, x=INPUTS, y=np.zeros(15)))
    assert "without Python objects" in refused(npz(tmp_path, x=np.array([{}] * 15), y=LABELS))
    np.save(tmp_path / "one.npy", INPUTS)
    assert "named arrays" in refused({"kind": "npz", "path": str(tmp_path / "one.npy")})
    (tmp_path / "text.npz").write_text("hello")
    assert "cannot be read" in refused({"kind": "npz", "path": str(tmp_path / "text.npz")})


def test_an_array_that_unpacks_to_too_much_is_refused_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(tmp_path / "d.npz", x=np.zeros((1000, 100)), y=np.arange(1000) % 2)
    monkeypatch.setattr(npz_task, "MOST_NUMBERS", 50_000)
    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", lambda *_: pytest.fail("the array was unpacked"))
    assert "at most 50,000 numbers" in refused({"kind": "npz", "path": str(tmp_path / "d.npz")})

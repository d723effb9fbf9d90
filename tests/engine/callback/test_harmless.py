"""A watched training is the same to the last bit, whatever the model, and whatever goes wrong in the callback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import ablate
from ablate.core.errors import ConfigError, FitError
from ablate.engine.callback import session as sessions
from tests.engine.callback import kinds

QUICK = ("dropout", "data_set")
"""The kinds of the quick half; `python -m validation.watch_cost` compares all."""


@pytest.fixture
def no_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cause is looked for, which takes seconds."""
    monkeypatch.setattr("ablate.watching.symptoms.symptom", lambda _course: None)


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in QUICK else pytest.mark.slow) for kind in kinds.KINDS]
)
def test_every_bit_stays(kind: str) -> None:
    plain, history, drawn, _ = kinds.trained(kind, [])
    watch = ablate.Watch()
    watched, seen, also, _ = kinds.trained(kind, [watch])
    assert watch.problems == []
    assert not watch.refused
    assert watch.course is not None
    assert len(watch.course.looks) > 2
    assert len(plain) == len(watched)
    assert all(np.array_equal(one, two) for one, two in zip(plain, watched, strict=True))
    assert history == seen
    assert drawn == also


@pytest.mark.usefixtures("no_cause")
def test_an_error_in_the_callback_ends_no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("planted")

    plain, history, drawn, _ = kinds.trained("dropout", [])
    monkeypatch.setattr(sessions.Session, "look", broken)
    watch = ablate.Watch()
    watched, seen, also, _ = kinds.trained("dropout", [watch])
    assert (history, drawn) == (seen, also)
    assert all(np.array_equal(one, two) for one, two in zip(plain, watched, strict=True))
    assert "planted" in watch.problems[0]


@pytest.mark.usefixtures("no_cause")
def test_a_full_disk_ends_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ablate.core.filesystem.write", full)
    watch = ablate.Watch(save=tmp_path / "watch.json")
    kinds.trained("dense", [watch], epochs=1)
    assert "No space left" in watch.problems[-1]


@pytest.mark.usefixtures("no_cause")
def test_the_file_holds_what_was_seen(tmp_path: Path) -> None:
    watch = ablate.Watch(save=tmp_path / "watch.json")
    kinds.trained("dense", [watch], epochs=1)
    held = json.loads((tmp_path / "watch.json").read_text(encoding="utf-8"))
    assert held["course"]["looks"][0]["step"] == 0
    assert all(one["severity"] == "note" for one in held["findings"])


@pytest.mark.usefixtures("no_cause")
def test_several_fits_and_a_fit_inside_are_told_apart() -> None:
    _, _, _, model = kinds.trained("dense", [watch := ablate.Watch()], epochs=1)
    inner = kinds.dense()

    class Inside(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            inner.fit(kinds.X, kinds.Y, epochs=1, verbose=0, callbacks=[watch])

    model.fit(kinds.X, kinds.Y, epochs=3, initial_epoch=1, verbose=0, callbacks=[watch, Inside()])
    assert watch.problems == []
    assert [[one.severity for one in fit] for fit in watch.fits] in ([[]], [["note"]])
    assert watch.course is not None
    assert watch.course.total == watch.course.step == 12


@pytest.mark.usefixtures("no_cause")
def test_what_cannot_be_looked_at_is_said() -> None:
    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> Any:
            return kinds.X[index * 16 : index * 16 + 16], kinds.Y[index * 16 : index * 16 + 16]

    watch = ablate.Watch()
    keras.utils.set_random_seed(0)
    kinds.dense().fit(Batches(), epochs=2, verbose=0, callbacks=[watch])
    assert watch.problems == []
    assert "give `validation=(x, y)`" in watch.text()
    other = ablate.Watch(validation=(kinds.X, kinds.Y))
    kinds.dense().fit(Batches(), epochs=2, verbose=0, callbacks=[other])
    assert other.course is not None
    assert other.course.looks[-1].train is not None


def test_a_distributed_training_is_refused_with_a_line_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    import tensorflow as tf

    with tf.distribute.OneDeviceStrategy("cpu:0").scope():
        model = kinds.dense()
    watch = ablate.Watch()
    model.fit(kinds.X, kinds.Y, epochs=1, verbose=0, callbacks=[watch])
    assert "OneDeviceStrategy" in watch.refused
    assert watch.text() == f"Not watched: {watch.refused}."
    assert watch.text() in caplog.text
    assert "not watched" in repr(watch)


@pytest.mark.filterwarnings("ignore:.*softmax over axis")
def test_then_stops_or_raises(caplog: pytest.LogCaptureFixture) -> None:
    def sure() -> Any:
        model = kinds.stacked(out=1)
        model.compile("adam", "binary_crossentropy")
        return model

    y = (kinds.Y > 0).astype(float)
    heard: list[Any] = []
    watch = ablate.Watch(then="raise", on_finding=heard.append)
    with pytest.raises(FitError) as raised:
        sure().fit(kinds.X, y, epochs=3, verbose=0, callbacks=[watch])
    assert raised.value.finding is heard[0]
    assert heard[0] is watch.finding
    assert heard[0].cause == "one_softmax"
    assert "[one_softmax]" in caplog.text
    quiet = ablate.Watch(then="stop", mute={"one_softmax", "poor", "stuck"})
    sure().fit(kinds.X[:64], y[:64], epochs=1, verbose=0, callbacks=[quiet])
    assert quiet.finding is None
    with pytest.raises(ConfigError, match="Did you mean 'stuck'"):
        ablate.Watch(mute={"stuk"})

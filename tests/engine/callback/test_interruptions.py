"""Errors, a full disk and Ctrl-C in the middle of a watched training: they end nothing, and leave nothing half done."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import ablate
from ablate.core.errors import FitError
from tests.engine.callback import kinds

ROOT = Path(__file__).parents[3]

PLANTED = (
    "ablate.engine.callback.call_of_fit.depth",
    "ablate.engine.callback.call_of_fit.read",
    "ablate.engine.callback.inspecting.before",
    "ablate.engine.callback.inspecting.during",
    "ablate.engine.callback.pace.Pace.due",
    "ablate.engine.callback.session.Session.after_step",
    "ablate.engine.callback.session.Session.reported",
    "ablate.engine.callback.session.Session.course",
    "ablate.engine.callback.session.Session.weights_now",
    "ablate.engine.callback.listener._refusal",
    "ablate.watching.symptoms.symptom",
    "ablate.watching.judge.judged",
    "ablate.watching.watch.say",
    "ablate.core.filesystem.write",
)
"""Where an error is planted, one after the other."""


def stuck(callbacks: list[Any]) -> tuple[list[np.ndarray], Any]:
    keras.utils.set_random_seed(5)
    model = kinds.stacked(keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.2))
    model.optimizer.learning_rate = 1e-8
    history = model.fit(kinds.X, kinds.Y, epochs=6, batch_size=16, verbose=0, callbacks=callbacks).history
    return kinds.state(model), history


@pytest.mark.slow
@pytest.mark.parametrize("where", PLANTED)
def test_an_error_of_the_callback_changes_no_bit_and_ends_nothing(
    where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("planted")

    plain, history = stuck([])
    monkeypatch.setattr(where, broken)
    watch = ablate.Watch(save=tmp_path / "watch.json", then="stop", mute={"stuck", "poor"}, on_finding=broken)
    watched, seen = stuck([watch])
    assert history == seen
    assert all(np.array_equal(one, two) for one, two in zip(plain, watched, strict=True))
    assert all("planted" in text for text in watch.problems)


@pytest.mark.slow
def test_only_what_was_asked_for_ends_a_training() -> None:
    with pytest.raises(FitError, match="changes the weights"):
        stuck([ablate.Watch(then="raise")])
    _, history = stuck([watch := ablate.Watch(then="stop", every=1)])
    assert watch.finding is not None
    assert len(history["loss"]) <= 6


@pytest.mark.slow
def test_a_disk_that_is_full_after_some_bytes_leaves_no_half_written_file(tmp_path: Path) -> None:
    """The system itself refuses to write more than 200 bytes of a file."""
    path = tmp_path / "watch.json"
    path.write_text("{}", encoding="utf-8")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    watch = ablate.Watch(save=path)
    keras.utils.set_random_seed(5)
    model = kinds.dense()
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    try:
        history = model.fit(kinds.X, kinds.Y, epochs=2, verbose=0, callbacks=[watch]).history
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)
    assert len(history["loss"]) == 2
    assert "could not be written" in watch.problems[-1]
    assert [one.name for one in tmp_path.iterdir()] == ["watch.json"]
    assert path.read_text(encoding="utf-8") == "{}"


INTERRUPTED = """
import sys, time, keras, numpy as np, ablate
sys.path.insert(0, {root!r})
from tests.engine.callback import kinds
keras.utils.set_random_seed(0)
model = kinds.dense()
model.optimizer.learning_rate = 1e-8
watch = ablate.Watch(save={path!r})
class Told(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        print("epoch", epoch, flush=True)
        time.sleep(0.05)
try:
    model.fit(kinds.X, kinds.Y, epochs=400, verbose=0, callbacks=[watch, Told()])
except KeyboardInterrupt:
    print("interrupted", flush=True)
assert all(np.isfinite(w).all() for w in model.get_weights())
print("problems", watch.problems, watch.text().count("\\n") > 0, repr(watch)[:7])
again = model.fit(kinds.X, kinds.Y, epochs=2, verbose=0, callbacks=[watch])
print("again", len(again.history["loss"]), watch.course.step, watch.problems, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [1, 39, 41])
def test_ctrl_c_in_the_middle_leaves_a_model_and_no_half_written_file(epoch: int, tmp_path: Path) -> None:
    """The cause is looked for from epoch 40 on; Keras itself does not bear Ctrl-C while it traces the first epoch."""
    path = tmp_path / "watch.json"
    code = INTERRUPTED.format(root=str(ROOT), path=str(path))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        assert any(line.strip() == f"epoch {epoch}" for line in process.stdout)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        said = [line for line in process.stdout.read().splitlines() if not line.startswith("epoch")]
    assert process.returncode == 0
    assert said == ["interrupted", "problems [] True <Watch:", "again 2 12 []"]
    assert [one.name for one in tmp_path.iterdir()] == ["watch.json"]
    assert json.loads(path.read_text(encoding="utf-8"))["course"]["step"] == 12


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation")  # as Keras saves a model
def test_a_resumed_training_is_watched_from_where_it_goes_on(tmp_path: Path) -> None:
    def trained(callbacks: list[Any]) -> tuple[list[np.ndarray], Any]:
        keras.utils.set_random_seed(5)
        model = kinds.dropout()
        model.fit(kinds.X, kinds.Y, epochs=3, verbose=0, callbacks=callbacks)
        model.save(tmp_path / "model.keras")
        model = keras.saving.load_model(tmp_path / "model.keras")
        history = model.fit(kinds.X, kinds.Y, epochs=6, initial_epoch=3, verbose=0, callbacks=callbacks).history
        return kinds.state(model), history

    plain, history = trained([])
    watch = ablate.Watch()
    watched, seen = trained([watch])
    assert history == seen
    assert all(np.array_equal(one, two) for one, two in zip(plain, watched, strict=True))
    assert watch.problems == []
    assert len(watch.fits) == 1
    assert watch.course is not None
    assert watch.course.step == watch.course.total == 18
    assert [end.epoch for end in watch.course.epochs] == [3, 4, 5]


@pytest.mark.slow
def test_a_dead_layer_deep_inside_nested_models_is_named() -> None:
    keras.utils.set_random_seed(5)
    low = keras.initializers.RandomUniform(-2.0, -1.9)
    x = np.abs(kinds.X) + 1
    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu", kernel_initializer=low, name="deep")])
    middle = keras.Sequential([keras.Input((6,)), inner, keras.layers.Dense(8, "relu")])
    inputs = keras.Input((6,))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(middle(inputs)))
    model.compile("adam", kinds.LOSS, metrics=["accuracy"])
    watch = ablate.Watch()
    model.fit(x, kinds.Y, epochs=10, batch_size=16, verbose=0, callbacks=[watch])
    assert watch.problems == []
    assert watch.finding is not None
    assert watch.finding.cause == "dead_units"
    assert "`deep`" in watch.finding.why

"""What is seen of watched trainings, number for number: whatever changes in it is noticed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import ablate
from ablate.engine.callback import inspecting, pace, sample, session
from ablate.engine.callback.any_observer import AnyObserver
from ablate.engine.callback.call_of_fit import Call
from ablate.engine.inspection import probes
from tests import recorded

RNG = np.random.default_rng(3)
Y = np.arange(120) % 3
X = (RNG.normal(size=(3, 6))[Y] + RNG.normal(size=(120, 6))).astype("float32")


def watched(rate: float, *, units: int = 3, **fit: Any) -> list[str]:
    """All that a watch knows of a training, but seconds."""
    keras.backend.clear_session()  # names of layers do not depend on the tests before
    keras.utils.set_random_seed(0)
    head = layers.Dense(units, activation="softmax" if units > 1 else "sigmoid")
    model = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="relu"), layers.BatchNormalization(), head])
    loss = "sparse_categorical_crossentropy" if units > 1 else "binary_crossentropy"
    model.compile(keras.optimizers.SGD(rate, momentum=0.5), loss, metrics=["accuracy"])
    watch = ablate.Watch()
    y = Y if units > 1 else Y > 0
    model.fit(X[:90], y[:90], verbose=0, callbacks=[watch], batch_size=16, **fit)
    assert watch.problems == []
    known = [watch.course, watch.findings, inspecting.before(watch.session), watch.inspected()]
    return [line for line in recorded.lines(known) if "seconds" not in line.partition(":")[0]]


@pytest.fixture(autouse=True)
def without_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look as often as may be, whatever it takes."""
    monkeypatch.setattr(pace, "FREE", 1e9)
    monkeypatch.setattr(pace, "STEP_SHARE", 1e9)
    monkeypatch.setattr(inspecting, "PROBE_SECONDS", 1e9)
    monkeypatch.setattr(probes, "STEPS", 6)


def test_a_watched_training_is_as_recorded() -> None:
    lines = watched(0.1, epochs=3, validation_data=(X[90:], Y[90:]), class_weight={0: 1.0, 1: 2.0, 2: 1.0})
    recorded.same("engine_watched", "\n".join(lines), tolerance=5e-3)


def test_a_training_watched_without_gradients_is_as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_observer", AnyObserver)
    lines = watched(0.0, units=1, epochs=2, shuffle=False)
    recorded.same("engine_watched_elsewhere", "\n".join(lines), tolerance=5e-3)


def test_rows_of_a_watched_training_are_as_recorded() -> None:
    pairs = tf.data.Dataset.from_tensor_slices((X, Y))
    holes = X.copy()
    holes[4] = np.nan
    record = {}
    for name, x, y, held in (
        ("arrays", X[:90], Y[:90], (X[90:], Y[90:])),
        ("set", pairs.batch(24), None, pairs.take(20).batch(10)),
        ("shuffled", pairs.shuffle(120).batch(10).prefetch(2), None, None),
        ("mapped", pairs.map(lambda a, b: (a * 2, b)).batch(10), None, None),
        ("generator", iter([]), None, None),
        ("holes", holes, Y, None),
    ):
        try:
            rows = sample.taken(Call(x=x, y=y, arguments={"batch_size": 16} if y is not None else {}), held)
        except sample.HiddenError as error:
            record[name] = str(error)
            continue
        fewer = sample.sampled(rows, 40)
        record[name] = [(one.x, one.y, one.validation, one.batch, one.per_epoch) for one in (rows, fewer)]
        record[f"{name}, bad"] = sample.bad_rows(rows)
    recorded.same("engine_samples", "\n".join(recorded.lines(record)))

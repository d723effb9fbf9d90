"""What is measured of data and models, number for number: whatever changes in it is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from ablate.engine.inspection import data, probes
from ablate.engine.inspection.inspect import inspect
from ablate.engine.inspection.rows import Rows, read
from tests import recorded

RNG = np.random.default_rng(3)
Y = np.arange(120) % 3
X = (RNG.normal(size=(3, 6))[Y] + RNG.normal(size=(120, 6))).astype("float32")
WORDS = (1 + RNG.zipf(1.4, (120, 8)) % 60).astype("int64")


def given() -> Iterator[tuple[str, Rows]]:
    """Rows that differ in one thing each; they are the same at each call."""
    rng = np.random.default_rng(4)
    held = (X[90:], Y[90:])
    holes, halves = X.copy(), Y.astype(float)
    holes[3, 1], holes[7] = np.nan, np.inf
    halves[5] = np.nan
    for name, x, y, fit in (
        ("plain", X, Y, {"batch_size": 16}),
        ("held", X[:90], Y[:90], {"validation_data": held}),
        ("split", X, Y, {"validation_split": 0.25}),
        ("other classes held", X[:90], np.minimum(Y[:90], 1), {"validation_data": held}),
        ("sorted", X, np.sort(Y), {}),
        ("one class", X, 0 * Y, {}),
        ("rare", X, (Y == 1) * (np.arange(120) < 8), {}),
        ("one hot", X, np.eye(3)[Y], {}),
        ("several", X, (rng.random((120, 3)) > 0.5).astype(int), {}),
        ("from one", X, Y + 1.0, {}),
        ("amounts", X, rng.normal(size=120), {}),
        ("index", X, np.arange(120), {}),
        ("texts", X, np.array(["a", "b", "c"])[Y], {}),
        ("label holes", X, halves, {}),
        ("holes", holes, Y, {}),
        ("words", WORDS, Y, {}),
        ("constant", X * [1, 0, 1, 0, 1, 1], Y, {}),
        ("offset", X * [1, 1e-3, 1, 1e3, 1, 1] + 50, Y, {}),
        ("copies", np.repeat(X[:40], 3, 0), Y, {}),
        ("images", rng.integers(0, 255, (120, 4, 4, 1)), Y, {}),
        ("dictionary", {"a": X[:, :3], "b": X[:, 3:]}, Y, {}),
    ):
        yield name, read(x, y, fit)


def test_rows_are_as_recorded() -> None:
    record = {name: (data.labels(rows), [data.inputs(rows, flag) for flag in (False, True)]) for name, rows in given()}
    recorded.same("engine_rows", "\n".join(recorded.lines(record)))


def test_ordinary_classifiers_are_as_recorded() -> None:
    record = {
        name: data.reference(rows, name == "words")
        for name, rows in given()
        if name in ("plain", "held", "words", "images")
    }
    recorded.same("engine_reference", "\n".join(recorded.lines(record)), tolerance=1e-3)


def models() -> Iterator[tuple[str, Any, Any, Any, dict[str, Any]]]:
    """A small model with layers of several kinds, with rows and how `fit` is called."""
    plain = {"epochs": 3, "batch_size": 16}
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Dense(3, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.01, 30)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    yield "dense", model, X, Y, plain | {"validation_split": 0.25, "class_weight": {0: 1.0, 1: 2.0, 2: 1.0}}


def test_inspections_of_models_are_as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    record = {}
    keras.backend.clear_session()  # names of layers do not depend on the tests before
    keras.utils.set_random_seed(0)
    monkeypatch.setattr(probes, "STEPS", 12)
    for name, model, x, y, fit in models():
        seen = inspect(model, x, y, fit=fit, seconds=1e6)
        record[name] = {key: value for key, value in vars(seen).items() if key != "seconds"}
    recorded.same("engine_inspections", "\n".join(recorded.lines(record)), tolerance=5e-3)

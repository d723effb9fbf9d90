"""What is read of programs and how their trials end, number for number: whatever changes in it is noticed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.as_is import answers, chance, facts, trial
from ablate.engine.as_is.program import Rows
from ablate.engine.as_is.records import Job
from ablate.engine.as_is.source import text_of
from ablate.outcomes import chance_level, null_networks
from tests import recorded
from tests.engine.as_is import programs


@pytest.fixture(autouse=True)
def _names() -> None:
    """Number the names of layers from the beginning, whatever tests ran before."""
    keras.backend.clear_session()


def images() -> Any:
    """Layers of many kinds, on six columns."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Reshape((3, 2)),
            layers.Conv1D(4, 2, padding="same", activation="relu", kernel_initializer="he_normal"),
            layers.MaxPooling1D(2),
            layers.SimpleRNN(3, return_sequences=True),
            layers.BatchNormalization(momentum=0.9, trainable=False),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(3, kernel_regularizer=keras.regularizers.L2(0.02), kernel_initializer="zeros"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.05, 40, alpha=0.1)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9, clipnorm=1.0), loss, steps_per_execution=2)
    return model


def test_facts_are_as_recorded(tmp_path: Path) -> None:
    record = {
        name: facts.read(programs.saved(builder, tmp_path, classes=classes))
        for name, builder, classes in (
            ("sigmoid", programs.sigmoid, 2),
            ("one softmax", programs.one_softmax, 2),
            ("subclassed", programs.subclassed, 3),
            ("images", images, 3),
        )
    }
    recorded.same("engine_facts", "\n".join(recorded.lines(record)), tolerance=1e-3)


def test_a_trial_is_as_recorded(tmp_path: Path) -> None:
    job = Job(prepare="model = make_model()", call="model.fit(x, y, batch_size=16, epochs=2)", seed=3)
    ending = trial.train(programs.saved(programs.sigmoid, tmp_path), job)
    record = {key: value for key, value in vars(ending).items() if "seconds" not in key}
    recorded.same("engine_trials", "\n".join(recorded.lines(record)), tolerance=5e-3)


def test_chance_levels_of_rows_are_as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_networks, "NETWORKS", 20)
    monkeypatch.setattr(chance_level, "_MEASURED", {})
    x, y = programs.rows(classes=3)
    noise = np.random.default_rng(0).normal(size=x.shape)
    record = {}
    for name, rows, judged in (
        ("beside", Rows(x=x[:180], y=y[:180], x_val=x[180:], y_val=y[180:]), "beside"),
        ("noise", Rows(x=noise, y=y, x_val=noise[180:], y_val=y[180:], passed=False), "last"),
    ):
        level = chance.of_rows(rows, judged)  # type: ignore[arg-type]
        record[name] = (level, level.chance.text(), level.chance.count)
    recorded.same("engine_chance", "\n".join(recorded.lines(record)), tolerance=1e-3)


def test_answers_are_as_recorded() -> None:
    rng = np.random.default_rng(0)
    three = np.arange(60) % 3
    record = {}
    for name, y, columns in (
        ("classes", three, 3),
        ("more outputs", three + 1, 5),
        ("one hot", np.eye(3)[three], 3),
        ("column", (three > 0)[:, None].astype(float), 1),
        ("signs", np.where(three > 1, 1.0, -1.0), 1),
        ("shares", three / 2, 1),
        ("texts", np.array(["a", "b", "c"])[three], 3),
        ("several", rng.integers(0, 2, (60, 4)), 4),
        ("amounts", rng.normal(size=60), 1),
    ):
        labels = answers.read(y)
        made = rng.normal(size=(60, columns))
        record[name] = [labels]
        if labels.kind in ("classes", "texts"):
            right = [answers.correct(made, y, labels, zero) for zero in (False, True)]
            record[name] += [answers.truth(y, labels), right, answers.named(made, labels, False)[:12]]
    record["judged"] = [answers.judged(count) for count in (10, 3000)]
    recorded.same("engine_answers", "\n".join(recorded.lines(record)))


def test_objects_of_keras_are_written_as_recorded() -> None:
    things = [
        "adam", None, True, 3, 1e-7, 0.1, (1, 2), {"a": [1.0]}, keras.optimizers.Adam(0.01, beta_1=0.5, amsgrad=True),
        keras.optimizers.SGD(keras.optimizers.schedules.PiecewiseConstantDecay([10, 20], [0.1, 0.01, 0.001])),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1), keras.regularizers.L1L2(0.1, 0.2),
        keras.initializers.RandomNormal(stddev=2.0), keras.metrics.SparseTopKCategoricalAccuracy(k=3),
        keras.layers.Dense(3, activation="relu", use_bias=False), keras.constraints.MaxNorm(2.0),
    ]  # fmt: skip
    recorded.same("engine_source", "\n".join(text_of(thing) for thing in things))

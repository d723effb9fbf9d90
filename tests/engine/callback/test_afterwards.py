"""A model that was trained before is looked at with its rows and the figures that are kept of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.engine.callback import afterwards

L = keras.layers
X = np.random.default_rng(0).normal(size=(70, 3)).astype("float32")
Y = np.arange(70) % 3


def model(*parts: Any, compiled: bool = True) -> Any:
    made = keras.Sequential([*parts, L.Dense(3)])
    if compiled:
        made.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return made


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what is seen of a training, with the session that it was seen by; the model is not inspected."""
    monkeypatch.setattr(afterwards.inspecting, "during", lambda session: session)
    return lambda made, history, held=None: afterwards.seen(made, (X, Y), held, history)


def test_the_figures_of_epochs_stand_at_their_steps(seen: Any) -> None:
    held = (X[:20], Y[:20])
    history = [{"loss": 2.0, "accuracy": 0.25}, {"accuracy": 0.5}, {"loss": float("nan")}, {"loss": 0.5}]
    course, session = seen(model(keras.Input((3,))), history, held)
    assert (course.step, course.total, course.per_epoch, course.ended) == (12, 12, 3, True)
    assert [(epoch.step, epoch.epoch, dict(epoch.logs)) for epoch in course.epochs[:2]] == [
        (3, 0, {"loss": 2.0, "accuracy": 0.25}),
        (6, 1, {"accuracy": 0.5}),
    ]
    assert course.losses == ((3, 2.0), (12, 0.5))
    (look,) = course.looks
    assert (look.step, look.epoch) == (12, 4)
    assert (course.validation_rows, session.foreign, session.call.arguments) == (20, False, {"epochs": 4})
    assert course.hidden == afterwards.LOST
    np.testing.assert_array_equal(session.call.x, X)


def test_without_figures_one_epoch_is_assumed(seen: Any) -> None:
    made = model(L.Dropout(0.5, seed=1))
    assert not made.built
    course, session = seen(made, [])
    assert (course.step, course.total, course.epochs, course.losses) == (3, 3, (), ())
    assert (course.looks[0].step, course.looks[0].epoch) == (3, 0)
    assert session.call.arguments == {"epochs": 1}
    assert made.built
    assert made.optimizer.built
    assert made.layers[0].seed_generator.state.numpy().tolist() == [1, 0], "nothing was drawn"


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # as Keras saves a model
def test_a_model_is_loaded_without_running_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model(keras.Input((3,))).save(path := tmp_path / "m.keras")
    assert afterwards.loaded(path).compiled
    with pytest.raises(ConfigError, match=r"must be a `\.keras` file"):
        afterwards.loaded(tmp_path / "m.h5")
    with pytest.raises(ConfigError, match="must be a model that"):
        afterwards.loaded(tmp_path / "none.keras")
    model(keras.Input((3,)), compiled=False).save(path)
    with pytest.raises(ConfigError, match="holds a model without a loss"):
        afterwards.loaded(path)
    modes: list[bool] = []
    load = lambda _, safe_mode: modes.append(safe_mode) or SimpleNamespace(compiled=True)  # noqa: E731
    monkeypatch.setattr(afterwards, "keras", SimpleNamespace(saving=SimpleNamespace(load_model=load)))
    afterwards.loaded(path)
    assert modes == [True]

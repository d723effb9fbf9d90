"""The optimizer of plain Keras with gradients that a factor changes."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ablate.engine import plain_keras
from ablate.engine.runtime import keras, tf
from ablate.remedies import registry
from tests.engine import small


def moved(optimizer: object) -> np.ndarray:
    """What one step with gradients of one moves two weights by."""
    weights = keras.Variable(np.zeros(2, np.float32))
    optimizer.apply([tf.ones(2)], [weights])  # type: ignore[attr-defined]
    return np.asarray(weights)


def test_gradients_of_a_level_are_changed_before_they_are_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    halved = dataclasses.replace(
        registry()["fault"], name="halved", keras_gradients=lambda share, gradients: [share * g for g in gradients]
    )
    monkeypatch.setattr(plain_keras, "registry", lambda: {"halved": halved})
    made = plain_keras._with_gradients(keras.optimizers.SGD(1.0), {"halved": 0.5})
    np.testing.assert_array_equal(moved(made), [-0.5, -0.5])


def test_without_such_a_factor_the_optimizer_is_keras_own() -> None:
    made = keras.optimizers.SGD(1.0)
    assert plain_keras._with_gradients(made, {}) is made
    assert type(made) is keras.optimizers.SGD


def test_a_schedule_goes_on_from_the_end_of_a_first_phase() -> None:
    warm = small.trial(schedule={"kind": "warmup", "steps": 10}, learning_rate=0.5, optimizer="sgd")
    for done, rates in ((0, [0.0, 0.2, 0.45]), (4, [0.0, 0.0, 0.25])):
        rate = plain_keras._optimizer(warm, done)._learning_rate
        assert [float(rate(max(step, done))) for step in (0, 4, 9)] == pytest.approx(rates)
    for done in (0, 4):
        constant = plain_keras._optimizer(small.trial(learning_rate=0.25), done)
        assert float(constant.learning_rate) == 0.25
        assert type(constant).__name__ == "Adam"


def rows(features: int = 6, classes: int = 4) -> Any:
    return SimpleNamespace(inputs=np.zeros((9, features)), classes=classes)


def test_a_stack_has_hidden_layers_of_the_width_and_what_follows_them() -> None:
    trial = small.trial(width=5, depth=2, normalization="batch", activation="relu", regularizer="activity")
    inputs, logits, hidden = plain_keras._layers(trial, rows())
    model = keras.Model(inputs, [logits, *hidden])
    assert [tuple(one.shape) for one in (inputs, logits, *hidden)] == [(None, 6), (None, 4), (None, 5), (None, 5)]
    kinds = [type(layer).__name__ for layer in model.layers[1:]]
    assert kinds[:3] == ["Dense", "BatchNormalization", "Activation"]
    assert [type(one._keras_history.operation).__name__ for one in hidden] == ["Activation"] * 2, "nothing after it"
    assert kinds.count("Dense") == 3


def test_factors_decide_layers_of_a_template_and_penalties_follow_the_activation() -> None:
    params = small.trial(activation="relu", regularizer="activity", dropout=0.0).setting.params()
    decided = plain_keras._decided(params, 3)
    activation, *penalties = decided("activation", 1)
    assert type(activation).__name__ == "Activation"
    assert [type(one).__name__ for one in penalties] == ["ActivityRegularization"]
    assert [type(one).__name__ for one in decided("regularizer", 1)] == ["ActivityRegularization"]
    assert decided("width", 0) == []


def test_hooks_of_all_factors_are_joined() -> None:
    params = small.trial(clipping="norm").setting.params()
    assert {"clipnorm": 1.0} in plain_keras._hook_results("keras_optimizer", params)
    assert plain_keras._merged([{"a": 1}, {}, {"b": 2, "a": 3}]) == {"a": 3, "b": 2}


def test_a_model_is_compiled_with_the_loss_and_layers_of_its_level() -> None:
    trial = small.trial(loss="clipped", width=5, depth=1)
    made = plain_keras.build(trial, rows(), 0)
    assert [type(layer).__name__ for layer in made.head] == ["Softmax", "Reshape"], "so that Keras finds no logits"
    assert [tuple(one.shape) for one in (*made.inner.outputs, *made.model.outputs)] == [(None, 4), (None, 5), (None, 4)]
    assert (made.callbacks, made.model.jit_compile) == ([], False)
    assert made.model._compile_metrics._user_metrics == ["categorical_accuracy"]
    plateau = plain_keras.build(small.trial(schedule="plateau", width=5, depth=1), rows(), 0)
    assert [type(one).__name__ for one in plateau.callbacks] == ["ReduceLROnPlateau"]

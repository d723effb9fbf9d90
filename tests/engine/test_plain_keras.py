"""The optimizer of plain Keras with gradients that a factor changes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ablate.engine import plain_keras
from ablate.engine.runtime import keras, tf
from ablate.remedies import registry


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

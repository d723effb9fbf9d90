"""On JAX and PyTorch, Keras clips what it unwraps on TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest


def gradient(backend: str) -> float:
    """The gradient of the loss by the kernel, for a network that is sure and wrong."""
    import keras
    import tensorflow as tf

    from ablate.engine.as_is.backends import as_backend

    model: Any = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, activation="softmax")])
    model.layers[0].set_weights([np.array([[0.0, 40.0]]), np.zeros(2)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model = as_backend(model, backend)
    x, y = tf.ones((1, 1)), tf.zeros((1,), tf.int32)
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x))
    return float(tf.reduce_max(tf.abs(tape.gradient(loss, model.trainable_weights[0].value))))


def test_a_saturated_network_has_a_gradient_on_tensorflow_only() -> None:
    assert gradient("tensorflow") == pytest.approx(1.0)
    assert gradient("jax") == pytest.approx(0.0, abs=1e-9)
    assert gradient("torch") == pytest.approx(0.0, abs=1e-9)

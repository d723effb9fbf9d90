"""Compute a loss as Keras computes it on JAX or PyTorch: softmax, then a clip, then the logarithm.

On TensorFlow Keras replaces softmax and cross-entropy by one function of the logits. On the other back ends it does
not, so that a network whose probabilities are saturated gets a gradient of exactly zero.
"""

from __future__ import annotations

from typing import Any

from ablate.engine.runtime import keras, tf


def as_backend(model: Any, backend: str) -> Any:
    """Return the model, with a loss that takes probabilities as the back end takes them.

    Args:
        model: a compiled model.
        backend: the back end that the user's program is written for.
    """
    if backend == "tensorflow" or not isinstance(model.loss, str | keras.losses.Loss):
        return model
    plain = keras.losses.get(model.loss)
    call = plain.call if isinstance(plain, keras.losses.Loss) else plain

    def clipped(truth: Any, predicted: Any) -> Any:
        return call(truth, tf.identity(predicted))  # a new tensor has lost the logits that Keras would take

    config = dict(model._compile_config.config)
    model.compile(**{**config, "loss": clipped, "optimizer": model.optimizer})
    return model

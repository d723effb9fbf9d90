"""What one look measures at the output of a model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.callback.observer import Observer


def lost(truth: Any, predicted: Any) -> Any:
    """Clip a probability from below, where Keras cannot find the logits behind a reshape."""
    predicted = keras.ops.reshape(predicted, (-1, 3))
    picked = keras.ops.sum(keras.ops.one_hot(truth, 3) * keras.ops.clip(predicted, 1e-7, 1.0), axis=-1)
    return -keras.ops.log(picked)


@pytest.mark.parametrize(("loss", "share"), [(lost, 1.0), ("sparse_categorical_crossentropy", 0.0)])
def test_rows_without_a_gradient_are_counted_at_the_logits_though_the_loss_lost_them(loss: Any, share: float) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, activation="softmax")])
    model.layers[-1].set_weights([60.0 * np.eye(3, dtype="float32"), np.zeros(3, "float32")])
    model.compile("sgd", loss)
    wrong = np.array([1, 2, 0] * 4)
    _, _, without = Observer(model).judged(np.eye(3, dtype="float32")[[0, 1, 2] * 4], wrong, None)
    assert without == share, "every row is sure and wrong"

"""What one look measures at the output of a model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.callback.observer import Observer
from ablate.engine.inspection.rows import read


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


X, Y = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 0.0], [-2.0, 5.0]], np.float32), np.array([0, 1, 1, 0])
KERNEL = np.array([[0.5, -1.0], [2.0, 0.25]], np.float32)


def cross_entropy(weights: Any) -> float:
    logits = X @ KERNEL
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(4), Y]
    return float(np.sum(losses * weights) / 4)


def noisy(loss: Any) -> Any:
    """A model that differs in training mode."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False), keras.layers.Dropout(0.9)])
    model.set_weights([KERNEL])
    model.compile("sgd", loss)
    return model


def test_predictions_and_the_loss_are_those_of_inference() -> None:
    watched = Observer(noisy(keras.losses.SparseCategoricalCrossentropy(from_logits=True)))
    for weights in (None, np.array([1.0, 0.0, 2.0, 0.5], np.float32)):
        made, loss, share = watched.judged(X, Y, weights)
        np.testing.assert_allclose(made, X @ KERNEL, rtol=1e-5)
        assert loss == pytest.approx(cross_entropy(1.0 if weights is None else weights), rel=1e-5)
        assert share == (0.0 if weights is None else 0.25), "a row without weight has no gradient"
    assert (watched.error, watched.gradients) == ("", True)


def test_a_loss_that_knows_no_output_has_no_share() -> None:
    model = noisy(lambda truth, _: keras.ops.cast(truth, "float32"))
    made, loss, share = Observer(model).judged(X, Y, None)
    assert (made.shape, loss, share) == ((4, 2), 0.5, None)


def test_a_loss_that_raises_is_told_in_one_short_line_and_rows_are_predicted() -> None:
    def broken(_truth: Any, _made: Any) -> Any:
        raise ValueError("a" * 400 + "\nsecond line")

    watched = Observer(noisy(broken))
    for _ in range(2):
        made, loss, share = watched.judged(X, Y, None)
        np.testing.assert_allclose(made, X @ KERNEL, rtol=1e-5)
        assert (loss, share) == (None, None)
    assert len(watched.error) <= 200
    assert "\n" not in watched.error


def test_one_pass_shows_the_chosen_rows_in_inference_mode() -> None:
    watched = Observer(noisy(keras.losses.SparseCategoricalCrossentropy(from_logits=True)))
    rows = read(X, Y, {})
    first = watched.passed(rows, np.array([0, 3]))
    look = watched._look
    again = watched.passed(rows, np.array([1, 2]))
    assert watched._look is look, "it is traced once"
    np.testing.assert_allclose(first["predictions"], X[[0, 3]] @ KERNEL, rtol=1e-5)
    np.testing.assert_allclose(again["predictions"], X[[1, 2]] @ KERNEL, rtol=1e-5)
    assert next(layer.kind for layer in watched.layers(first, None)) == "Dense"

"""Typical networks that are stuck, each for another reason: for `ablate try model=stuck:unscaled`."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def unscaled(width: int = 64) -> Any:
    """Feed inputs of 0-255 into sigmoids and train them by plain SGD."""
    hidden = [layers.Dense(width, activation="sigmoid") for _ in range(3)]
    model = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def dead(width: int = 64) -> Any:
    """Train ReLUs at a learning rate that kills them: soon every hidden unit is zero for every input."""
    hidden = [layers.Dense(width, activation="relu") for _ in range(2)]
    model = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.5), loss, metrics=["accuracy"])
    return model


def twice(width: int = 64) -> Any:
    """Apply softmax in the model and again in the loss, with a reshape between them that hides the first from Keras."""
    image = keras.Input((64,))
    x = layers.Dense(width, activation="relu")(image)
    x = layers.Dense(10, activation="softmax")(x)
    model = keras.Model(image, layers.Reshape((10,))(x))
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def clipped(width: int = 128, eps: float = 1e-7) -> Any:
    """Write the cross-entropy by hand, with a clip that keeps the logarithm finite and makes the gradient zero."""

    def loss(truth: Any, prediction: Any) -> Any:
        p = keras.ops.clip(prediction, eps, 1.0 - eps)
        return -keras.ops.sum(truth * keras.ops.log(p), axis=-1)

    hidden = [layers.Dense(width), layers.LeakyReLU(negative_slope=0.2)]
    more = [layers.Dense(width), layers.LeakyReLU(negative_slope=0.2)]
    model = keras.Sequential([keras.Input((64,)), *hidden, *more, layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.05), loss, metrics=["accuracy"])
    return model

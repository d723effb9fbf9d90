"""Small models of ten kinds, each with its data: what a watched training must leave as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

RNG = np.random.RandomState(0)
Y = np.arange(192) % 3
X = (2.0 * RNG.normal(size=(3, 6))[Y] + RNG.normal(size=(192, 6))).astype("float32")
WORDS = RNG.randint(0, 30, (192, 8))
LOSS = "sparse_categorical_crossentropy"


def stacked(*parts: Any, loss: Any = LOSS, out: int = 3, head: str | None = "softmax", **settings: Any) -> Any:
    model = keras.Sequential([keras.Input((6,)), *parts, layers.Dense(out, activation=head)])
    model.compile("adam", loss, metrics=["accuracy"], **settings)
    return model


def dense() -> Any:
    return stacked(layers.Dense(8, activation="relu"))


def dropout() -> Any:
    return stacked(layers.Dense(8, activation="relu"), layers.Dropout(0.4), layers.GaussianNoise(0.1))


def batch_norm() -> Any:
    return stacked(layers.Dense(8), layers.BatchNormalization(), layers.Activation("relu"))


class Own(keras.Model):  # type: ignore[misc]
    """A subclassed model with a penalty of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.drop, self.last = layers.Dense(8, activation="tanh"), layers.Dropout(0.2), layers.Dense(3)

    def call(self, x: Any, training: bool = False) -> Any:
        hidden = self.drop(self.first(x), training=training)
        self.add_loss(1e-3 * ops.mean(ops.square(hidden)))
        return self.last(hidden)


def subclassed() -> Any:
    model = Own()
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


class Step(Own):
    """A model with a `train_step` of its own."""

    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape() as tape:
            loss = ops.mean(keras.losses.sparse_categorical_crossentropy(y, self(x, training=True), from_logits=True))
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return {"loss": loss}


def custom_step() -> Any:
    model = Step()
    model.compile("sgd")
    return model


def one_output() -> Any:
    return stacked(layers.Dense(8, activation="relu"), loss="binary_crossentropy", out=1, head="sigmoid")


def nested() -> Any:
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dropout(0.3)])
    return stacked(inner, layers.Dense(4, activation="relu"))


def recurrent() -> Any:
    model = keras.Sequential(
        [keras.Input((8,)), layers.Embedding(30, 4), layers.GRU(4, dropout=0.2), layers.Dense(3, activation="softmax")]
    )
    model.compile("rmsprop", LOSS, metrics=["accuracy"])
    return model


def several_steps() -> Any:
    return stacked(layers.Dense(8, activation="relu"), layers.Dropout(0.2), steps_per_execution=2)


def _arrays(x: Any = X, y: Any = Y) -> Callable[[], dict[str, Any]]:
    return lambda: {"x": x[:160], "y": y[:160], "validation_data": (x[160:], y[160:]), "batch_size": 16}


def _shuffled() -> dict[str, Any]:
    rows = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(192, seed=3, reshuffle_each_iteration=True)
    return {"x": rows.batch(16).prefetch(2), "validation_data": (X[160:], Y[160:]), "shuffle": False}


KINDS: dict[str, tuple[Callable[[], Any], Callable[[], dict[str, Any]]]] = {
    "dense": (dense, _arrays()),
    "dropout": (dropout, _arrays()),
    "batch_norm": (batch_norm, _arrays()),
    "subclassed": (subclassed, _arrays()),
    "custom_step": (custom_step, _arrays()),
    "one_output": (one_output, _arrays(X, (Y > 0).astype("float32"))),
    "nested": (nested, _arrays()),
    "recurrent": (recurrent, _arrays(WORDS)),
    "several_steps": (several_steps, _arrays()),
    "data_set": (dropout, _shuffled),
}


def state(model: Any) -> list[np.ndarray]:
    """All numbers that a training leaves behind: weights, moments, seeds and metrics."""
    seeds = [one.state for layer in model._flatten_layers() for one in getattr(layer, "_seed_generators", ())]
    metrics = [variable for metric in model.metrics for variable in metric.variables]
    return [np.array(one.numpy()) for one in (*model.variables, *model.optimizer.variables, *seeds, *metrics)]


def trained(kind: str, callbacks: list[Any], epochs: int = 2) -> tuple[list[np.ndarray], Any, Any, float]:
    """Train a model of a kind; return its state, its history, a random number drawn afterwards, and the model."""
    make, rows = KINDS[kind]
    keras.utils.set_random_seed(5)
    model = make()
    history = model.fit(**rows(), epochs=epochs, verbose=0, callbacks=callbacks).history
    drawn = float(np.random.random()), float(keras.random.uniform(())), float(tf.random.uniform(()))  # noqa: NPY002
    return state(model), history, drawn, model

"""Small programs as users write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ablate.engine.as_is import program
from ablate.engine.as_is.program import Program, Rows


def rows(count: int = 240, classes: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Clouds that any network can tell apart."""
    rng = np.random.default_rng(seed)
    y = np.arange(count) % classes
    x = rng.normal(size=(count, 6)).astype("float32")
    x[np.arange(count), y] += 4.0
    order = rng.permutation(count)
    return x[order], y[order]


def sigmoid() -> Any:
    """One output, as most beginners write it."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu"),
            layers.Dropout(0.1),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


def subclassed(rate: float = 0.1) -> Any:
    """A class of one's own, with a head that hides its softmax."""
    import keras

    class Net(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first = keras.layers.Dense(8, activation="relu")
            self.last = keras.layers.Dense(3)

        def call(self, x: Any) -> Any:
            return keras.ops.softmax(self.last(self.first(x)))

    model = Net()
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def one_softmax() -> Any:
    """Softmax of one unit, and weights of the user's own."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="tanh"), layers.Dense(1, activation="softmax")]
    )
    model.layers[0].set_weights([np.full((6, 8), 0.25), np.zeros(8)])
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.9)
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.1), "binary_crossentropy", metrics=["accuracy"])
    return model


def saved(builder: Any, folder: Path, classes: int = 2, **keys: Any) -> str:
    """The file of a program."""
    x, y = rows(classes=classes)
    path = folder / f"program{len(list(folder.iterdir()))}.pkl"  # a worker keeps a file that it has loaded
    program.save(Program(builder=builder, rows=Rows(x=x[:180], y=y[:180], x_val=x[180:], y_val=y[180:]), **keys), path)
    return str(path)

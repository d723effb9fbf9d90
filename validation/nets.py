"""Networks that people asked about in public because they stayed at 1/N, built again for 8 x 8 digits.

Layers, activations, initial weights, loss, optimizer and rate are those of the question, or said to be ours; inputs and
outputs are as many as the digits need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ASKED: Mapping[str, str] = {
    "penalized": "https://stackoverflow.com/q/53654360",
    "textbook": "https://github.com/MichalDanielDobrzanski/DeepLearningPython/issues/13",
    "funnel": "https://e-learn.cn/qa/q-910985.html",
    "timid": "https://chenzhang.org/notes/developer/loss-and-accuracy-get-stuck-in-keras/",
    "speech": "https://github.com/keras-team/keras/issues/1013",
    "squared": "https://stats.stackexchange.com/questions/442709",
}
"""Builder -> where the network was asked about."""


def penalized() -> Any:
    """25 sigmoid units under plain SGD, both layers with an L2 penalty of 1."""
    import keras

    def dense(units: int, activation: str) -> Any:
        return keras.layers.Dense(units, activation=activation, kernel_regularizer=keras.regularizers.L2(1.0))

    model = keras.Sequential([keras.Input((64,)), dense(25, "sigmoid"), dense(10, "softmax")])
    model.compile(keras.optimizers.SGD(0.01), "categorical_crossentropy")
    return model


def textbook() -> Any:
    """The textbook's 30 units at its rate of 3, ReLU in place of sigmoid; weights drawn with unit deviation."""
    import keras

    hidden = keras.layers.Dense(30, activation="relu", kernel_initializer=keras.initializers.RandomNormal(stddev=1.0))
    return _classifier([hidden], keras.optimizers.SGD(3.0))


def funnel() -> Any:
    """Four ReLU layers under gradient descent, weights of deviation 0.1; units (200 to 30) and the rate are ours."""
    import keras

    normal = keras.initializers.TruncatedNormal(stddev=0.1)
    hidden = [keras.layers.Dense(units, activation="relu", kernel_initializer=normal) for units in (200, 100, 60, 30)]
    return _classifier(hidden, keras.optimizers.SGD(0.5))


def timid() -> Any:
    """Two layers of 20 ReLU units under SGD at a rate of 1e-5."""
    import keras

    hidden = [keras.layers.Dense(20, activation="relu") for _ in range(2)]
    return _classifier(hidden, keras.optimizers.SGD(1e-5))


def speech() -> Any:
    """Six wide ReLU layers, weights uniform within 0.05; 256 units in place of 2000, and SGD at 0.01 is ours."""
    import keras

    uniform = keras.initializers.RandomUniform(-0.05, 0.05)
    hidden = [keras.layers.Dense(256, activation="relu", kernel_initializer=uniform) for _ in range(6)]
    return _classifier(hidden, keras.optimizers.SGD(0.01))


def squared() -> Any:
    """16 ReLU units, softmax and squared error, gradient descent at 0.1."""
    import keras

    return _classifier([keras.layers.Dense(16, activation="relu")], keras.optimizers.SGD(0.1), "mean_squared_error")


def _classifier(hidden: list[Any], optimizer: Any, loss: str = "categorical_crossentropy") -> Any:
    import keras

    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer, loss)
    return model

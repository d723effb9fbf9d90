"""Build networks like those that people asked about in public, or gave advice on, because they did not learn.

They are rebuilt for 8 x 8 digits in 0-1, ten classes and batches of 32. Each docstring says what is from the question
and what is ours. The arguments are what the author of such code can change and ablate cannot change in the layers.
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
"""Builder -> page with the question or advice."""


def penalized(regularizer: str = "l2") -> Any:
    """Build 25 sigmoid units with plain SGD at 0.01 and an L2 penalty of 1 on both layers; the softmax is ours."""
    import keras

    def dense(units: int, activation: str) -> Any:
        penalty = keras.regularizers.L2(1.0) if regularizer == "l2" else None
        return keras.layers.Dense(units, activation=activation, kernel_regularizer=penalty)

    model = keras.Sequential([keras.Input((64,)), dense(25, "sigmoid"), dense(10, "softmax")])
    model.compile(keras.optimizers.SGD(0.01), "categorical_crossentropy")
    return model


def textbook() -> Any:
    """Build one hidden layer with ReLU in place of the book's sigmoid; softmax and cross-entropy are ours.

    The 30 units, the weights of unit deviation and the rate of 3 are the book's.
    """
    import keras

    hidden = keras.layers.Dense(30, activation="relu", kernel_initializer=keras.initializers.RandomNormal(stddev=1.0))
    return _classifier([hidden], keras.optimizers.SGD(3.0))


def funnel(depth: int = 4) -> Any:
    """Build several ReLU layers with gradient descent; units (200, 100, 60, 30), weights and rate are ours."""
    import keras

    normal = keras.initializers.TruncatedNormal(stddev=0.1)
    units = (200, 100, 60, 30)[:depth]
    hidden = [keras.layers.Dense(width, activation="relu", kernel_initializer=normal) for width in units]
    return _classifier(hidden, keras.optimizers.SGD(0.5))


def timid() -> Any:
    """Build a network with SGD at 1e-5, which the advice raises to 0.1; two layers of its 20 ReLU units are ours."""
    import keras

    hidden = [keras.layers.Dense(20, activation="relu") for _ in range(2)]
    return _classifier(hidden, keras.optimizers.SGD(1e-5))


def speech(depth: int = 6) -> Any:
    """Build six wide ReLU layers with weights uniform within 0.05; 256 units (not 2000) and SGD at 0.01 are ours."""
    import keras

    uniform = keras.initializers.RandomUniform(-0.05, 0.05)
    hidden = [keras.layers.Dense(256, activation="relu", kernel_initializer=uniform) for _ in range(depth)]
    return _classifier(hidden, keras.optimizers.SGD(0.01))


def squared() -> Any:
    """Build 16 ReLU units with softmax, squared error and gradient descent at 0.1; accuracy fell during training."""
    import keras

    return _classifier([keras.layers.Dense(16, activation="relu")], keras.optimizers.SGD(0.1), "mean_squared_error")


def _classifier(hidden: list[Any], optimizer: Any, loss: str = "categorical_crossentropy") -> Any:
    import keras

    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer, loss)
    return model

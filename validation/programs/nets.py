"""Build and compile the small networks of the programs."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

SPARSE, DENSE, BINARY = "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"


def compiled(model: Any, loss: Any = SPARSE, optimizer: Any = "adam", **settings: Any) -> Any:
    """Compile a model and return it.

    Args:
        model: the model.
        loss: its loss.
        optimizer: its optimizer.
        settings: further arguments of `compile`; the metric is accuracy unless they name others.
    """
    model.compile(optimizer, loss, **{"metrics": ["accuracy"], **settings})
    return model


def adam(rate: float = 0.005) -> Any:
    """Return Adam."""
    return keras.optimizers.Adam(rate)


def sgd(rate: float = 0.1, **settings: Any) -> Any:
    """Return plain gradient descent."""
    return keras.optimizers.SGD(rate, **settings)


def stack(shape: tuple[int | None, ...], *parts: Any) -> Any:
    """Return a sequential model of an input and layers."""
    return keras.Sequential([keras.Input(shape), *parts])


def dense(
    inputs: int, out: int, head: str | None = "softmax", hidden: tuple[int, ...] = (32,), act: str = "relu", **kw: Any
) -> Any:
    """Return a network of dense layers.

    Args:
        inputs: columns.
        out: units of the last layer.
        head: its activation.
        hidden: units of hidden layers.
        act: their activation.
        kw: further arguments of the hidden layers.
    """
    return stack(
        (inputs,), *(layers.Dense(n, activation=act, **kw) for n in hidden), layers.Dense(out, activation=head)
    )


def conv(shape: tuple[int, ...], out: int, head: str | None = "softmax", *extra: Any) -> Any:
    """Return a small convolutional network; `extra` layers stand before the last one."""
    return stack(
        shape,
        layers.Conv2D(12, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(24, activation="relu"),
        *extra,
        layers.Dense(out, activation=head),
    )


def reader(words: int, out: int, head: str = "softmax", **embedding: Any) -> Any:
    """Return a network that averages word vectors."""
    return stack(
        (None,),
        layers.Embedding(words, 16, **embedding),
        layers.GlobalAveragePooling1D(),
        layers.Dense(16, activation="relu"),
        layers.Dense(out, activation=head),
    )

"""Build the small networks that the package's studies use besides stacks of dense layers, on 8 x 8 images."""

from __future__ import annotations

from typing import Any

from ablate.remedies._lazy import keras


def conv(filters: int = 16) -> Any:
    """Return two convolutions of 3 x 3, pooling, and a softmax over ten classes, for the 64 pixels of `digits`.

    Args:
        filters: channels of the first convolution; the second has twice as many.
    """
    layers = keras.layers
    return _compiled(
        layers.Reshape((8, 8, 1)),
        layers.Conv2D(filters, 3, activation="relu"),
        layers.Conv2D(2 * filters, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
    )


def lstm(units: int = 32) -> Any:
    """Return an LSTM that reads the eight rows of an image of `digits` one by one, and a softmax over ten classes.

    Args:
        units: the LSTM's units.
    """
    layers = keras.layers
    return _compiled(layers.Reshape((8, 8)), layers.LSTM(units))


def _compiled(*hidden: Any) -> Any:
    model = keras.Sequential([keras.Input((64,)), *hidden, keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model

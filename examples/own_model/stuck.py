"""Networks as people write them, each stuck for a reason of its own: for `ablate try model=stuck:...`."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers


def unscaled(width: int = 64) -> Any:
    """Inputs of 0-255 straight into sigmoids, trained by plain SGD."""
    model = keras.Sequential(
        [
            keras.Input((64,)),
            layers.Dense(width, activation="sigmoid"),
            layers.Dense(width, activation="sigmoid"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

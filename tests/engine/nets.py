"""Networks as users build and compile them, for tests: functions that return a compiled Keras model."""

from __future__ import annotations

from typing import Any


def branches(width: int = 16) -> Any:
    """Two ways from the image that meet again; not the package's own stack."""
    import keras

    layers = keras.layers
    image = keras.Input((8, 8))
    first = layers.Dense(width, activation="tanh", kernel_regularizer="l2")(layers.Flatten()(image))
    second = layers.Dense(width // 2, activation="relu", kernel_initializer="he_normal")(first)
    both = layers.Concatenate()([first, second])
    output = layers.Dense(10, activation="softmax")(layers.Dropout(0.0)(both))
    model = keras.Model(image, output)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    return model

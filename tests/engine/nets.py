"""Networks as users build and compile them, for tests: functions that return a compiled Keras model."""

from __future__ import annotations

import itertools
import sys
from typing import Any

UNITS = itertools.count(8)
"""Lets a builder build another network each time."""


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


def stack(width: int = 16, activation: str = "relu", compiled: bool = True) -> Any:
    """The package's own stack of dense layers, as a user writes it."""
    import keras

    layers = keras.layers
    hidden = [layers.Dense(width, activation=activation, kernel_initializer="he_uniform") for _ in range(2)]
    last = layers.Dense(10, activation="softmax", kernel_initializer="he_uniform")
    model = keras.Sequential([keras.Input((8, 8)), layers.Flatten(), *hidden, last])
    if compiled:
        model.compile(keras.optimizers.Adam(0.02, clipnorm=0.5), "categorical_crossentropy")
    return model


def regular(rate: float = 0.25) -> Any:
    """The same stack with normalization, dropout and a penalty in every layer."""
    import keras

    layers = keras.layers
    model = keras.Sequential([keras.Input((64,))])
    for _ in range(2):
        model.add(layers.Dense(16, kernel_regularizer=keras.regularizers.L2(0.003)))
        model.add(layers.BatchNormalization(momentum=0.8))
        model.add(layers.LeakyReLU(negative_slope=0.1))
        model.add(layers.Dropout(rate))
    model.add(layers.Dense(10))
    model.compile("rmsprop", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def images() -> Any:
    """Convolutions and dropout of images."""
    import keras

    layers = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D()])
    for layer in (layers.Dropout(0.5), layers.Flatten(), layers.Dense(8, activation="elu"), layers.Dense(10)):
        model.add(layer)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def windowed() -> Any:
    """Convolutions and pooling of all kinds that are stacked."""
    import keras

    layers = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu", padding="same")])
    for layer in (
        layers.MaxPooling2D(),
        layers.BatchNormalization(),
        layers.SpatialDropout2D(0.2),
        layers.Conv2D(4, 2, padding="same", dilation_rate=2, groups=2),
        layers.SeparableConv2D(4, 2, padding="same", activation="relu"),
        layers.Conv2D(6, (2, 3), strides=(1, 2), activation="relu"),
        layers.AveragePooling2D(2, strides=1, padding="same"),
        layers.Reshape((3, 6)),
        layers.Conv1D(5, 2, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01)),
        layers.MaxPooling1D(2, padding="same"),
        layers.Flatten(),
        layers.Dense(8, activation="relu"),
        layers.Dense(10),
    ):
        model.add(layer)
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def headed(head: str | None, loss: str, from_logits: bool = False, hidden: bool = False, eps: float = 1e-3) -> Any:
    """A linear classifier with that head and loss; `hidden` puts a reshape where Keras looks for the logits."""
    import keras

    image = keras.Input((64,))
    output = keras.layers.Dense(10, activation=head)(image)
    model = keras.Model(image, keras.layers.Reshape((10,))(output) if hidden else output)

    def clipped(truth: Any, p: Any) -> Any:
        return -keras.ops.sum(truth * keras.ops.log(keras.ops.clip(p, eps, 1.0 - eps)), -1)

    losses: dict[str, Any] = {
        "one_hot": keras.losses.CategoricalCrossentropy(from_logits=from_logits),
        "sparse": keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits),
        "smoothed": keras.losses.CategoricalCrossentropy(from_logits=from_logits, label_smoothing=0.2),
        "focal": keras.losses.CategoricalFocalCrossentropy(),
        "clipped": clipped,
    }
    model.compile("sgd", losses.get(loss, loss))
    return model


def wrong(how: str) -> Any:
    """A model that cannot be tried."""
    import keras

    layers, image = keras.layers, keras.Input((64,))

    class Subclassed(keras.Model):
        def call(self, x: Any) -> Any:
            return x

    shared = layers.Dense(64)
    models: dict[str, Any] = {
        "raises": lambda: 1 / 0,
        "exits": lambda: sys.exit("bye"),
        "changes": lambda: keras.Sequential([image, layers.Dense(next(UNITS), activation="relu"), layers.Dense(10)]),
        "number": lambda: 3,
        "subclassed": Subclassed,
        "shapeless": lambda: keras.Sequential([layers.Dense(10)]),
        "lambda": lambda: keras.Sequential([image, layers.Lambda(lambda x: x / 255), layers.Dense(10)]),
        "shared": lambda: keras.Model(image, layers.Dense(10)(shared(shared(image)))),
        "nested": lambda: keras.Sequential([image, keras.Sequential([layers.Dense(10)])]),
        "outputs": lambda: keras.Model(image, [layers.Dense(10)(image), layers.Dense(10)(image)]),
        "optimizer": lambda: keras.Sequential([image, layers.Dense(10)]),
        "uncompiled": lambda: keras.Sequential([image, layers.Dense(10)]),
    }
    model = models[how]()
    if how not in ("number", "uncompiled"):
        model.compile("adamax" if how == "optimizer" else "sgd", "mse")
    return model


def single() -> Any:
    """One softmax output for all classes: the loss is zero whatever it computes."""
    import keras

    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    return model


def textual() -> Any:
    """Numbers of words, looked up, and read by recurrent layers and attention with a residual; noise between them."""
    import keras

    layers = keras.layers
    row = keras.Input((64,))
    numbers = layers.Flatten()(layers.MaxPooling1D(8)(layers.Reshape((64, 1))(row)))
    words = layers.SpatialDropout1D(0.2)(layers.Embedding(20, 4, mask_zero=True)(layers.ReLU(8.0)(numbers)))
    read = layers.Bidirectional(layers.GRU(3, return_sequences=True))(words)
    attended = layers.LayerNormalization()(layers.Add()([read, layers.MultiHeadAttention(2, 3)(read, read)]))
    last = layers.GaussianNoise(0.1)(layers.LSTM(4)(attended))
    both = layers.Concatenate()([last, layers.GlobalAveragePooling1D()(attended)])
    model = keras.Model(row, layers.Dense(10)(layers.Dense(8, activation="relu")(both)))
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def stateful() -> Any:
    """A recurrent layer whose states outlive a batch, which cannot be stacked."""
    import keras

    layers = keras.layers
    row = keras.Input(batch_shape=(16, 64))
    model = keras.Model(row, layers.Dense(10)(layers.GRU(3, stateful=True)(layers.Reshape((8, 8))(row))))
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    return model


def recurrent() -> Any:
    """A layer that keeps its own activation and has no width that is the network's."""
    import keras

    layers = [keras.Input((64,)), keras.layers.Reshape((8, 8)), keras.layers.LSTM(4), keras.layers.Dense(10)]
    model = keras.Sequential(layers)
    model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
    return model

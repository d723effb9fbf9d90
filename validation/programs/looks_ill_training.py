"""Programs that learn although their layers or their training look like a fault."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from validation.programs import data
from validation.programs.nets import BINARY, SPARSE, adam, compiled, dense, reader, sgd, stack
from validation.programs.program import Case, case, well


def _kept(share: float, rows: int = 1000) -> data.Data:
    """Return two moons with a share of the second class."""
    x, y = data.moons(rows)
    keep = (y == 0) | (np.random.RandomState(0).uniform(size=len(y)) < share)
    return x[keep], y[keep]


def _wrong(data_: data.Data, share: float) -> data.Data:
    """Return the data with a share of the labels drawn anew."""
    x, y = data_
    rng = np.random.RandomState(0)
    return x, np.where(rng.uniform(size=len(y)) < share, rng.randint(0, y.max() + 1, len(y)), y)


@well("looks_ill")
def frozen_random_features() -> Case:
    first = layers.Dense(200, activation="relu", trainable=False)
    return case(
        compiled(stack((64,), first, layers.Dense(10, activation="softmax")), SPARSE, adam(0.01)), data.digits()
    )


@well("looks_ill")
def frozen_vectors() -> Case:
    model = reader(
        400, 1, "sigmoid", trainable=False, embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0, seed=1)
    )
    return case(compiled(model, BINARY, adam(0.02)), data.words(2, 1200, 20, 100), 20)


@well("looks_ill")
def zero_last_layer() -> Case:
    model = stack(
        (64,), layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax", kernel_initializer="zeros")
    )
    return case(compiled(model, SPARSE, adam()), data.digits())


@well("looks_ill")
def linear_zero_start() -> Case:
    model = stack((13,), layers.Dense(3, activation="softmax", kernel_initializer="zeros"))
    return case(compiled(model, SPARSE, sgd(0.1)), data.table("wine"), 15)


@well("looks_ill")
def wide_start_recovers() -> Case:
    wide = keras.initializers.RandomNormal(stddev=0.4)
    return case(compiled(dense(64, 10, hidden=(64,), kernel_initializer=wide), SPARSE, adam(0.003)), data.digits(), 15)


@well("looks_ill")
def deep_relu() -> Case:
    return case(
        compiled(dense(64, 10, hidden=(48,) * 6, kernel_initializer="he_normal"), SPARSE, adam(0.002)),
        data.digits(),
        15,
    )


@well("looks_ill")
def half_dropped() -> Case:
    model = stack(
        (64,), layers.Dense(128, activation="relu"), layers.Dropout(0.7), layers.Dense(10, activation="softmax")
    )
    return case(compiled(model, SPARSE, adam(0.005)), data.digits(), 15)


@well("looks_ill")
def narrow_middle() -> Case:
    model = dense(64, 10, hidden=(32, 4, 32), act="tanh")
    return case(compiled(model, SPARSE, adam(0.01)), data.digits(), 25)


@well("looks_ill")
def decays_after_learning() -> Case:
    rate = keras.optimizers.schedules.ExponentialDecay(0.01, 20, 0.7)
    return case(compiled(dense(64, 10), SPARSE, keras.optimizers.Adam(rate)), data.digits(), 15)


@well("looks_ill")
def warm_up() -> Case:
    rise = keras.optimizers.schedules.PolynomialDecay(1e-6, 100, end_learning_rate=0.2)
    return case(compiled(dense(64, 10), SPARSE, keras.optimizers.SGD(rise)), data.digits(), 15)


@well("looks_ill")
def mixed_precision() -> Case:
    kind = {"dtype": "mixed_float16"}
    model = stack(
        (64,), layers.Dense(32, activation="relu", **kind), layers.Dense(10, activation="softmax", dtype="float32")
    )
    return case(compiled(model, SPARSE, adam()), data.digits())


@well("looks_ill")
def repeated_rows() -> Case:
    x, y = data.blobs(3, 60)
    return case(compiled(dense(8, 3), SPARSE, adam(0.01)), (np.repeat(x, 8, 0), np.repeat(y, 8)), 10)


@well("looks_ill")
def counts_of_words() -> Case:
    x, y = data.words()
    counts = np.stack([np.bincount(row, minlength=400) for row in x]).astype("float32")
    return case(compiled(dense(400, 1, "sigmoid"), BINARY, adam(0.005)), (counts, y), 10)


@well("looks_ill")
def whole_number_columns() -> Case:
    x, y = data.blobs(3)
    return case(compiled(dense(8, 3), SPARSE, adam(0.005)), (np.round(20 * x).astype("int64") + 200, y), 30)


@well("looks_ill")
def batch_norm_moderate() -> Case:
    x, y = data.pictures()
    parts = layers.Conv2D(8, 3), layers.BatchNormalization(), layers.Activation("relu"), layers.Flatten()
    model = stack((8, 8, 1), *parts, layers.Dense(10, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.005)), (x, y), 30, 16)


@well("looks_ill")
def clipped_adam() -> Case:
    optimizer = keras.optimizers.Adam(0.005, clipnorm=0.01)
    return case(compiled(dense(64, 10), SPARSE, optimizer), data.digits())


@well("looks_ill")
def large_rate_of_descent() -> Case:
    return case(compiled(dense(13, 3, hidden=(16,), act="tanh"), SPARSE, sgd(1.0)), data.table("wine"), 20)


@well("looks_ill")
def augmented_noise() -> Case:
    model = stack(
        (64,), layers.GaussianNoise(0.3), layers.Dense(48, activation="relu"), layers.Dense(10, activation="softmax")
    )
    return case(compiled(model, SPARSE, adam(0.005)), data.digits(), 15)

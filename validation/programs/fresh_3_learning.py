"""Programs without a fault that were written third: eight plainly learn, eight only look ill."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data, more_data
from validation.programs.fresh_3 import GITHUB, PART, streamed
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, dense, sgd, stack
from validation.programs.program import Case, case, well


@well(part=PART)
def series_of_two_channels() -> Case:
    model = stack((24, 2), layers.LSTM(20), layers.Dense(5, activation="softmax"))
    return case(compiled(model, DENSE, keras.optimizers.Adamax(0.02)), data.one_hot(more_data.tones(5, 700)), 16, 50)


@well(part=PART)
def two_pictures_compared() -> Case:
    left, right = keras.Input((64,)), keras.Input((64,))
    tower = keras.Sequential([layers.Dense(48, activation="relu"), layers.Dense(16)])
    apart = ops.square(tower(left) - tower(right))
    model = keras.Model([left, right], layers.Dense(1)(apart))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return case(compiled(model, loss, keras.optimizers.RMSprop(0.003)), more_data.pairs(1800), 12, 100)


@well(part=PART)
def textures_from_a_stream() -> Case:
    parts = layers.DepthwiseConv2D(3, depth_multiplier=4, activation="relu"), layers.GlobalMaxPooling2D()
    model = stack((12, 12, 3), *parts, layers.Dense(3, activation="softmax"))
    return streamed(case(compiled(model, SPARSE, adam(0.01)), more_data.textures(800), 12, 10), 50)


class Residual(keras.Model):
    """A subclassed convolutional network with paths around its layers."""

    def __init__(self) -> None:
        super().__init__()
        self.first = layers.Conv2D(8, 3, padding="same")
        self.inner = [layers.Conv2D(8, 3, padding="same", activation="relu") for _ in range(2)]
        self.norms = [layers.GroupNormalization(2) for _ in range(2)]
        self.out = layers.Dense(10)

    def call(self, x: Any) -> Any:
        x = self.first(x)
        for layer, norm in zip(self.inner, self.norms, strict=True):
            x = x + layer(norm(x))
        return self.out(ops.mean(x, axis=(1, 2)))


@well(part=PART)
def paths_around_layers() -> Case:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(Residual(), loss, adam(0.01)), data.pictures(1000), 10, 30)


@well(part=PART)
def shells_weighted_by_class() -> Case:
    x, y = more_data.rings(3, 1200, 5)
    keep = (y > 0) | (np.random.RandomState(2).uniform(size=len(y)) < 0.5)
    weights = {0: 1.7, 1: 0.9, 2: 0.9}
    model = dense(5, 3, hidden=(32, 16), act="swish")
    return case(compiled(model, SPARSE, adam(0.005)), (x[keep], y[keep]), 20, 12, class_weight=weights)


@well(part=PART)
def arms_in_few_steps() -> Case:
    model = dense(2, 3, hidden=(48, 48), act="elu")
    return case(compiled(model, SPARSE, adam(0.02)), more_data.spirals(3, 800), 70, 200)


@well(part=PART)
def one_rise_and_fall() -> Case:
    def rate(epoch: int) -> float:
        return float(0.02 + 0.4 * (1 - abs(epoch - 7) / 8))

    callbacks = [keras.callbacks.LearningRateScheduler(rate)]
    model = dense(20, 5, hidden=(40,), act="relu")
    return case(compiled(model, SPARSE, sgd()), more_data.mixture(5, 1200, apart=2.0), 15, 40, callbacks=callbacks)


@well(part=PART)
def shares_by_divergence() -> Case:
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True)
    model = stack((64,), layers.Dense(40), layers.LeakyReLU(), layers.Dense(10, activation="softmax"))
    return case(compiled(model, "kl_divergence", optimizer), data.one_hot(data.digits(900)), 8, 9)


@well("looks_ill", part=PART)
def waits_before_parity() -> Case:
    model = dense(8, 1, "sigmoid", (32,), "tanh")
    return case(compiled(model, BINARY, sgd(0.1, momentum=0.9)), more_data.parity(4, 1600), 60, 200)


@well("looks_ill", part=PART)
def two_patients_a_step() -> Case:
    optimizer = keras.optimizers.SGD(0.05)
    return case(compiled(dense(10, 1, "sigmoid", (8,), "tanh"), BINARY, optimizer), more_data.patients(), 8, 2)


@well("looks_ill", part=PART)
def warms_up_for_half_the_time() -> Case:
    def rate(epoch: int) -> float:
        return float(0.01 * min(1.0, 10.0 ** ((epoch - 22) / 5)))

    given = keras.Input((12, 5))
    x = layers.Dense(16)(given)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 8)(x, x))
    model = keras.Model(given, layers.Dense(4, activation="softmax")(layers.GlobalMaxPooling1D()(x)))
    callbacks = [keras.callbacks.LearningRateScheduler(rate)]
    return case(compiled(model, SPARSE, adam(0.01)), more_data.marked(), 45, 128, callbacks=callbacks)


@well("looks_ill", f"{GITHUB}keras-team/tf-keras/issues/120", part=PART)
def batches_of_one_class() -> Case:
    x, y = data.blobs(3, 1200, 10, 1.5)
    order = np.lexsort((y[:900], np.arange(900) // 36))
    x[:900], y[:900] = x[order], y[order]
    return case(compiled(dense(10, 3, hidden=(16,), act="tanh"), SPARSE, sgd(0.02)), (x, y), 12, 12, shuffle=False)


@well("looks_ill", part=PART)
def slowly_on_its_way() -> Case:
    optimizer = keras.optimizers.Adagrad(0.01)
    return case(compiled(dense(64, 10, hidden=(48,)), SPARSE, optimizer), data.digits(1000), 60, 256)


@well("looks_ill", part=PART)
def sure_and_sometimes_wrong() -> Case:
    x, y = data.blobs(6, 900, 8, 0.8)
    rng = np.random.RandomState(4)
    y = np.where(rng.uniform(size=len(y)) < 0.15, rng.randint(0, 6, len(y)), y)
    parts = layers.Dense(32, activation="relu"), layers.Dense(6), layers.Rescaling(60.0), layers.Softmax()
    return case(compiled(stack((8,), *parts), SPARSE, adam(0.001)), (x, y), 9, 20)


@well("looks_ill", f"{GITHUB}keras-team/keras/issues/1761", part=PART)
def inputs_dropped_too() -> Case:
    parts = layers.Dropout(0.6), layers.Dense(128, activation="relu"), layers.Dropout(0.7)
    model = stack((64,), *parts, layers.Dense(10, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.003)), data.digits(1100), 15, 24)


@well("looks_ill", part=PART)
def more_than_half_of_the_labels_drawn() -> Case:
    x, y = data.blobs(8, 2000, 12, 0.8)
    rng = np.random.RandomState(5)
    y = np.where(rng.uniform(size=len(y)) < 0.55, rng.randint(0, 8, len(y)), y)
    return case(compiled(dense(12, 8, hidden=(24,)), SPARSE, adam(0.003)), (x, y), 8, 20)

"""Programs that train wrongly or not at all, or lose information, written fifth without a look at the rules."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data, fifth_data, fifth_nets, fourth_data, fourth_nets, more_data
from validation.programs.fresh_5 import GITHUB, PART
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, dense, stack
from validation.programs.program import Case, case, ill


@ill("frozen", source=f"{GITHUB}nairouz/DynAE/issues/16", part=PART)
def tables_of_another_model(*, fixed: bool) -> Case:
    user, item = keras.Input((1,), dtype="int32"), keras.Input((1,), dtype="int32")
    tables = layers.Embedding(40, 3, "uniform"), layers.Embedding(40, 3, "uniform")
    first, second = (layers.Flatten()(table(numbers)) for table, numbers in zip(tables, (user, item), strict=True))
    model = keras.Model([user, item], layers.Dense(1, activation="sigmoid")(layers.Multiply()([first, second])))
    older = keras.Model(user, tables[0](user))
    older.trainable = tables[1].trainable = fixed
    return case(compiled(model, BINARY, adam(0.02)), fifth_data.likes(2400), 14, 60)


@ill("no_gradient", source=f"{GITHUB}Biohub/esm/issues/92", part=PART)
def nearest_of_the_codes(*, fixed: bool) -> Case:
    parts = [layers.Dense(32, activation="relu"), layers.Dense(4), fifth_nets.Codes(12, soft=fixed)]
    model = stack((5,), *parts, layers.Dense(24, activation="relu"), layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), more_data.rings(3, 1000, 5), 16, 30)


@ill("small_rate", source=f"{GITHUB}keras-team/keras/issues/7394", part=PART)
def weights_that_sum_to_one(*, fixed: bool) -> Case:
    x, y = data.blobs(12, 1200, 8, 1.5)
    weights = np.array([1.0, 2, 1, 3])[y[:900] % 4]
    weights = weights / (weights.mean() if fixed else weights.sum())
    model = dense(8, 12, hidden=(24,), act="tanh")
    optimizer = keras.optimizers.SGD(0.05, momentum=0.5, nesterov=True)
    return case(compiled(model, SPARSE, optimizer), (x, y), 12, 20, sample_weight=weights)


@ill("precision", source=f"{GITHUB}keras-team/keras/issues/19332", part=PART)
def numbers_of_towns_in_halves(*, fixed: bool) -> Case:
    x, y = more_data.numbers_of_items(2400, 240)
    given = keras.Input((1,), dtype="float32" if fixed else "float16")
    places = ops.cast(given, "int32") - 40_000
    inner = layers.Dense(12, activation="relu")(layers.Flatten()(layers.Embedding(272, 6)(places)))
    model = keras.Model(given, layers.Dense(5, activation="softmax")(inner))
    return case(compiled(model, SPARSE, adam(0.02)), (x + 40_000, y), 14, 60)


@ill("information_lost", source=f"{GITHUB}tensorflow/text/issues/938", part=PART)
def attends_to_the_padding(*, fixed: bool) -> Case:
    given = keras.Input((20,), dtype="int32")
    words = layers.Embedding(60, 12)(given)
    seen = ops.not_equal(given, 0) if fixed else ops.equal(given, 0)
    mixed = layers.MultiHeadAttention(2, 6)(words, words, attention_mask=seen[:, None])
    inner = layers.Dense(16, activation="gelu")(layers.GlobalAveragePooling1D()(mixed))
    model = keras.Model(given, layers.Dense(2, activation="softmax")(inner))
    return case(compiled(model, SPARSE, adam(0.01)), more_data.padded(800, 20), 9, 40)


@ill("weight_decay", source=f"{GITHUB}DeepX-inc/machina/issues/3", part=PART)
def a_tenth_less_each_step(*, fixed: bool) -> Case:
    given = keras.Input((12, 5))
    scores = layers.Dense(1)(layers.Dense(16, activation="tanh")(given))
    read = ops.sum(layers.Softmax(axis=1)(scores) * layers.Dense(16, activation="relu")(given), axis=1)
    model = keras.Model(given, layers.Dense(4, activation="softmax")(read))
    optimizer = keras.optimizers.AdamW(0.02, weight_decay=0.004 if fixed else 5.0)
    return case(compiled(model, SPARSE, optimizer), more_data.marked(900), 16, 30)


@ill("heavy_dropout", source=f"{GITHUB}titu1994/Inception-v4/issues/5", part=PART)
def ninety_eight_of_a_hundred_channels(*, fixed: bool) -> Case:
    dropped = layers.SpatialDropout1D(0.02 if fixed else 0.98)
    parts = [layers.Embedding(400, 12), dropped, layers.Conv1D(12, 3, activation="relu"), layers.GlobalMaxPooling1D()]
    model = stack((20,), *parts, layers.Dense(4, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), data.words(4, 900), 9, 30)


@ill("vanishing_gradient", source=f"{GITHUB}snf/keras-fractalnet/issues/3", part=PART)
def halved_by_every_gate(*, fixed: bool) -> Case:
    given = keras.Input((20,))
    x = layers.Dense(16)(given)
    for _ in range(10):
        gated = layers.Multiply()([layers.Dense(16)(x), layers.Dense(16, activation="sigmoid")(x)])
        x = layers.LayerNormalization()(layers.Add()([x, gated])) if fixed else gated
    model = keras.Model(given, layers.Dense(5, activation="softmax")(x))
    optimizer = keras.optimizers.SGD(0.02, momentum=0.9)
    return case(compiled(model, SPARSE, optimizer), more_data.mixture(5, 900, apart=2.0), 10, 30)


@ill("clipped_away", source=f"{GITHUB}keras-team/keras/issues/510", part=PART)
def all_gradients_within_a_hair(*, fixed: bool) -> Case:
    optimizer = keras.optimizers.SGD(0.05, momentum=0.9, global_clipnorm=1.0 if fixed else 1e-4)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(fourth_nets.OfSets(3), loss, optimizer), fourth_data.point_sets(800), 12, 30)


@ill("few_steps", "slow", f"{GITHUB}tensorpack/tensorpack/issues/391", part=PART)
def gathers_forty_eight_batches(*, fixed: bool) -> Case:
    optimizer = keras.optimizers.Adam(0.005, gradient_accumulation_steps=None if fixed else 48)
    parts = [layers.Conv2D(10, 3, activation="relu"), layers.MaxPooling2D(2), layers.Conv2D(12, 3, activation="relu")]
    model = stack((12, 12, 1), *parts, layers.Flatten(), layers.Dense(4, activation="softmax"))
    return case(compiled(model, SPARSE, optimizer), fourth_data.outlines(720), 10, 45)


@ill("dead_units", part=PART)
def threshold_in_units_of_pixels(*, fixed: bool) -> Case:
    x, y = data.one_hot(data.pictures(900))
    cut = layers.ReLU(threshold=0.0 if fixed else 20.0)
    parts = [layers.Conv2D(14, 3), cut, layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(24, activation="tanh")]
    model = stack((8, 8, 1), *parts, layers.Dense(10, activation="softmax"))
    return case(compiled(model, DENSE, adam(0.005)), (x, y), 10, 30)


@ill("large_steps", source=f"{GITHUB}tensorflow/recommenders/issues/213", part=PART)
def sums_over_the_batch(*, fixed: bool) -> Case:
    way = "sum_over_batch_size" if fixed else "sum"
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=way)
    model = dense(64, 10, None, (48, 32), "relu")
    optimizer = keras.optimizers.SGD(0.2, momentum=0.9)
    return case(compiled(model, loss, optimizer), data.digits(1200), 10, 60)


@ill("non_finite", "diverged", f"{GITHUB}keras-team/keras/issues/198", part=PART)
def own_logarithms(*, fixed: bool) -> Case:
    def surprise(y: Any, p: Any) -> Any:
        p = ops.clip(p, 1e-6, 1 - 1e-6) if fixed else p
        y = ops.cast(y, p.dtype)
        return -ops.mean(y * ops.log(p) + (1 - y) * ops.log(1 - p), axis=-1)

    x, y = data.blobs(2, 600, 8, 0.6)
    model = dense(8, 1, "sigmoid", (24,), "softplus")
    return case(compiled(model, surprise, adam(0.03)), (x, y[:, None]), 16, 20)

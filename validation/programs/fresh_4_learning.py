"""Programs without a fault that were written fourth: some plainly learn, as many only look ill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data, fourth_data, fourth_nets, more_data
from validation.programs.fresh_4 import PART
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, dense, sgd, stack
from validation.programs.program import Case, case, well


@well(part=PART)
def sets_of_points() -> Case:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = fourth_nets.OfSets(3)
    return case(compiled(model, loss, keras.optimizers.Lion(0.001)), fourth_data.point_sets(900), 16, 30)


@well(part=PART)
def amounts_and_a_town() -> Case:
    x, y = fourth_data.customers()
    amounts, town = keras.Input((3,)), keras.Input((1,), dtype="int32")
    norm = layers.Normalization()
    norm.adapt(np.log(x[0]))
    joined = layers.Concatenate()([norm(ops.log(amounts)), layers.Flatten()(layers.Embedding(40, 4)(town))])
    model = keras.Model([amounts, town], layers.Dense(3, activation="softmax")(layers.Dense(24, "gelu")(joined)))
    return case(compiled(model, SPARSE, adam(0.01)), (x, y), 14, 45)


@well(part=PART)
def two_recurrent_layers() -> Case:
    parts = [layers.Embedding(11, 8), layers.GRU(20, return_sequences=True), layers.GRU(12)]
    model = stack((24,), *parts, layers.Dense(3, activation="softmax"))
    loss = keras.losses.CategoricalFocalCrossentropy(gamma=1.5)
    return case(compiled(model, loss, adam(0.015)), data.one_hot(fourth_data.chains(900)), 16, 45)


@well(part=PART)
def mirrored_outlines() -> Case:
    import tensorflow as tf

    given = keras.Input((12, 12, 1))
    x = layers.Conv2D(12, 3, padding="same", activation="relu")(given)
    x = layers.MaxPooling2D()(layers.Add()([x, layers.Conv2D(12, 3, padding="same", activation="relu")(x)]))
    x = layers.Flatten()(layers.Conv2D(12, 3, activation="relu")(x))
    model = keras.Model(given, layers.Dense(4, activation="softmax")(x))
    rate = keras.optimizers.schedules.CosineDecayRestarts(0.004, 60)
    made = case(compiled(model, SPARSE, keras.optimizers.AdamW(rate, weight_decay=0.02)), fourth_data.outlines(800), 12)
    rows = tf.data.Dataset.from_tensor_slices((made.x, made.y)).shuffle(600)
    rows = rows.map(lambda picture, name: (tf.image.random_flip_left_right(picture), name)).batch(30)
    return Case(made.model, rows, None, {name: what for name, what in made.fit.items() if name != "batch_size"})


@well(part=PART)
def waves_of_a_board() -> Case:
    x, y = fourth_data.board()
    ways = np.random.RandomState(3).normal(0, 4.0, (2, 24)).astype("float32")
    given = keras.Input((2,))
    turned = ops.matmul(given, ways)
    inner = layers.Dense(32, activation="relu")(ops.concatenate([ops.sin(turned), ops.cos(turned)], axis=-1))
    model = keras.Model(given, layers.Dense(1, activation="tanh")(inner))
    made = compiled(model, "squared_hinge", adam(0.005), metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)])
    return case(made, (x, (2 * y - 1).astype("float32")), 20, 30)


@well(part=PART)
def three_experts() -> Case:
    given = keras.Input((20,))
    shares = layers.Dense(3, activation="softmax")(given)[..., None]
    experts = ops.stack([layers.Dense(16, activation="relu")(given) for _ in range(3)], axis=1)
    model = keras.Model(given, layers.Dense(6, activation="softmax")(ops.sum(shares * experts, axis=1)))
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    return case(compiled(model, SPARSE, optimizer), more_data.mixture(6, 1200, apart=2.0), 10, 20)


@well(part=PART)
def causal_and_dilated() -> Case:
    parts = [layers.Conv1D(12, 3, padding="causal", dilation_rate=2**k, activation="relu") for k in range(4)]
    model = stack((40, 3), *parts, layers.Lambda(lambda x: x[:, -1], output_shape=(12,)), layers.Dense(3))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(model, loss, keras.optimizers.Nadam(0.004)), fourth_data.bumps(800), 14, 40)


@well(part=PART)
def mixtures_of_two_rows() -> Case:
    x, y = data.one_hot(data.digits(1000))
    return case(compiled(fourth_nets.Mixed(10), DENSE, adam(0.004)), (x, y), 12, 25)


@well(part=PART)
def rows_one_by_one() -> Case:
    import tensorflow as tf

    made = case(compiled(dense(13, 3, hidden=(16,), act="softplus"), SPARSE, keras.optimizers.Ftrl(0.1)),
                data.table("wine"), 12)  # fmt: skip

    def rows() -> Iterator[tuple[np.ndarray, int]]:
        yield from zip(made.x, made.y, strict=True)

    kinds = tf.TensorSpec((13,), tf.float32), tf.TensorSpec((), tf.int64)
    stream = tf.data.Dataset.from_generator(rows, output_signature=kinds).batch(10)
    return Case(made.model, stream, None, {name: what for name, what in made.fit.items() if name != "batch_size"})


@well("looks_ill", part=PART)
def waits_before_the_board() -> Case:
    model = dense(2, 1, "sigmoid", (48, 48), "tanh")
    return case(compiled(model, BINARY, adam(0.01)), fourth_data.board(1500, 4), 40, 75)


@well("looks_ill", part=PART)
def forty_rows() -> Case:
    x, y = data.table("wine")
    held = keras.regularizers.L2(0.01)
    model = dense(13, 3, hidden=(24,), act="relu", kernel_regularizer=held)
    return case(compiled(model, SPARSE, adam(0.01)), (x[:80], y[:80]), 16, 6, validation_split=0.5)


@well("looks_ill", part=PART)
def one_of_twelve() -> Case:
    x, y = more_data.rings(3, 3000, 4)
    keep = (y == 0) | (np.random.RandomState(5).uniform(size=len(y)) < 0.09)
    loss = keras.losses.BinaryFocalCrossentropy(gamma=2.0)
    model = dense(4, 1, "sigmoid", (32, 16), "relu")
    return case(compiled(model, loss, adam(0.01)), (x[keep], (y[keep] > 0).astype(int)), 24, 30)


@well("looks_ill", part=PART)
def seven_of_ten_at_best() -> Case:
    rng = np.random.RandomState(6)
    x = rng.normal(size=(2400, 8)).astype("float32")
    likely = np.where(x[:, 0] + x[:, 1] * x[:, 2] > 0, 0.8, 0.2)
    y = (rng.uniform(size=len(x)) < likely).astype(int)
    return case(compiled(dense(8, 2, hidden=(24,), act="elu"), SPARSE, adam(0.005)), (x, y), 8, 40)


class Rising(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises for many steps and then falls with the root of the step."""

    def __init__(self, top: float, steps: int) -> None:
        self.top, self.steps = top, float(steps)

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32") + 1.0
        return self.top * ops.minimum((step / self.steps) ** 3, ops.sqrt(self.steps / step))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {"top": self.top, "steps": self.steps}


@well("looks_ill", part=PART)
def rises_for_six_epochs() -> Case:
    given = keras.Input((24,))
    x = layers.Embedding(11, 16)(given) + layers.Embedding(24, 16)(ops.arange(24))
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 4)(x, x))
    x = layers.LayerNormalization()(x + layers.Dense(16)(layers.Dense(32, activation="gelu")(x)))
    model = keras.Model(given, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(x)))
    optimizer = keras.optimizers.Adam(Rising(0.01, 200))
    return case(compiled(model, SPARSE, optimizer), fourth_data.chains(1200), 20, 30)


@well("looks_ill", part=PART)
def thrown_back_and_recovers() -> Case:
    def rate(epoch: int) -> float:
        return 6.0 if epoch in (5, 9) else 0.08

    callbacks = [keras.callbacks.LearningRateScheduler(rate)]
    model = dense(13, 3, hidden=(24,), act="tanh")
    return case(compiled(model, SPARSE, sgd(0.08)), data.table("wine"), 24, 12, callbacks=callbacks)


@well("looks_ill", part=PART)
def eighty_classes_of_two_dozen() -> Case:
    return case(compiled(dense(10, 80, hidden=(64,), act="relu"), SPARSE, adam(0.004)),
                data.blobs(80, 2000, 10, 2.3), 8, 40)  # fmt: skip


@well("looks_ill", part=PART)
def averages_that_catch_up() -> Case:
    x, y = data.pictures(900)
    parts = [layers.Conv2D(10, 3), layers.BatchNormalization(), layers.ReLU(), layers.Flatten()]
    model = stack((8, 8, 1), layers.BatchNormalization(), *parts, layers.Dense(10, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.003)), (20 + 10 * x, y), 30, 30)


@well("looks_ill", part=PART)
def huge_columns_in_their_units() -> Case:
    x, y = data.table("breast_cancer", standard=False)
    x = (1000 * x + 5e4).astype("float32")
    norm = layers.Normalization()
    norm.adapt(x)
    model = stack((30,), norm, layers.Dense(12, activation="sigmoid"), layers.Dense(1))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return case(compiled(model, loss, keras.optimizers.Adagrad(0.1)), (x, y), 12, 20)


@well("looks_ill", part=PART)
def frozen_echoes() -> Case:
    start = keras.initializers.Orthogonal(0.9, seed=3)
    frozen = layers.SimpleRNN(60, recurrent_initializer=start, return_sequences=True, trainable=False)
    parts = layers.GlobalMaxPooling1D(), layers.Dense(24, activation="relu"), layers.Dense(4, activation="softmax")
    return case(compiled(stack((24, 2), frozen, *parts), SPARSE, adam(0.01)), more_data.tones(4, 700), 16, 35)

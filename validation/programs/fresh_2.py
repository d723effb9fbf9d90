"""Programs that were written after fresh.py had been judged: most are rebuilt from public reports, small and anew."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, conv, dense, sgd, stack
from validation.programs.program import Case, case, ill, well

PART = "fresh_2"
KERAS = "https://github.com/keras-team/keras/issues/"


@ill("head_cuts", source="https://geeksmental.com/question/why-does-accuracy-remain-the-same", part=PART)
def relu_ends_two_classes(*, fixed: bool) -> Case:
    model = dense(2, 1, "sigmoid" if fixed else "relu", (24, 24))
    return case(compiled(model, BINARY, sgd(0.5)), data.circles(), 25)


@ill("input_scale", source="https://geeksmental.com/question/why-does-accuracy-remain-the-same", part=PART)
def amounts_above_a_threshold(*, fixed: bool) -> Case:
    x = np.random.RandomState(4).uniform(0, 100_000, (600, 1)).astype("float32")
    y = (x[:, 0] > 50_000).astype(int)
    x = (x - 50_000) / 30_000 if fixed else x
    return case(compiled(dense(1, 1, "sigmoid", (8,), "tanh"), BINARY, sgd(0.1)), (x, y), 15, 5)


@ill(
    "loss_mismatch",
    source="https://datascience.stackexchange.com/questions/38604/too-low-accuracy-on-mnist-dataset-using-a-neural-network",
    part=PART,
)
def ten_digits_one_sigmoid(*, fixed: bool) -> Case:
    model = dense(64, 10, hidden=(64,)) if fixed else dense(64, 1, "sigmoid", (64,))
    return case(compiled(model, SPARSE if fixed else BINARY, adam()), data.digits())


@ill("information_lost", source=f"{KERAS}4994", part=PART)
def one_sigmoid_before_softmax(*, fixed: bool) -> Case:
    middle = layers.Dense(16 if fixed else 1, activation="sigmoid")
    model = stack((64,), layers.Dense(32, activation="relu"), middle, layers.Dense(10, activation="softmax"))
    return case(compiled(model, SPARSE, adam()), data.digits(), 20)


@ill("large_start", source=f"{KERAS}2975", part=PART)
def weights_of_another_network(*, fixed: bool) -> Case:
    start = "glorot_uniform" if fixed else keras.initializers.RandomNormal(stddev=30.0)
    model = dense(30, 2, hidden=(64, 64, 32), act="tanh", kernel_initializer=start)
    return case(compiled(model, SPARSE, sgd(0.01)), data.blobs(2, features=30, spread=5.0), 8)


@ill("vanishing_gradient", source=f"{KERAS}3752", part=PART)
def deep_and_drawn_small(*, fixed: bool) -> Case:
    start = "he_normal" if fixed else keras.initializers.RandomNormal(stddev=0.02)
    model = dense(64, 10, hidden=(48,) * 7, kernel_initializer=start)
    return case(compiled(model, SPARSE, sgd(0.05)), data.digits(), 15)


@ill("sorted_rows", "healthy", f"{KERAS}4298", part=PART)
def sorted_words_split(*, fixed: bool) -> Case:
    x, y = data.words(3, 900)
    order = np.arange(len(y)) if fixed else np.argsort(y, kind="stable")
    model = stack((20,), layers.Embedding(400, 16), layers.Flatten(), layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), (x[order], y[order]), 10, validation_split=0.34)


@ill("no_gradient", "failed", f"{KERAS}4175", part=PART)
def loss_of_rounded_outputs(*, fixed: bool) -> Case:
    def distance(y, p):  # type: ignore[no-untyped-def]
        return ops.mean(ops.square(ops.cast(y, p.dtype) - (p if fixed else ops.round(p))), axis=-1)

    x, y = data.table("breast_cancer")
    return case(compiled(dense(30, 1, "sigmoid", (16,)), distance, adam()), (x, y[:, None].astype("float32")))


@ill("mode_gap", "healthy", f"{KERAS}7265", part=PART)
def slow_averages_of_pictures(*, fixed: bool) -> Case:
    parts = [part for _ in range(2) for part in (layers.Conv2D(8, 3, activation="tanh"),
             layers.BatchNormalization(momentum=0.5 if fixed else 0.999))]  # fmt: skip
    x, y = data.pictures(500)
    model = stack(
        (8, 8, 1),
        layers.BatchNormalization(momentum=0.5 if fixed else 0.999),
        *parts,
        layers.Flatten(),
        layers.Dense(10, activation="softmax"),
    )
    return case(compiled(model, SPARSE, adam(0.01)), (100 + 30 * x, y), 6)


@ill("regularizer", source=f"{KERAS}1895", part=PART)
def squares_of_a_half(*, fixed: bool) -> Case:
    held = keras.regularizers.L2(0.0001 if fixed else 0.5)
    model = dense(20, 5, hidden=(50, 50), act="sigmoid", kernel_regularizer=held)
    optimizer = keras.optimizers.Adam(0.01)
    return case(compiled(model, SPARSE, optimizer), data.blobs(5, 750, 20, 2.0), 15)


@ill("large_steps", source=f"{KERAS}4066", part=PART)
def momentum_on_pictures(*, fixed: bool) -> Case:
    optimizer = keras.optimizers.SGD(0.01 if fixed else 3.0, momentum=0.9, nesterov=True)
    return case(compiled(conv((8, 8, 1), 10), SPARSE, optimizer), data.pictures())


@ill("label_range", "failed", part=PART)
def seven_seeds_from_one(*, fixed: bool) -> Case:
    x, y = data.blobs(7, 700)
    return case(compiled(dense(8, 7), SPARSE, adam()), (x, y if fixed else y + 1))


@ill("double_softmax", part=PART)
def probabilities_again(*, fixed: bool) -> Case:
    ends = () if fixed else (layers.Softmax(), layers.Softmax())
    model = stack((64,), layers.Dense(32, activation="relu"), layers.Dense(10), *ends, layers.Softmax())
    return case(compiled(model, SPARSE, sgd(0.05)), data.digits(), 15)


@ill("decayed_rate", part=PART)
def inverse_time(*, fixed: bool) -> Case:
    rate = keras.optimizers.schedules.InverseTimeDecay(0.05, 1, 1e-4 if fixed else 200.0)
    model = stack((20,), layers.Embedding(400, 16), layers.Flatten(), layers.Dense(2, activation="softmax"))
    return case(compiled(model, SPARSE, keras.optimizers.Adam(rate)), data.words(), 10)


@ill("labels_unrelated", repaired=False, part=PART)
def prices_of_yesterday() -> Case:
    steps = np.random.RandomState(6).normal(size=900)
    x = np.stack([steps[first : first + 800] for first in range(20)], axis=1)[..., None].astype("float32")
    model = stack(
        (20, 1), layers.Conv1D(16, 3, activation="relu"), layers.GlobalMaxPooling1D(), layers.Dense(2, "softmax")
    )
    return case(compiled(model, SPARSE, adam()), (x, (steps[20:820] > 0).astype(int)), 10)


@well("looks_ill", f"{KERAS}11791", part=PART)
def seven_labels_eight_units() -> Case:
    x, y = data.blobs(7, 900)
    parts = layers.Dense(100, activation="relu"), layers.Dropout(0.6), layers.Dense(8, activation="softmax")
    return case(compiled(stack((8,), *parts), SPARSE, adam()), (x, y + 1), 15)


@well("looks_ill", f"{KERAS}13288", part=PART)
def own_name_for_the_loss() -> Case:
    def my_loss(y, p):  # type: ignore[no-untyped-def]
        return keras.losses.sparse_categorical_crossentropy(y, p)

    return case(compiled(dense(64, 10, hidden=(64,)), my_loss, adam()), data.digits())


@well("looks_ill", "https://geek-tips.imtqy.com/articles/557592/index.html", part=PART)
def two_softmax_units_and_binary_loss() -> Case:
    return case(compiled(dense(30, 2, hidden=(16,)), BINARY, adam()), data.one_hot(data.table("breast_cancer")), 15)


@well("looks_ill", part=PART)
def a_third_of_the_labels_flipped() -> Case:
    x, y = data.blobs(2, 900, 6, 0.8)
    flipped = np.random.RandomState(3).uniform(size=len(y)) < 0.25
    return case(compiled(dense(6, 1, "sigmoid", (16,)), BINARY, adam()), (x, np.where(flipped, 1 - y, y)), 10)


@well("looks_ill", part=PART)
def nine_of_ten_are_one_class() -> Case:
    x, y = data.blobs(2, 1500, 8, 0.8)
    keep = (y > 0) | (np.random.RandomState(1).uniform(size=len(y)) < 0.12)
    return case(compiled(dense(8, 1, "sigmoid", (16,)), BINARY, adam(0.01)), (x[keep], y[keep]), 15)


@well(part=PART)
def twenty_five_classes() -> Case:
    return case(compiled(dense(12, 25, hidden=(64,)), SPARSE, adam(0.01)), data.blobs(25, 1500, 12), 15)


@well(part=PART)
def both_directions() -> Case:
    layer = layers.Bidirectional(layers.LSTM(8))
    model = stack((20,), layers.Embedding(400, 16), layer, layers.Dense(3, activation="softmax"))
    return case(compiled(model, DENSE, adam(0.01)), data.one_hot(data.words(3, 900)), 12)


@well(part=PART)
def attention_over_words() -> Case:
    given = keras.Input((20,))
    x = layers.Embedding(400, 16)(given)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 8)(x, x)])
    model = keras.Model(given, layers.Dense(2, activation="softmax")(layers.GlobalMaxPooling1D()(x)))
    return case(compiled(model, SPARSE, adam(0.01)), data.words(), 10)


@well("looks_ill", part=PART)
def raw_columns_normalized_inside() -> Case:
    x, y = data.table("wine", standard=False)
    norm = layers.Normalization()
    norm.adapt(x)
    model = stack((13,), norm, layers.Dense(16, activation="selu"), layers.Dense(3))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(model, loss, sgd(0.1)), (x, y), 25, 16)


@well(part=PART)
def strided_waves() -> Case:
    parts = layers.Conv1D(16, 5, strides=2, activation="gelu"), layers.Flatten(), layers.Dense(1, activation="sigmoid")
    return case(compiled(stack((32, 1), *parts), BINARY, keras.optimizers.RMSprop(0.005)), data.waves(), 15)

"""Programs whose head, labels, data or figures are wrong, written fourth without a look at the rules."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data, fourth_data, fourth_nets, more_data
from validation.programs.fresh_3 import streamed
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, conv, dense, sgd, stack
from validation.programs.program import Case, case, ill

PART = "fresh_4"
GITHUB = "https://github.com/"


@ill("one_softmax", source=f"{GITHUB}PacktPublishing/Deep-Learning-for-Computer-Vision/issues/2", part=PART)
def disc_or_ring(*, fixed: bool) -> Case:
    parts = [layers.Conv2D(8, 3, strides=2, activation="elu"), layers.Conv2D(12, 3, activation="elu"), layers.Flatten()]
    model = stack((12, 12, 1), *parts, layers.Dense(1, activation="sigmoid" if fixed else "softmax"))
    loss = keras.losses.BinaryCrossentropy(label_smoothing=0.1)
    return case(compiled(model, loss, keras.optimizers.AdamW(0.004)), fourth_data.outlines(600, classes=2), 9, 25)


@ill("loss_mismatch", source=f"{GITHUB}keras-team/keras/issues/14729", part=PART)
def many_classes_for_one_unit(*, fixed: bool) -> Case:
    model = stack((24,), layers.Embedding(11, 6), layers.LSTM(16), layers.Dense(1, activation="sigmoid"))
    return case(compiled(model, BINARY if fixed else DENSE, adam(0.01)), fourth_data.chains(800, classes=2), 14, 40)


@ill("logits_as_probabilities", source=f"{GITHUB}xiph/LPCNet/issues/97", part=PART)
def raw_outputs_of_steps(*, fixed: bool) -> Case:
    x, y = data.digits(900)
    model = stack((8, 8), layers.GRU(32), layers.Dense(10))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=fixed)
    return case(compiled(model, loss, keras.optimizers.RMSprop(0.004)), (x.reshape(-1, 8, 8), y), 16, 45)


@ill("double_softmax", source=f"{GITHUB}mmalekzadeh/dana/issues/1", part=PART)
def votes_of_two_sensors(*, fixed: bool) -> Case:
    x, y = data.one_hot(data.blobs(24, 1600, 12))
    sides = keras.Input((6,)), keras.Input((6,))
    votes = [layers.Dense(24, activation="softmax")(layers.Dense(32, activation="relu")(side)) for side in sides]
    model = keras.Model(list(sides), layers.Average()(votes))
    loss = keras.losses.CategoricalCrossentropy(from_logits=not fixed)
    return case(compiled(model, loss, sgd(0.03)), ([x[:, :6], x[:, 6:]], y), 10, 30)


@ill("wrong_axis", source=f"{GITHUB}keras-team/keras-io/pull/1904", part=PART)
def shares_over_time(*, fixed: bool) -> Case:
    scores = [layers.Conv1D(16, 7, activation="relu"), layers.Conv1D(4, 1), layers.Softmax(axis=-1 if fixed else 1)]
    model = stack((24, 2), *scores, layers.GlobalAveragePooling1D())
    return case(compiled(model, DENSE, adam(0.01)), data.one_hot(more_data.tones(4, 600)), 18, 36)


@ill("label_range", source=f"{GITHUB}hlamba28/UNET-TGS/issues/8", part=PART)
def masks_of_255(*, fixed: bool) -> Case:
    x, y = data.bars(600)
    parts = [layers.Conv2D(10, 3, activation="relu"), layers.BatchNormalization(momentum=0.8), layers.MaxPooling2D()]
    model = stack((10, 10, 1), *parts, layers.Flatten(), layers.Dense(1, activation="sigmoid"))
    return case(compiled(model, BINARY, adam(0.003)), (x, (y if fixed else 255 * y).astype("float32")), 12, 15)


@ill("label_form", source=f"{GITHUB}tensorflow/tensorflow/issues/28901", part=PART)
def each_label_with_each_guess(*, fixed: bool) -> Case:
    def squares(y: Any, p: Any) -> Any:
        return ops.square(ops.cast(y, p.dtype) - p)

    x, y = data.circles(900)
    keep = (y == 0) | (np.random.RandomState(2).uniform(size=len(y)) < 0.55)
    x, y = x[keep], y[keep].astype("float32")
    parts = [layers.Dense(20, activation="relu"), layers.Dense(20, activation="relu"), layers.Dense(1)]
    model = fourth_nets.OwnStep(parts)
    model(x[:1])  # builds it
    return case(compiled(model, squares, adam(0.005)), (x, y[:, None] if fixed else y), 15, 16)


@ill("labels_unrelated", source=f"{GITHUB}NoahVl/Explaining-In-Style-Reproducibility-Study/issues/9", part=PART)
def file_10_before_file_2(*, fixed: bool) -> Case:
    x, y = more_data.rings(3, 1000, 5)
    names = np.array([f"{row}.png" for row in range(len(y))])
    order = np.arange(len(y)) if fixed else np.argsort(names)
    made = case(compiled(dense(5, 3, hidden=(48, 24), act="swish"), SPARSE, adam(0.01)), (x[order], y), 12, 50)
    return streamed(made, 1000)


@ill("input_scale", source=f"{GITHUB}keras-team/keras/issues/13517", part=PART)
def divided_and_preprocessed(*, fixed: bool) -> Case:
    x, y = fourth_data.outlines(800, classes=3, noise=0.05)
    x = np.clip(x, 0, 1)
    x = (255 * x if fixed else x) / 127.5 - 1
    parts = [layers.Conv2D(12, 3, activation="relu"), layers.MaxPooling2D(2), layers.Conv2D(16, 3, activation="relu")]
    model = stack((12, 12, 1), *parts, layers.Flatten(), layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, sgd(0.02, momentum=0.9)), (x, y), 10, 20)


@ill("names_as_amounts", source=f"{GITHUB}keras-team/keras/issues/1280", part=PART)
def words_as_a_series(*, fixed: bool) -> Case:
    first = [layers.Embedding(400, 12)] if fixed else [layers.Rescaling(1 / 400), layers.Reshape((20, 1))]
    model = stack((20,), *first, layers.LSTM(16), layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), data.words(3, 1000), 10, 25)


@ill("no_information", source=f"{GITHUB}keras-team/keras/issues/287", part=PART)
def last_words_of_short_texts(*, fixed: bool) -> Case:
    x, y = more_data.padded(900)
    x = x[:, :20] if fixed else x[:, -20:]
    parts = [layers.Embedding(60, 8), layers.Conv1D(12, 2, activation="relu"), layers.GlobalMaxPooling1D()]
    model = stack((20,), *parts, layers.Dense(1))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return case(compiled(model, loss, keras.optimizers.Nadam(0.005)), (x, y), 10, 60)


@ill("bad_inputs", "diverged", f"{GITHUB}xuannianz/keras-ctpn/issues/1", part=PART)
def logarithms_of_counts(*, fixed: bool) -> Case:
    x, y = data.words(4, 900, 30, 150)
    counts = np.stack([np.bincount(row, minlength=150) for row in x]).astype("float32")
    with np.errstate(divide="ignore"):
        counts = np.log1p(counts) if fixed else np.log(counts)
    model = stack((150,), layers.Dense(24, activation="tanh"), layers.Dropout(0.2), layers.Dense(4, "softmax"))
    return case(compiled(model, SPARSE, keras.optimizers.Adagrad(0.05)), (counts, y), 14, 30)


@ill("sorted_rows", source=f"{GITHUB}tensorflow/tensorflow/issues/36626", part=PART)
def small_buffer_for_sorted_rows(*, fixed: bool) -> Case:
    x, y = data.pictures(800)
    order = np.argsort(y[:600], kind="stable")
    x[:600], y[:600] = x[order], y[order]
    return streamed(case(compiled(conv((8, 8, 1), 10), SPARSE, sgd(0.1)), (x, y), 8, 10), 600 if fixed else 20)


@ill("wrong_metric", "healthy", f"{GITHUB}keras-team/keras/issues/18796", part=PART)
def equal_to_the_digit(*, fixed: bool) -> Case:
    metric = keras.metrics.BinaryAccuracy() if fixed else keras.metrics.Accuracy()
    parts = [layers.Embedding(8, 6), layers.GRU(12), layers.Dense(1, activation="sigmoid")]
    model = compiled(stack((10,), *parts), BINARY, adam(0.03), metrics=[metric])
    return case(model, more_data.ordered(1400), 14, 60)


@ill("mode_gap", "healthy", f"{GITHUB}pkmital/tensorflow_tutorials/issues/8", part=PART)
def averages_never_kept(*, fixed: bool) -> Case:
    x, y = more_data.mixture(4, 900, 16, apart=2.0)
    given = keras.Input((16,))
    inner = layers.Dense(32, activation="relu")(fourth_nets.OwnNorm(kept=fixed)(given))
    model = keras.Model(given, layers.Dense(4)(inner))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(model, loss, adam(0.005)), (30 + 8 * x, y), 14, 45)

"""Programs that learn: all kinds of heads, losses, layers, optimizers and data."""

from __future__ import annotations

import keras
from keras import layers

from validation.programs import data
from validation.programs.nets import BINARY, SPARSE, adam, compiled, conv, dense, reader, stack
from validation.programs.program import Case, case, well


@well()
def digits_dense() -> Case:
    return case(compiled(dense(64, 10)), data.digits())


@well()
def digits_raw_outputs() -> Case:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(conv((8, 8, 1), 10, None), loss, adam()), data.pictures())


@well()
def digits_squares() -> Case:
    return case(compiled(dense(64, 10), "mse", adam(0.01)), data.one_hot(data.digits()))


@well()
def digits_focal() -> Case:
    return case(compiled(dense(64, 10), "categorical_focal_crossentropy", adam()), data.one_hot(data.digits()))


@well()
def cancer_sigmoid() -> Case:
    return case(compiled(dense(30, 1, "sigmoid", (16,)), BINARY), data.table("breast_cancer"))


@well()
def moons_squares() -> Case:
    return case(compiled(dense(2, 1, "sigmoid", (16, 16)), "mse", adam(0.01)), data.moons(), 15)


@well()
def circles_two_units() -> Case:
    return case(compiled(dense(2, 2, "softmax", (16,), "tanh"), SPARSE, adam(0.02)), data.circles(), 20)


@well()
def wine_hinge() -> Case:
    return case(compiled(dense(13, 3, None), "categorical_hinge", adam()), data.one_hot(data.table("wine")), 20)


@well()
def iris_relu() -> Case:
    return case(compiled(dense(4, 3, hidden=(16, 16)), SPARSE, adam(0.01)), data.table("iris"), 25, 16)


@well()
def blobs_many_classes() -> Case:
    return case(compiled(dense(16, 25), SPARSE, adam(0.01)), data.blobs(25, 1000, 16), 10)


@well()
def bars_conv() -> Case:
    return case(compiled(conv((10, 10, 1), 1, "sigmoid"), BINARY, adam()), data.bars())


@well()
def words_average() -> Case:
    return case(compiled(reader(400, 1, "sigmoid"), BINARY, adam(0.01)), data.words(), 10)


@well()
def words_conv() -> Case:
    model = stack((24,), layers.Embedding(600, 8), layers.Conv1D(16, 3, activation="relu"), layers.GlobalMaxPooling1D(),
                  layers.Dense(3, activation="softmax"))  # fmt: skip
    return case(compiled(model, SPARSE, adam(0.01)), data.words(3, 900, 24, 600), 10)


@well()
def waves_conv() -> Case:
    model = stack(
        (32, 1),
        layers.Conv1D(12, 7, activation="relu"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(1, activation="sigmoid"),
    )
    return case(compiled(model, BINARY, adam(0.01)), data.waves(), 12)

"""Programs that learn although something looks like a fault."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, dense, sgd, stack
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
def unbalanced_moons() -> Case:
    return case(compiled(dense(2, 1, "sigmoid", (16, 16)), BINARY, adam(0.02)), _kept(0.15), 25)


@well("looks_ill")
def unbalanced_classes() -> Case:
    x, y = data.digits(1500)
    keep = (y == 1) | (np.random.RandomState(0).uniform(size=len(y)) < 0.35)
    return case(compiled(dense(64, 10), SPARSE, adam()), (x[keep], y[keep]), 15)


@well("looks_ill")
def noisy_labels() -> Case:
    return case(compiled(dense(64, 10), SPARSE, adam(0.003)), _wrong(data.digits(1200), 0.4), 8)


@well("looks_ill")
def overlapping_blobs() -> Case:
    return case(compiled(dense(4, 3), SPARSE, adam(0.005)), data.blobs(3, 900, 4, 3.0, seed=4), 10)


@well("looks_ill")
def few_rows() -> Case:
    inputs, labels = data.table("iris")
    return case(compiled(dense(4, 3, hidden=(16,)), SPARSE, adam(0.02)), (inputs[:80], labels[:80]), 25, 8)


@well("looks_ill")
def batch_of_two() -> Case:
    return case(compiled(dense(13, 3, hidden=(16,)), SPARSE, sgd(0.02)), data.table("wine"), 8, 2)


@well("looks_ill")
def whole_batch() -> Case:
    return case(compiled(dense(13, 3, hidden=(16,)), SPARSE, adam(0.02)), data.table("wine"), 80, 512)


@well("looks_ill")
def slow_but_fine() -> Case:
    return case(compiled(dense(64, 10), SPARSE, sgd(0.02)), data.digits(), 25)


@well("looks_ill")
def sigmoids_with_adam() -> Case:
    return case(compiled(dense(64, 10, hidden=(32, 32), act="sigmoid"), SPARSE, adam(0.02)), data.digits(), 15)


@well("looks_ill")
def small_inputs_with_adam() -> Case:
    x, y = data.digits()
    return case(compiled(dense(64, 10), SPARSE, adam(0.02)), (0.02 * x, y), 20)


@well("looks_ill")
def split_of_mixed_rows() -> Case:
    return case(compiled(dense(64, 10), SPARSE, adam()), data.digits(), 10, validation_split=0.2)


@well("looks_ill")
def sigmoid_for_ten() -> Case:
    return case(compiled(dense(64, 10, "sigmoid"), DENSE, adam()), data.one_hot(data.digits()))


@well("looks_ill")
def binary_for_ten() -> Case:
    return case(
        compiled(dense(64, 10, "sigmoid"), BINARY, adam(0.01), metrics=["categorical_accuracy"]),
        data.one_hot(data.digits()),
        15,
    )


@well("looks_ill")
def two_rows_two_units() -> Case:
    return case(compiled(dense(30, 2), DENSE, adam()), data.one_hot(data.table("breast_cancer")))


@well("looks_ill")
def relu_raw_outputs() -> Case:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = dense(64, 10, None, (64,))
    return case(compiled(stack((64,), model, layers.LeakyReLU()), loss, adam()), data.digits())


@well("looks_ill")
def tanh_signs() -> Case:
    x, y = data.moons()

    def right(y, p):  # type: ignore[no-untyped-def]
        return ops.cast(ops.equal(ops.sign(p), y), "float32")

    return case(
        compiled(dense(2, 1, "tanh", (16, 16)), "mse", adam(0.01), metrics=[right]),
        (x, (2 * y - 1).astype("float32")),
        15,
    )


@well("looks_ill")
def linear_squares() -> Case:
    x, y = data.table("breast_cancer")
    return case(compiled(dense(30, 1, None, (16,)), "mse", adam(0.005)), (x, y.astype("float32")), 15)


@well("looks_ill")
def softmax_and_from_logits() -> Case:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(dense(64, 10), loss, adam()), data.digits())


@well("looks_ill")
def labels_with_gaps() -> Case:
    x, y = data.blobs(4)
    return case(compiled(dense(8, 40), SPARSE, adam(0.01)), (x, 10 * y + 3), 15)

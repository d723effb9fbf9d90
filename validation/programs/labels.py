"""Programs whose labels are wrong."""

from __future__ import annotations

import numpy as np

from validation.programs import data
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, dense, sgd
from validation.programs.program import Case, case, ill


@ill("label_range", "failed", "https://github.com/rstudio/keras3/issues/465")
def labels_from_one(*, fixed: bool) -> Case:
    x, y = data.table("iris")
    return case(compiled(dense(4, 3), SPARSE, adam(0.01)), (x, y if fixed else y + 1), 25, 16)


@ill("label_range")
def labels_one_and_two(*, fixed: bool) -> Case:
    x, y = data.moons()
    return case(compiled(dense(2, 1, "sigmoid"), BINARY, adam(0.01)), (x, y if fixed else y + 1))


@ill("label_range")
def labels_all_one_class(*, fixed: bool) -> Case:
    x, y = data.table("breast_cancer")
    return case(compiled(dense(30, 1, "sigmoid"), BINARY), (x, y if fixed else np.minimum(y, 0)))


@ill("label_form", "failed")
def numbers_for_categorical(*, fixed: bool) -> Case:
    return case(compiled(dense(13, 3), SPARSE if fixed else DENSE, adam()), data.table("wine"), 25)


@ill("label_form")
def numbers_for_squares(*, fixed: bool) -> Case:
    x, y = data.one_hot(data.digits()) if fixed else data.digits()
    return case(compiled(dense(64, 10), "mse"), (x, y if fixed else y[:, None].astype("float32")))


@ill("labels_unrelated")
def labels_shuffled(*, fixed: bool) -> Case:
    x, y = data.digits()
    return case(compiled(dense(64, 10)), (x, y if fixed else np.random.RandomState(1).permutation(y)))


@ill("labels_unrelated", repaired=False)
def labels_of_noise_two() -> Case:
    return case(compiled(dense(20, 1, "sigmoid", (32, 32)), BINARY), data.noise(2, 1000, 20), 8)


@ill("labels_unrelated")
def inputs_reordered(*, fixed: bool) -> Case:
    x, y = data.table("breast_cancer")
    order = np.argsort(x[:, 0], kind="stable")
    x, y = (x[order], y[order]) if fixed else (x[order], y)
    mixed = np.random.RandomState(2).permutation(len(y))
    return case(compiled(dense(30, 1, "sigmoid"), BINARY, sgd()), (x[mixed], y[mixed]), 10)

"""Programs whose inputs, or the order of whose rows, are wrong."""

from __future__ import annotations

import numpy as np

from validation.programs import data
from validation.programs.nets import SPARSE, adam, compiled, conv, dense, sgd
from validation.programs.program import Case, case, ill


@ill("input_scale", source="https://github.com/keras-team/keras/issues/2711")
def pixels_of_255(*, fixed: bool) -> Case:
    x, y = data.digits()
    return case(compiled(dense(64, 10, hidden=(64, 64)), SPARSE, sgd(0.05)), (x if fixed else 255 * x, y))


def _tall() -> data.Data:
    x, y = data.table("breast_cancer", standard=False)
    return 100 * x, y


@ill("input_scale")
def scaled_twice(*, fixed: bool) -> Case:
    x, y = data.digits()
    return case(compiled(dense(64, 10), SPARSE, sgd(0.1)), (x if fixed else x / 255, y))


@ill("input_scale")
def one_huge_column(*, fixed: bool) -> Case:
    x, y = data.blobs(3, features=5)
    if not fixed:
        x = np.concatenate([x, 1e6 + 1e5 * np.random.RandomState(0).normal(size=(len(x), 1))], 1).astype("float32")
    else:
        x = np.concatenate([x, np.random.RandomState(0).normal(size=(len(x), 1))], 1).astype("float32")
    return case(compiled(dense(6, 3, hidden=(16,)), SPARSE, adam(0.002)), (x, y), 20)


@ill("no_information", source="https://github.com/keras-team/keras/issues/255")
def pixels_divided_whole(*, fixed: bool) -> Case:
    x, y = data.digits()
    x = (255 * x).astype("int64")
    return case(compiled(dense(64, 10), SPARSE, adam()), ((x / 255).astype("float32") if fixed else x // 256, y))


@ill("bad_inputs", "diverged", "https://github.com/keras-team/keras/issues/2134")
def missing_values(*, fixed: bool) -> Case:
    x, y = data.table("wine")
    x = x.copy()
    x[5::17, 2] = 0.0 if fixed else np.nan
    return case(compiled(dense(13, 3), SPARSE, adam()), (x, y), 25)


@ill("sorted_rows", "healthy", "https://github.com/keras-team/keras/issues/8346")
def split_of_sorted(*, fixed: bool) -> Case:
    x, y = data.digits(1000)
    order = np.arange(len(y)) if fixed else np.argsort(y, kind="stable")
    return case(compiled(dense(64, 10)), (x[order], y[order]), 10, validation_split=0.2)


@ill("sorted_rows", "healthy")
def split_of_sorted_pictures(*, fixed: bool) -> Case:
    x, y = data.bars(600, classes=3)
    order = np.arange(len(y)) if fixed else np.argsort(y, kind="stable")
    return case(compiled(conv((10, 10, 1), 3), SPARSE, adam()), (x[order], y[order]), 10, validation_split=0.3)

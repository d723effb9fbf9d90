"""Programs whose figures do not show what the network has learned."""

from __future__ import annotations

import keras
from keras import layers, ops

from validation.programs import data
from validation.programs.nets import SPARSE, adam, compiled, dense, stack
from validation.programs.program import Case, case, ill


@ill("wrong_metric", "healthy")
def labels_of_minus_one(*, fixed: bool) -> Case:
    x, y = data.moons()
    metric = keras.metrics.Hinge(name="hinge")
    signs = (2 * y - 1).astype("float32")

    def sign_accuracy(y, p):  # type: ignore[no-untyped-def]
        return ops.cast(ops.equal(ops.sign(p), y), "float32")

    metrics = [metric, sign_accuracy if fixed else "accuracy"]
    return case(compiled(dense(2, 1, "tanh"), "hinge", adam(0.01), metrics=metrics), (x, signs), 20)


@ill("wrong_metric", "healthy")
def numbers_as_rows(*, fixed: bool) -> Case:
    metric = "sparse_categorical_accuracy" if fixed else "categorical_accuracy"
    return case(compiled(dense(64, 10), metrics=[metric]), data.digits())


@ill("mode_gap", "healthy", "https://github.com/keras-team/keras/issues/6014")
def slow_averages_digits(*, fixed: bool) -> Case:
    x, y = data.digits(600)
    slow = {"momentum": 0.6 if fixed else 0.999}
    parts = [
        part
        for _ in range(2)
        for part in (layers.Dense(32), layers.BatchNormalization(**slow), layers.Activation("relu"))
    ]
    model = stack((64,), *parts, layers.Dense(10, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), (160 + 16 * x, y), 4)

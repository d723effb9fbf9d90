"""Programs that are set up right and train wrongly."""

from __future__ import annotations

import keras
from keras import layers, ops

from validation.programs import data
from validation.programs.nets import BINARY, SPARSE, adam, compiled, dense, sgd, stack
from validation.programs.program import Case, case, ill


@ill("vanishing_gradient")
def sigmoids_moons(*, fixed: bool) -> Case:
    model = dense(2, 1, "sigmoid", (16, 16, 16), "tanh" if fixed else "sigmoid")
    return case(compiled(model, BINARY, adam(0.01) if fixed else sgd(0.01)), data.moons(), 20)


@ill("vanishing_gradient")
def sigmoids_digits(*, fixed: bool) -> Case:
    model = dense(64, 10, hidden=(32,) * 5, act="relu" if fixed else "sigmoid")
    return case(compiled(model, SPARSE, sgd(0.1)), data.digits(), 15)


@ill("vanishing_gradient")
def tiny_weights_deep(*, fixed: bool) -> Case:
    small = "he_normal" if fixed else keras.initializers.RandomNormal(stddev=0.01)
    model = dense(8, 4, hidden=(32,) * 5, kernel_initializer=small)
    return case(compiled(model, SPARSE, sgd(0.1)), data.blobs(4), 15)


@ill("large_steps")
def adam_of_one(*, fixed: bool) -> Case:
    model = dense(64, 10, hidden=(64, 64))
    return case(compiled(model, SPARSE, adam(0.002 if fixed else 1.0)), data.digits())


@ill("large_steps")
def gradient_descent_of_fifty(*, fixed: bool) -> Case:
    model = dense(30, 1, "sigmoid", (32, 32))
    return case(compiled(model, BINARY, sgd(0.1 if fixed else 50.0)), data.table("breast_cancer"))


@ill("dead_units")
def negative_kernels(*, fixed: bool) -> Case:
    low = "he_uniform" if fixed else keras.initializers.RandomUniform(-0.2, -0.01)
    model = stack((10, 10, 1), layers.Conv2D(8, 3, activation="relu", kernel_initializer=low), layers.Flatten(),
                  layers.Dense(1, activation="sigmoid"))  # fmt: skip
    return case(compiled(model, BINARY, adam(0.01)), data.bars(), 15)


@ill("symmetric")
def zero_kernels(*, fixed: bool) -> Case:
    start = "glorot_uniform" if fixed else "zeros"
    model = stack((64,), *(layers.Dense(32, activation="relu", kernel_initializer=start) for _ in range(2)),
                  layers.Dense(10, activation="softmax", kernel_initializer=start))  # fmt: skip
    return case(compiled(model), data.digits())


@ill("symmetric")
def equal_kernels(*, fixed: bool) -> Case:
    start = "glorot_uniform" if fixed else keras.initializers.Constant(0.05)
    model = stack((2,), *(layers.Dense(16, activation="tanh", kernel_initializer=start) for _ in range(2)),
                  layers.Dense(1, activation="sigmoid", kernel_initializer=start))  # fmt: skip
    return case(compiled(model, BINARY, adam(0.01)), data.circles(), 20)


@ill("weight_decay")
def decay_of_eighty(*, fixed: bool) -> Case:
    optimizer = keras.optimizers.AdamW(0.002, weight_decay=0.004 if fixed else 80.0)
    return case(compiled(dense(64, 10, hidden=(64, 64)), SPARSE, optimizer), data.digits())


@ill("weight_decay")
def decay_of_descent(*, fixed: bool) -> Case:
    optimizer = keras.optimizers.SGD(0.1, weight_decay=1e-4 if fixed else 3.0)
    return case(compiled(dense(8, 4, hidden=(32,)), SPARSE, optimizer), data.blobs(4))


@ill("regularizer")
def squares_of_ten(*, fixed: bool) -> Case:
    size = keras.regularizers.L2(1e-4 if fixed else 10.0)
    model = dense(64, 10, hidden=(64, 64), kernel_regularizer=size)
    return case(compiled(model), data.digits())


@ill("regularizer")
def absolutes_of_one(*, fixed: bool) -> Case:
    size = keras.regularizers.L1(1e-5 if fixed else 1.0)
    model = dense(30, 1, "sigmoid", (16, 16), kernel_regularizer=size)
    return case(compiled(model, BINARY, adam(0.005)), data.table("breast_cancer"))


@ill("heavy_dropout")
def dropout_of_digits(*, fixed: bool) -> Case:
    drop = 0.2 if fixed else 0.99
    model = stack((64,), layers.Dense(32, activation="relu"), layers.Dropout(drop), layers.Dense(32, activation="relu"),
                  layers.Dropout(drop), layers.Dense(10, activation="softmax"))  # fmt: skip
    return case(compiled(model), data.digits())


@ill("large_start", "healthy")  # it learns .55 in the epochs in which the repaired one learns .91
def sure_and_wrong(*, fixed: bool) -> Case:
    wide = "glorot_normal" if fixed else keras.initializers.RandomNormal(stddev=10.0)
    model = dense(64, 10, hidden=(32, 32), act="tanh", kernel_initializer=wide)
    return case(compiled(model, SPARSE, sgd(0.01, momentum=0.9)), data.digits(), 8)


@ill("large_start")
def saturated_sigmoids(*, fixed: bool) -> Case:
    wide = "glorot_normal" if fixed else keras.initializers.RandomNormal(stddev=60.0)
    model = dense(2, 1, "sigmoid", (8, 8), "tanh", kernel_initializer=wide)
    return case(compiled(model, BINARY, adam(0.005)), data.circles(), 20)


@ill("non_finite", "diverged", "https://github.com/keras-team/keras/issues/198")
def logarithm_of_zero(*, fixed: bool) -> Case:
    def written(y, p):  # type: ignore[no-untyped-def]
        return -ops.sum(y * ops.log(ops.maximum(p, 1e-7) if fixed else p), axis=-1)

    x, y = data.one_hot(data.blobs(5, features=6))
    return case(compiled(dense(6, 5, hidden=(64,)), written, adam(0.003)), (x if fixed else 60 * x, y))


@ill("non_finite", "diverged")
def root_of_zero(*, fixed: bool) -> Case:
    def length(x):  # type: ignore[no-untyped-def]
        return ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + (1e-6 if fixed else 0.0))

    x, y = data.circles()
    x[::9] = 0.0
    first = layers.Dense(4, use_bias=False), layers.Lambda(length, output_shape=(1,))
    model = stack((2,), *first, layers.Dense(8, activation="tanh"), layers.Dense(1, activation="sigmoid"))
    return case(compiled(model, BINARY, adam(0.01)), (x, y), 20)


@ill("few_steps", "slow")
def slow_descent(*, fixed: bool) -> Case:
    return case(compiled(dense(13, 3, hidden=(16,)), SPARSE, sgd(0.002)), data.table("wine"), 120 if fixed else 3)

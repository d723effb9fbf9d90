"""Programs in which nothing, or not what must be, is trained."""

from __future__ import annotations

import keras
from keras import layers, ops

from validation.programs import data
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, conv, dense, sgd, stack
from validation.programs.program import Case, case, ill


@ill("frozen")
def all_frozen(*, fixed: bool) -> Case:
    model = dense(64, 10)
    model.trainable = fixed
    return case(compiled(model), data.digits())


@ill("frozen")
def frozen_dead_base(*, fixed: bool) -> Case:
    base = layers.Dense(
        32, activation="relu", bias_initializer="zeros" if fixed else keras.initializers.Constant(-50.0)
    )
    base.trainable = fixed
    return case(compiled(stack((64,), base, layers.Dense(10, activation="softmax"))), data.digits())


@ill("no_gradient", "failed", "https://github.com/keras-team/keras/issues/2221")
def rounded_output(*, fixed: bool) -> Case:
    end = () if fixed else (layers.Lambda(ops.round),)
    model = stack((8,), layers.Dense(20, activation="relu"), layers.Dense(4), *end)
    return case(compiled(model, "mse", adam()), data.one_hot(data.blobs(4)), 20)


@ill("no_gradient", "failed")
def loss_of_classes(*, fixed: bool) -> Case:
    def wrong_rows(y, p):  # type: ignore[no-untyped-def]
        return ops.mean(ops.cast(ops.not_equal(ops.argmax(y, -1), ops.argmax(p, -1)), "float32"))

    return case(compiled(dense(13, 3), DENSE if fixed else wrong_rows, adam()), data.one_hot(data.table("wine")), 20)


@ill("no_gradient")
def rounded_inside(*, fixed: bool) -> Case:
    middle = layers.Activation("tanh") if fixed else layers.Lambda(lambda x: ops.round(0.3 * x))
    model = stack(
        (2,), layers.Dense(16, activation="tanh"), layers.Dense(4), middle, layers.Dense(1, activation="sigmoid")
    )
    return case(compiled(model, BINARY, adam(0.01)), data.circles(), 20)


@ill("small_rate", source="https://github.com/keras-team/keras/issues/13815")
def adadelta_default(*, fixed: bool) -> Case:
    optimizer = keras.optimizers.Adadelta(1.0 if fixed else 0.001)
    return case(compiled(conv((8, 8, 1), 10), DENSE, optimizer), data.one_hot(data.pictures()), 10)


@ill("small_rate")
def rate_zero(*, fixed: bool) -> Case:
    return case(compiled(dense(30, 1, "sigmoid"), BINARY, adam(0.002 if fixed else 0.0)), data.table("breast_cancer"))


@ill("decayed_rate")
def decays_in_steps(*, fixed: bool) -> Case:
    rate = keras.optimizers.schedules.ExponentialDecay(0.02, 1000 if fixed else 2, 0.7)
    return case(
        compiled(dense(64, 10), SPARSE, keras.optimizers.SGD(rate, momentum=0.9 if fixed else 0.0)), data.digits(), 15
    )


@ill("decayed_rate")
def callback_decays(*, fixed: bool) -> Case:
    def rate(epoch: int) -> float:
        return 0.02 * (0.9 if fixed else 0.001) ** (epoch + (0 if fixed else 0.5))

    callbacks = [keras.callbacks.LearningRateScheduler(rate)]
    model = dense(8, 4, hidden=(32, 32), act="tanh")
    return case(compiled(model, SPARSE, sgd(0.02, momentum=0.9 if fixed else 0.0)), data.blobs(4), callbacks=callbacks)


@ill("precision", "diverged")
def half_precision_adam(*, fixed: bool) -> Case:
    kind = {"dtype": "float32" if fixed else "float16"}
    model = stack((64,), layers.Dense(32, activation="relu", **kind), layers.Dense(10, activation="softmax", **kind))
    return case(compiled(model, DENSE, keras.optimizers.Adam(0.003, epsilon=1e-8)), data.one_hot(data.digits()))

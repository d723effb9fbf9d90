"""Programs whose output and loss do not fit each other."""

from __future__ import annotations

import keras
from keras import layers, ops

from validation.programs import data
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, conv, dense, sgd, stack
from validation.programs.program import Case, case, ill


@ill("one_softmax", source="https://github.com/keras-team/keras/issues/126")
def softmax_one_pictures(*, fixed: bool) -> Case:
    model = conv((10, 10, 1), 1, "sigmoid" if fixed else "softmax")
    return case(compiled(model, "mse", adam()), data.bars())


@ill("loss_mismatch", "failed")
def sigmoid_sparse(*, fixed: bool) -> Case:
    return case(compiled(dense(2, 1, "sigmoid"), BINARY if fixed else SPARSE, adam(0.01)), data.moons())


@ill("loss_mismatch")
def sign_of_loss(*, fixed: bool) -> Case:
    def likelihood(y, p):  # type: ignore[no-untyped-def]
        right = ops.sum(y * ops.log(p + 1e-6), axis=-1)
        return -right if fixed else right

    return case(compiled(dense(64, 10), likelihood), data.one_hot(data.digits()))


@ill("loss_mismatch")
def difference_of_sums(*, fixed: bool) -> Case:
    def loss(y, p):  # type: ignore[no-untyped-def]
        return ops.sum(ops.square(y - p), axis=-1) if fixed else ops.square(ops.sum(y, axis=-1) - ops.sum(p, axis=-1))

    return case(compiled(dense(13, 3), loss, adam()), data.one_hot(data.table("wine")), 25)


@ill("logits_as_probabilities", source="https://github.com/tensorflow/docs/pull/2102")
def raw_digits(*, fixed: bool) -> Case:
    loss = keras.losses.CategoricalCrossentropy(from_logits=fixed)
    return case(compiled(dense(64, 10, None), loss), data.one_hot(data.digits()))


@ill("double_softmax")
def softmax_twice(*, fixed: bool) -> Case:
    model = stack((64,), layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax"),
                  *(() if fixed else (layers.Softmax(),)))  # fmt: skip
    return case(compiled(model, SPARSE, sgd(0.05)), data.digits(), 10)


@ill("double_softmax")
def softmax_inside_own_layer(*, fixed: bool) -> Case:
    class Named(layers.Layer):
        def call(self, x):  # type: ignore[no-untyped-def]
            return ops.reshape(x, (-1, 10))

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=not fixed)
    model = stack((8, 8, 1), layers.Flatten(), layers.Dense(32, activation="tanh"),
                  layers.Dense(10, activation="softmax"), Named())  # fmt: skip
    return case(compiled(model, loss, sgd(0.05)), data.pictures(), 10)


@ill("wrong_axis", "healthy")  # it learns .91 where the repaired one learns .95; a row by itself gets class 0
def softmax_over_rows(*, fixed: bool) -> Case:
    model = stack((64,), layers.Dense(32, activation="relu"), layers.Dense(10), layers.Softmax(axis=-1 if fixed else 0))
    return case(compiled(model, DENSE, sgd(0.1)), data.one_hot(data.digits()), 10, 16)


@ill("wrong_axis")
def softmax_over_ones(*, fixed: bool) -> Case:
    model = stack((13,), layers.Dense(16, activation="relu"), layers.Dense(3), layers.Reshape((1, 3)),
                  layers.Softmax(axis=2 if fixed else 1), layers.Reshape((3,)))  # fmt: skip
    return case(compiled(model, DENSE, adam()), data.one_hot(data.table("wine")), 25)


@ill("head_cuts", source="https://github.com/keras-team/keras/issues/12096")
def relu_head_digits(*, fixed: bool) -> Case:
    model = dense(64, 10, "softmax" if fixed else "relu", (64,))
    return case(compiled(model, DENSE, sgd(0.1)), data.one_hot(data.digits()))


class ShapedModel(keras.Model):
    """A model whose last step hides the logits from the loss."""

    def __init__(self, *, fixed: bool) -> None:
        super().__init__()
        wide = {"kernel_initializer": keras.initializers.RandomNormal(stddev=0.5)}
        self.first = layers.Dense(128, activation="relu", **wide)
        self.second = layers.Dense(128, activation="relu", **wide)
        self.last, self.fixed = layers.Dense(10, **({} if fixed else wide)), fixed

    def call(self, x):  # type: ignore[no-untyped-def]
        x = self.last(self.second(self.first(x)))
        return x * 0.01 if self.fixed else ops.reshape(ops.softmax(x), (-1, 10))

"""Programs that no rule was set by: they were first audited after the last change of the rules."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, conv, dense, sgd, stack
from validation.programs.program import Case, case, ill, well


@ill("one_softmax", part="fresh")
def softmax_one_cancer(*, fixed: bool) -> Case:
    model = dense(30, 1, "sigmoid" if fixed else "softmax", (24, 12), "tanh")
    return case(compiled(model, BINARY, keras.optimizers.RMSprop(0.003)), data.table("breast_cancer"))


@ill("frozen", part="fresh")
def zero_vectors_recurrent(*, fixed: bool) -> Case:
    table = layers.Embedding(400, 12, embeddings_initializer="uniform" if fixed else "zeros", trainable=fixed)
    model = stack((20,), table, layers.GRU(12), layers.Dense(2, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), data.words(), 10)


@ill("information_lost", part="fresh")
def mean_of_picture(*, fixed: bool) -> Case:
    pool = layers.Flatten() if fixed else layers.GlobalAveragePooling2D()
    model = stack((10, 10, 1), pool, layers.Dense(32, activation="relu"), layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), data.bars(600, classes=3), 20)


@ill("labels_unrelated", repaired=False, part="fresh")
def coins() -> Case:
    x, y = data.table("wine")
    return case(
        compiled(dense(13, 2, hidden=(24, 24)), SPARSE, adam()), (x, np.random.RandomState(8).randint(0, 2, len(y)))
    )


@ill("input_scale", part="fresh")
def wine_as_measured(*, fixed: bool) -> Case:
    model = dense(13, 3, hidden=(24,), act="tanh")
    return case(compiled(model, SPARSE, sgd(0.05)), data.table("wine", standard=fixed), 20)


@ill("decayed_rate", part="fresh")
def steps_down_at_once(*, fixed: bool) -> Case:
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([5000 if fixed else 4], [0.1, 1e-8])
    return case(compiled(dense(64, 10), SPARSE, keras.optimizers.SGD(rate)), data.digits(), 15)


@ill("clipped_away", part="fresh")
def clipped_to_nothing(*, fixed: bool) -> Case:
    optimizer = keras.optimizers.SGD(0.1, clipvalue=1.0 if fixed else 1e-8)
    return case(compiled(dense(64, 10, act="tanh"), SPARSE, optimizer), data.digits(), 15)


@ill("weight_decay", part="fresh")
def lion_decays(*, fixed: bool) -> Case:
    optimizer = keras.optimizers.Lion(0.001, weight_decay=0.01 if fixed else 200.0)
    return case(compiled(dense(30, 1, "sigmoid", (24, 24)), BINARY, optimizer), data.table("breast_cancer"))


@ill("sorted_rows", part="fresh")
def sorted_and_kept_so(*, fixed: bool) -> Case:
    x, y = data.digits(1000)
    order = np.argsort(y[:750], kind="stable")
    x[:750], y[:750] = x[order], y[order]
    return case(compiled(dense(64, 10), SPARSE, sgd(0.3)), (x, y), 10, shuffle=fixed)


@ill("names_as_amounts", part="fresh")
def words_into_dense(*, fixed: bool) -> Case:
    first = (layers.Embedding(400, 16), layers.GlobalAveragePooling1D()) if fixed else ()
    model = stack((20,), *first, layers.Dense(64, activation="relu"), layers.Dense(1, activation="sigmoid"))
    return case(compiled(model, BINARY, adam()), data.words(2, 1200), 12)


@ill("symmetric", part="fresh")
def ones_everywhere(*, fixed: bool) -> Case:
    start = "he_normal" if fixed else "ones"
    model = dense(8, 4, hidden=(24, 24), act="relu", kernel_initializer=start)
    return case(compiled(model, SPARSE, adam(0.003)), data.blobs(4), 12)


@ill("small_rate", part="fresh")
def rate_of_a_millionth(*, fixed: bool) -> Case:
    return case(
        compiled(conv((8, 8, 1), 10), SPARSE, keras.optimizers.RMSprop(0.002 if fixed else 1e-7)), data.pictures()
    )


@ill("label_range", "failed", part="fresh")
def ten_labels_nine_units(*, fixed: bool) -> Case:
    return case(compiled(dense(64, 10 if fixed else 9), SPARSE, adam()), data.digits())


@well("looks_ill", part="fresh")
def hinge_of_zero_and_one() -> Case:
    x, y = data.table("breast_cancer")
    return case(compiled(dense(30, 1, "tanh", (16,)), "hinge", adam()), (x, y.astype("float32")), 15)


@well(part="fresh")
def gru_of_words() -> Case:
    model = stack((20,), layers.Embedding(400, 16), layers.GRU(16), layers.Dense(1, activation="sigmoid"))
    return case(compiled(model, BINARY, adam(0.01)), data.words(2, 1200), 10)


@well(part="fresh")
def residual_normalized() -> Case:
    given = keras.Input((64,))
    x = layers.Dense(32)(given)
    x = layers.Add()([x, layers.Dense(32, activation="gelu")(layers.LayerNormalization()(x))])
    model = keras.Model(given, layers.Dense(10, activation="softmax")(x))
    return case(compiled(model, SPARSE, adam()), data.digits())


@well("looks_ill", part="fresh")
def rare_class_weighted() -> Case:
    x, y = data.blobs(3, 900, 6, 1.5, seed=2)
    keep = (y > 0) | (np.random.RandomState(1).uniform(size=len(y)) < 0.15)
    return case(
        compiled(dense(6, 3), SPARSE, adam(0.01)), (x[keep], y[keep]), 15, class_weight={0: 6.0, 1: 1.0, 2: 1.0}
    )


@well(part="fresh")
def adagrad_of_a_tenth() -> Case:
    return case(compiled(dense(64, 10), SPARSE, keras.optimizers.Adagrad(0.1)), data.digits())


@well(part="fresh")
def separable_pictures() -> Case:
    parts = layers.SeparableConv2D(16, 3, activation="swish"), layers.GlobalAveragePooling2D()
    model = stack((8, 8, 1), layers.Conv2D(16, 3, activation="relu"), *parts, layers.Dense(10, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), data.pictures(1200), 25)


@well("looks_ill", part="fresh")
def smoothed_labels() -> Case:
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.4)
    return case(compiled(dense(64, 10), loss, adam()), data.one_hot(data.digits()))


@well("looks_ill", part="fresh")
def loss_of_thousands() -> Case:
    def thousandfold(y, p):  # type: ignore[no-untyped-def]
        return 1000.0 * keras.losses.categorical_crossentropy(y, p)

    return case(compiled(dense(13, 3), thousandfold, adam()), data.one_hot(data.table("wine")), 20)


@well("looks_ill", part="fresh")
def penalized_and_fine() -> Case:
    model = dense(64, 10, hidden=(64, 64), kernel_regularizer=keras.regularizers.L2(0.01))
    return case(compiled(model, SPARSE, adam()), data.digits(), 15)


@well("looks_ill", part="fresh")
def waits_on_a_plateau() -> Case:
    callbacks = [keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=3)]
    return case(
        compiled(dense(30, 2, hidden=(16,)), SPARSE, adam(0.01)), data.table("breast_cancer"), callbacks=callbacks
    )


@well("looks_ill", part="fresh")
def shifted_far() -> Case:
    x, y = data.blobs(4)
    shifted = (10 + x, y)
    norm = layers.BatchNormalization(momentum=0.8)
    model = stack((8,), norm, layers.Dense(24, activation="relu"), layers.Dense(4, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.01)), shifted, 15)


@well("looks_ill", part="fresh")
def one_hot_and_squares() -> Case:
    model = dense(64, 10, "sigmoid", (48,))
    return case(compiled(model, "mse", adam(0.005)), data.one_hot(data.digits()), 15)


@well(part="fresh")
def own_cosine_head() -> Case:
    class Angles(layers.Layer):
        def build(self, shape):  # type: ignore[no-untyped-def]
            self.kernel = self.add_weight(shape=(shape[-1], 10), initializer="glorot_uniform", name="kernel")

        def call(self, x):  # type: ignore[no-untyped-def]
            return 12.0 * ops.matmul(ops.normalize(x, axis=-1), ops.normalize(self.kernel, axis=0))

    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model = stack((64,), layers.Dense(32, activation="relu"), Angles())
    return case(compiled(model, loss, adam()), data.one_hot(data.digits()))


@well("looks_ill", part="fresh")
def probabilities_and_dense_loss() -> Case:
    return case(
        compiled(dense(4, 3, hidden=(12,), act="elu"), DENSE, adam(0.02)), data.one_hot(data.table("iris")), 25, 16
    )

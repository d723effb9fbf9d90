"""Programs with a fault that were written third, without a look at the rules: most are rebuilt from public reports."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data, more_data
from validation.programs.nets import BINARY, DENSE, SPARSE, adam, compiled, dense, sgd, stack
from validation.programs.program import Case, case, ill

PART = "fresh_3"
GITHUB = "https://github.com/"


def streamed(made: Case, buffer: int) -> Case:
    """Return a program whose rows come from a `tf.data.Dataset` with a buffer for mixing them."""
    import tensorflow as tf

    fit = dict(made.fit)
    rows = tf.data.Dataset.from_tensor_slices((made.x, made.y)).shuffle(buffer).batch(fit.pop("batch_size"))
    return Case(made.model, rows, None, fit)


@ill("one_softmax", source="https://boohere.com/de/detail/80265.html", part=PART)
def are_they_the_same(*, fixed: bool) -> Case:
    left, right = keras.Input((64,)), keras.Input((64,))
    tower = layers.Dense(32, activation="elu")
    apart = ops.absolute(tower(left) - tower(right))
    out = layers.Dense(1, activation="sigmoid" if fixed else "softmax")(layers.Dense(16, activation="elu")(apart))
    model = keras.Model([left, right], out)
    return case(compiled(model, BINARY, keras.optimizers.Nadam(0.003)), more_data.pairs(), 8, 16)


@ill("head_cuts", source=f"{GITHUB}keras-team/keras/issues/7994", part=PART)
def tanh_ends_six_classes(*, fixed: bool) -> Case:
    model = stack(
        (20,),
        layers.Embedding(400, 12),
        layers.Conv1D(16, 3, activation="tanh"),
        layers.GlobalMaxPooling1D(),
        layers.Dense(6, activation="softmax" if fixed else "tanh"),
    )
    optimizer = sgd(0.3, momentum=0.9, nesterov=True)
    return case(compiled(model, DENSE, optimizer), data.one_hot(data.words(6, 1200)), 10, 64)


@ill("labels_unrelated", source=f"{GITHUB}udacity/sdc-issue-reports/issues/1326", part=PART)
def mixed_one_by_one(*, fixed: bool) -> Case:
    import tensorflow as tf

    model = dense(20, 5, hidden=(40,), act="gelu")
    made = case(compiled(model, SPARSE, keras.optimizers.Adamax(0.01)), more_data.mixture(apart=2.0), 8, 10)
    if fixed:
        return streamed(made, 750)
    x, y = (tf.data.Dataset.from_tensor_slices(part).shuffle(750) for part in (made.x, made.y))
    rows = tf.data.Dataset.zip((x, y)).batch(10)
    return Case(made.model, rows, None, {name: what for name, what in made.fit.items() if name != "batch_size"})


@ill("input_scale", part=PART)
def pressures_in_pascal(*, fixed: bool) -> Case:
    x, y = more_data.tones(3, 600)
    x = x if fixed else 101_325 + 150 * x
    model = stack((24, 2), layers.GRU(12), layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, adam(0.02)), (x, y), 40, 128)


@ill("names_as_amounts", part=PART)
def items_by_number(*, fixed: bool) -> Case:
    first = (layers.Embedding(300, 8), layers.Flatten()) if fixed else ()
    parts = layers.Dense(24, activation="selu"), layers.Dense(5, activation="softmax")
    return case(compiled(stack((1,), *first, *parts), SPARSE, adam(0.01)), more_data.numbers_of_items(), 14, 128)


class Reader(keras.Model):
    """A subclassed reader of words, which takes the mean over them or reads them in order."""

    def __init__(self, *, fixed: bool) -> None:
        super().__init__()
        self.vectors, self.steps = layers.Embedding(8, 6), layers.GRU(12) if fixed else None
        self.hidden, self.out = layers.Dense(16, activation="relu"), layers.Dense(2, activation="softmax")

    def call(self, x: Any) -> Any:
        x = self.vectors(x)
        return self.out(self.hidden(ops.mean(x, axis=1) if self.steps is None else self.steps(x)))


@ill("information_lost", part=PART)
def mean_forgets_the_order(*, fixed: bool) -> Case:
    return case(compiled(Reader(fixed=fixed), SPARSE, adam(0.02)), more_data.ordered(), 42, 300)


@ill("no_gradient", source=f"{GITHUB}keras-team/keras/issues/11157", part=PART)
def looks_at_one_place(*, fixed: bool) -> Case:
    given = keras.Input((32, 5))
    scores = layers.Dense(1, kernel_initializer="zeros")(layers.Dense(6, activation="tanh")(given))
    chosen = ops.softmax(scores, axis=1) if fixed else ops.one_hot(ops.argmax(scores[..., 0], axis=1), 32)[..., None]
    seen = ops.sum(chosen * given, axis=1)
    model = keras.Model(given, layers.Dense(4, activation="softmax")(layers.Dense(12, activation="relu")(seen)))
    return case(compiled(model, SPARSE, adam(0.02)), more_data.marked(1600, 32), 16, 64)


@ill("decayed_rate", source=f"{GITHUB}fizyr/keras-retinanet/pull/1370", part=PART)
def impatient_with_a_plateau(*, fixed: bool) -> Case:
    wait = keras.callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=30 if fixed else 1, min_delta=0.05)
    model = dense(64, 10, hidden=(32, 32, 32), act="sigmoid")
    return case(compiled(model, SPARSE, adam(0.02)), data.digits(1000), 60, 256, callbacks=[wait])


class Clipped(keras.Model):
    """A subclassed model whose own step clips the slopes."""

    def __init__(self, bound: float) -> None:
        super().__init__()
        self.first, self.out, self.bound = layers.Dense(24, activation="relu"), layers.Dense(3), bound

    def call(self, x: Any) -> Any:
        return self.out(self.first(x))

    def train_step(self, rows: Any) -> dict[str, Any]:
        """Train on a batch."""
        import tensorflow as tf

        x, y = rows[:2]
        with tf.GradientTape() as tape:
            raw = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=raw)
        slopes = [tf.clip_by_norm(slope, self.bound) for slope in tape.gradient(loss, self.trainable_variables)]
        self.optimizer.apply_gradients(zip(slopes, self.trainable_variables, strict=True))
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, raw)
        return {metric.name: metric.result() for metric in self.metrics}


@ill("clipped_away", source=f"{GITHUB}tensorflow/tensorflow/issues/33929", part=PART)
def own_step_clips(*, fixed: bool) -> Case:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = compiled(Clipped(1.0 if fixed else 1e-6), loss, sgd(0.05, momentum=0.9))
    return case(model, more_data.rings(), 15, 10)


@ill("regularizer", source=f"{GITHUB}keras-team/keras/issues/2767", part=PART)
def outputs_held_at_zero(*, fixed: bool) -> Case:
    held = keras.regularizers.L1(1e-5 if fixed else 1.0)
    parts = [layers.Conv1D(16, 5, activation="relu", activity_regularizer=held), layers.GlobalAveragePooling1D()]
    model = stack((32, 1), *parts, layers.Dense(12, activation="relu"), layers.Dense(1, activation="sigmoid"))
    return case(compiled(model, BINARY, adam(0.01)), data.waves(640), 15, 20)


@ill("heavy_dropout", source=f"{GITHUB}bonlime/keras-deeplab-v3-plus/issues/4", part=PART)
def share_to_keep(*, fixed: bool) -> Case:
    parts = [
        part
        for width in (32, 24, 16)
        for part in (layers.Dense(width, activation="relu"), layers.Dropout(0.05 if fixed else 0.95))
    ]
    model = stack((20,), *parts, layers.Dense(5, activation="softmax"))
    return case(compiled(model, SPARSE, keras.optimizers.RMSprop(0.005)), more_data.mixture(apart=2.0), 30, 64)


@ill("vanishing_gradient", source=f"{GITHUB}keras-team/keras/issues/20898", part=PART)
def zeros_behind_the_words(*, fixed: bool) -> Case:
    model = stack(
        (80,), layers.Embedding(60, 8, mask_zero=fixed), layers.LSTM(12), layers.Dense(1, activation="sigmoid")
    )
    return case(compiled(model, BINARY, adam(0.01)), more_data.padded(), 8, 32)


@ill("loss_mismatch", source=f"{GITHUB}keras-team/keras/issues/1875", part=PART)
def weights_of_whole_numbers(*, fixed: bool) -> Case:
    x, y = more_data.mixture(2, 800, apart=1.0)
    keep = (y == 0) | (np.random.RandomState(1).uniform(size=len(y)) < 0.7)
    x, y = x[keep], y[keep]
    sizes = np.bincount(y)
    weights = {name: float(len(y) / (2 * size) if fixed else len(y) // (2 * size)) for name, size in enumerate(sizes)}
    return case(compiled(dense(20, 1, "sigmoid", (16,)), BINARY, adam(0.005)), (x, y), 10, 7, class_weight=weights)


@ill("large_steps", source=f"{GITHUB}tensorflow/models/pull/10531", part=PART)
def warms_up_for_ever(*, fixed: bool) -> Case:
    def rate(epoch: int) -> float:
        return float(0.002 * 1.2 ** min(epoch, 8 if fixed else 99))

    model = dense(2, 3, hidden=(48, 48))
    rising = keras.callbacks.LearningRateScheduler(rate)
    return case(compiled(model, SPARSE, adam(0.002)), more_data.spirals(), 45, 64, callbacks=[rising])


@ill("bad_inputs", "diverged", f"{GITHUB}keras-team/keras/issues/1880", part=PART)
def divided_by_no_deviation(*, fixed: bool) -> Case:
    x, y = data.digits(700)
    with np.errstate(invalid="ignore"):
        x = (x - x.mean(0)) / (x.std(0) + (1e-7 if fixed else 0.0))
    return case(compiled(dense(64, 10, hidden=(24,), act="tanh"), SPARSE, sgd(0.1)), (x, y), 10, 128)


@ill("non_finite", "diverged", f"{GITHUB}mkocabas/focal-loss-keras/issues/5", part=PART)
def root_of_what_is_left(*, fixed: bool) -> Case:
    def focal(y: Any, p: Any) -> Any:
        right = ops.sum(y * p, axis=-1)
        right = ops.clip(right, 1e-6, 1 - 1e-6) if fixed else right
        return -ops.sqrt(1 - right) * ops.log(right + 1e-7)

    return case(compiled(dense(20, 4, hidden=(64,)), focal, adam(0.01)),
                data.one_hot(data.blobs(4, 600, 20, 1.0)), 25, 32)  # fmt: skip


@ill("non_finite", "diverged", part=PART)
def rows_without_words(*, fixed: bool) -> Case:
    x, y = data.words(4, 1200, 16)
    x[70::400] = 0
    given = keras.Input((16,))
    there = ops.cast(given > 0, "float32")[..., None]
    count = ops.sum(there, axis=1)
    mean = ops.sum(layers.Embedding(400, 12)(given) * there, axis=1) / (ops.maximum(count, 1.0) if fixed else count)
    model = keras.Model(given, layers.Dense(4)(layers.Dense(16, activation="tanh")(mean)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return case(compiled(model, loss, keras.optimizers.Lion(0.001)), (x, y), 12, 15)


@ill("precision", "diverged", f"{GITHUB}keras-team/keras/issues/4032", part=PART)
def own_softmax_of_half_precision(*, fixed: bool) -> Case:
    def shares(x: Any) -> Any:
        return ops.exp(x) / ops.sum(ops.exp(x), axis=-1, keepdims=True)

    kind = {"dtype": "float32" if fixed else "float16"}
    model = stack((12,), layers.Dense(48, activation="relu", **kind), layers.Dense(12, activation=shares, **kind))
    return case(compiled(model, SPARSE, sgd(0.2)), data.blobs(12, 840, 12, 1.0), 12, 42)

"""Programs without a fault that were written fifth: some plainly learn, as many only look ill."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from validation.programs import data, fifth_data, fifth_nets, fourth_data, more_data
from validation.programs.fresh_5 import PART
from validation.programs.nets import BINARY, SPARSE, adam, compiled, dense, sgd, stack
from validation.programs.program import Case, case, well


@well(part=PART)
def notes_as_strings() -> Case:
    import tensorflow as tf

    texts, y = fifth_data.notes(600)
    words = layers.TextVectorization(200, output_sequence_length=8)
    words.adapt(texts)
    parts = [words, layers.Embedding(200, 8), layers.GlobalAveragePooling1D(), layers.Dense(3, activation="softmax")]
    model = keras.Sequential([keras.Input((), dtype="string"), *parts])
    made = case(compiled(model, SPARSE, adam(0.02)), (texts, y), 10, 30)
    tested, names = made.fit["validation_data"]
    rows = tf.data.Dataset.from_tensor_slices((made.x.astype(str), made.y)).shuffle(450).batch(30)
    return Case(made.model, rows, None, {"epochs": 10, "validation_data": (tf.constant(tested.astype(str)), names)})


@well(part=PART)
def rings_stars_and_groups() -> Case:
    nodes, joined = keras.Input((8, 2)), keras.Input((8, 8))
    seen = fifth_nets.Joined(16)(fifth_nets.Joined(16)(nodes, joined), joined)
    read = layers.Concatenate()([ops.max(seen, axis=1), ops.mean(seen, axis=1)])
    model = keras.Model([nodes, joined], layers.Dense(3, activation="softmax")(read))
    return case(compiled(model, SPARSE, keras.optimizers.Lamb(0.02)), fifth_data.graphs(700), 12, 35)


@well(part=PART)
def pictures_beside_columns() -> Case:
    picture, columns = keras.Input((9, 9, 1)), keras.Input((2,))
    seen = layers.GlobalMaxPooling2D()(layers.Conv2D(8, 7, activation="relu")(picture))
    joined = layers.Concatenate()([seen, layers.Dense(6, activation="tanh")(columns)])
    out = layers.Dense(4, activation="softmax")(layers.Dense(16, activation="relu")(joined))
    model = compiled(keras.Model([picture, columns], out), SPARSE, adam(0.01))
    return case(model, fifth_data.bars_and_sizes(700), 12, 25, class_weight={0: 1.0, 1: 1.5, 2: 1.0, 3: 0.5})


@well(part=PART)
def frames_one_after_another() -> Case:
    frame = stack((8, 8, 1), layers.Conv2D(6, 3, activation="relu"), layers.Flatten(), layers.Dense(16, "tanh"))
    model = stack((6, 8, 8, 1), layers.TimeDistributed(frame), layers.GRU(20), layers.Dense(4, activation="softmax"))
    return case(compiled(model, SPARSE, keras.optimizers.RMSprop(0.006)), fifth_data.films(640), 12, 32)


@well(part=PART)
def gradients_from_uphill() -> Case:
    given = keras.Input((2,))
    inner = layers.Dense(32, activation="relu")(layers.Dense(32, activation="relu")(given))
    model = fifth_nets.TwoSteps(given, layers.Dense(3, activation="softmax")(inner))
    return case(compiled(model, SPARSE, adam(0.01)), more_data.spirals(3, 800, 0.5), 20, 40)


@well(part=PART)
def cell_of_one_gate() -> Case:
    parts = [layers.Embedding(8, 6), layers.RNN(fifth_nets.OneGate(16)), layers.Dense(1, activation="sigmoid")]
    return case(compiled(stack((10,), *parts), "mse", adam(0.02)), more_data.ordered(1200), 12, 40)


@well(part=PART)
def channels_that_are_weighed() -> Case:
    given = keras.Input((12, 12, 3))
    x = layers.GroupNormalization(4)(layers.SeparableConv2D(16, 3, activation="swish")(given))
    shares = layers.Dense(16, activation="hard_sigmoid")(layers.Dense(4, "relu")(layers.GlobalAveragePooling2D()(x)))
    x = layers.GlobalMaxPooling2D()(layers.Multiply()([x, layers.Reshape((1, 1, 16))(shares)]))
    model = keras.Model(given, layers.Dense(3, activation="softmax")(layers.Dropout(0.2)(x)))
    return case(compiled(model, SPARSE, keras.optimizers.Adamax(0.02)), more_data.textures(600), 12, 30)


@well(part=PART)
def nearest_prototype() -> Case:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    x, y = more_data.mixture(4, 900, 12, apart=2.0)
    return case(compiled(fifth_nets.Prototypes(4), loss, adam(0.01)), (x, y), 12, 27)


@well(part=PART)
def margins_in_brain_floats() -> Case:
    kind = {"dtype": "mixed_bfloat16"}
    parts = [layers.Dense(32, activation="relu", **kind), layers.UnitNormalization(**kind), layers.Dense(10)]
    model = stack((64,), *parts)
    optimizer = keras.optimizers.SGD(0.5, momentum=0.8, nesterov=True)
    return case(compiled(model, "categorical_hinge", optimizer), data.one_hot(data.digits(1000)), 10, 30)


@well("looks_ill", part=PART)
def sums_modulo_eleven() -> Case:
    parts = [layers.Embedding(11, 16), layers.Flatten(), layers.Dense(64, activation="relu")]
    optimizer = keras.optimizers.AdamW(0.004, weight_decay=0.02)
    model = stack((2,), *parts, layers.Dense(11, activation="softmax"))
    return case(compiled(model, SPARSE, optimizer), fifth_data.sums(1600), 30, 60)


class Swinging(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that swings between nearly nothing and far too much."""

    def __init__(self, low: float, top: float, steps: int) -> None:
        self.low, self.top, self.steps = low, top, steps

    def __call__(self, step: Any) -> Any:
        part = ops.mod(ops.cast(step, "float32") / self.steps, 1.0)
        return self.low + (self.top - self.low) * (1 - ops.abs(2 * part - 1))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {"low": self.low, "top": self.top, "steps": self.steps}


@well("looks_ill", part=PART)
def swings_of_the_rate() -> Case:
    optimizer = keras.optimizers.SGD(Swinging(1e-4, 3.0, 75))
    model = dense(20, 5, hidden=(32,), act="tanh")
    return case(compiled(model, SPARSE, optimizer), more_data.mixture(5, 1000, apart=2.0), 15, 30)


@well("looks_ill", part=PART)
def three_times_through() -> Case:
    model = dense(64, 10, hidden=(40,), act="selu", kernel_initializer="lecun_normal")
    return case(compiled(model, SPARSE, keras.optimizers.Adagrad(0.03)), data.digits(1797), 3, 8)


@well("looks_ill", part=PART)
def one_batch_of_sixty_rows() -> Case:
    x, y = data.table("iris")
    model = dense(4, 3, hidden=(8,), act="sigmoid")
    return case(compiled(model, SPARSE, adam(0.05)), (x[:80], y[:80]), 60, 60)


@well("looks_ill", part=PART)
def half_at_best() -> Case:
    model = dense(6, 4, hidden=(16,), act="relu")
    return case(compiled(model, SPARSE, adam(0.005)), fifth_data.overlapping(2000), 8, 50)


@well("looks_ill", part=PART)
def averaged_over_a_hundred_steps() -> Case:
    optimizer = keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.99)
    parts = [layers.Conv1D(8, 5, activation="relu"), layers.MaxPooling1D(2), layers.Flatten()]
    model = stack((40, 3), *parts, layers.Dense(3, activation="softmax"))
    return case(compiled(model, SPARSE, optimizer), fourth_data.bumps(800), 16, 30)


@well("looks_ill", part=PART)
def loss_below_zero() -> Case:
    loss = keras.losses.CosineSimilarity()
    model = dense(13, 3, None, (24,), "elu")
    return case(compiled(model, loss, adam(0.01)), data.one_hot(data.table("wine")), 12, 19)


@well("looks_ill", part=PART)
def easy_rows_first() -> Case:
    x, y = data.circles(1000)
    far = np.abs(np.linalg.norm(x[:750], axis=1) - 0.7)
    order = np.argsort(-far)
    x[:750], y[:750] = x[order], y[order]
    return case(compiled(dense(2, 1, "sigmoid", (24, 24)), BINARY, adam(0.01)), (x, y), 12, 30, shuffle=False)


@well("looks_ill", part=PART)
def most_units_are_silent() -> Case:
    low = keras.initializers.RandomUniform(-1.6, 0.1)
    hidden = layers.Dense(160, activation="relu", bias_initializer=low)
    return case(compiled(stack((64,), hidden, layers.Dense(10, activation="softmax")), SPARSE, sgd(0.3)),
                data.digits(1000), 12, 25)  # fmt: skip

"""Programs that learn: layers, models and optimizers of all kinds."""

from __future__ import annotations

import keras
from keras import layers

from validation.programs import data
from validation.programs.nets import SPARSE, adam, compiled, dense, stack
from validation.programs.program import Case, case, well


@well()
def digits_batch_norm() -> Case:
    model = stack((64,), layers.Dense(32), layers.BatchNormalization(momentum=0.9), layers.Activation("relu"),
                  layers.Dense(10, activation="softmax"))  # fmt: skip
    return case(compiled(model, SPARSE, adam()), data.digits(), 15)


@well()
def digits_dropout() -> Case:
    model = stack(
        (64,), layers.Dense(64, activation="relu"), layers.Dropout(0.4), layers.Dense(10, activation="softmax")
    )
    return case(compiled(model, SPARSE, adam()), data.digits())


class OwnModel(keras.Model):
    """A subclassed model with a dictionary of layers and a residual path."""

    def __init__(self, units: int, head: str | None) -> None:
        super().__init__()
        self.first, self.second = layers.Dense(24, activation="relu"), layers.Dense(24, activation="relu")
        self.out = layers.Dense(units, activation=head)

    def call(self, x):  # type: ignore[no-untyped-def]
        x = self.first(x)
        return self.out(x + self.second(x))


class OwnStep(OwnModel):
    """A subclassed model with a `train_step` of its own."""

    def train_step(self, rows):  # type: ignore[no-untyped-def]
        import tensorflow as tf

        x, y = rows[:2]
        with tf.GradientTape() as tape:
            predictions = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=predictions)
        slopes = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(slopes, self.trainable_variables, strict=True))
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, predictions)
        return {metric.name: metric.result() for metric in self.metrics}


@well()
def own_model_raw() -> Case:
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    return case(compiled(OwnModel(1, None), loss, adam(0.01)), data.table("breast_cancer"))


@well()
def own_step() -> Case:
    return case(compiled(OwnStep(3, "softmax"), SPARSE, adam()), data.table("wine"), 20)


@well()
def two_inputs() -> Case:
    x, y = data.table("wine")
    left, right = keras.Input((6,)), keras.Input((7,))
    joined = layers.Concatenate()([layers.Dense(8, activation="relu")(left), layers.Dense(8, activation="relu")(right)])
    model = keras.Model([left, right], layers.Dense(3, activation="softmax")(joined))
    return case(compiled(model, SPARSE, adam(0.01)), ([x[:, :6], x[:, 6:]], y), 20)


@well()
def normalized_inside() -> Case:
    x, y = data.table("wine", standard=False)
    scale = layers.Normalization()
    scale.adapt(x)
    return case(
        compiled(
            stack((13,), scale, layers.Dense(16, activation="relu"), layers.Dense(3, activation="softmax")),
            SPARSE,
            adam(0.01),
        ),
        (x, y),
        20,
    )


@well()
def rescaled_inside() -> Case:
    x, y = data.pictures()
    model = stack(
        (8, 8, 1),
        layers.Rescaling(1 / 255),
        layers.Flatten(),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    )
    return case(compiled(model, SPARSE, adam()), (255 * x, y))


@well()
def nadam_average() -> Case:
    optimizer = keras.optimizers.Nadam(0.005, use_ema=True, ema_momentum=0.9)
    return case(compiled(dense(8, 4), SPARSE, optimizer), data.blobs(4))


@well()
def accumulated() -> Case:
    optimizer = keras.optimizers.Adam(0.01, gradient_accumulation_steps=2)
    return case(compiled(dense(64, 10), SPARSE, optimizer), data.digits())


@well()
def cosine_schedule() -> Case:
    rate = keras.optimizers.schedules.CosineDecay(0.2, 240)
    return case(compiled(dense(64, 10), SPARSE, keras.optimizers.SGD(rate, momentum=0.9)), data.digits())

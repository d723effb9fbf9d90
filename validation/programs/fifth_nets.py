"""Layers and models of the fifth programs that are classes: codes, prototypes, graphs, own cells, own steps."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


class Codes(layers.Layer):
    """Replace a vector by the nearest of some codes, or by a mean of codes that is weighted by nearness."""

    def __init__(self, count: int, *, soft: bool) -> None:
        super().__init__()
        self.count, self.soft = count, soft

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the codes."""
        self.codes = self.add_weight(shape=(self.count, shape[-1]), initializer="glorot_uniform")

    def call(self, x: Any) -> Any:
        far = ops.sum(ops.square(x[:, None] - self.codes), axis=-1)
        if self.soft:
            return ops.matmul(ops.softmax(-far), self.codes)
        return ops.take(self.codes, ops.argmin(far, axis=-1), axis=0)


class Prototypes(keras.Model):
    """A network whose outputs are how near a row comes to the best of each class's prototypes."""

    def __init__(self, classes: int, each: int = 3) -> None:
        super().__init__()
        self.inner = layers.Dense(12, activation="elu")
        self.prototypes = self.add_weight(shape=(classes, each, 12), initializer="he_normal")

    def call(self, x: Any) -> Any:
        far = ops.sum(ops.square(self.inner(x)[:, None, None] - self.prototypes), axis=-1)
        return -ops.min(far, axis=-1)


class Joined(layers.Layer):
    """Add to each node a mean of the nodes that it is joined to."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.alone, self.others = layers.Dense(units), layers.Dense(units, use_bias=False)

    def call(self, nodes: Any, joined: Any) -> Any:
        return ops.relu(self.alone(nodes) + self.others(ops.matmul(joined, nodes)) / 2)


class OneGate(layers.Layer):
    """A recurrent cell of one gate."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.state_size = units
        self.gate, self.fresh = layers.Dense(units, activation="sigmoid"), layers.Dense(units, activation="tanh")

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights."""
        both = (None, (shape[-1] or 0) + self.state_size)
        self.gate.build(both)
        self.fresh.build(both)

    def call(self, x: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        before = states[0]
        gate = self.gate(ops.concatenate([x, before], axis=-1))
        fresh = self.fresh(ops.concatenate([x, gate * before], axis=-1))
        after = before + gate * (fresh - before)
        return after, [after]


class TwoSteps(keras.Model):
    """A model that takes its gradient a little uphill of its weights."""

    def train_step(self, rows: Any) -> dict[str, Any]:
        """Train on a batch."""
        import tensorflow as tf

        x, y = rows[:2]
        weights = self.trainable_variables
        with tf.GradientTape() as tape:
            first = self.compute_loss(x, y, self(x, training=True))
        slopes = tape.gradient(first, weights)
        size = tf.linalg.global_norm(slopes) + 1e-8
        moves = [0.02 * slope / size for slope in slopes]
        for weight, move in zip(weights, moves, strict=True):
            weight.assign_add(move)
        with tf.GradientTape() as tape:
            guess = self(x, training=True)
            uphill = self.compute_loss(x, y, guess)
        slopes = tape.gradient(uphill, weights)
        for weight, move in zip(weights, moves, strict=True):
            weight.assign_sub(move)
        self.optimizer.apply(slopes, weights)
        for metric in self.metrics:
            metric.update_state(uphill) if metric.name == "loss" else metric.update_state(y, guess)
        return {metric.name: metric.result() for metric in self.metrics}

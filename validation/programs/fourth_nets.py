"""Layers and models of the fourth programs that are classes: own norms, own attention, own steps."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops


class OwnNorm(layers.Layer):
    """A norm over the rows of a batch, with averages for inference that it keeps or forgets to keep."""

    def __init__(self, *, kept: bool) -> None:
        super().__init__()
        self.kept = kept

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the averages."""
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False)
        self.spread = self.add_weight(shape=(shape[-1],), initializer="ones", trainable=False)

    def call(self, x: Any, training: bool = False) -> Any:
        if not training:
            return (x - self.mean) / (self.spread + 1e-3)
        mean, spread = ops.mean(x, axis=0), ops.std(x, axis=0)
        averages = 0.8 * self.mean + 0.2 * mean, 0.8 * self.spread + 0.2 * spread
        if self.kept:
            self.mean.assign(averages[0])
            self.spread.assign(averages[1])
        return (x - mean) / (spread + 1e-3)


class Weighted(layers.Layer):
    """A mean of vectors weighted by scores, without the places where there is no word."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.score = layers.Dense(1, dtype=self.dtype_policy)

    def call(self, x: Any, there: Any) -> Any:
        absent = 1.0 - ops.cast(there, x.dtype)
        weights = ops.softmax(self.score(x)[..., 0] + absent * ops.cast(-1e9, x.dtype), axis=-1)
        return ops.sum(weights[..., None] * x, axis=1)


class Drawn(layers.Layer):
    """A normal draw around a mean, whose distance from a standard normal is a penalty of some weight."""

    def __init__(self, units: int, weight: float) -> None:
        super().__init__()
        self.mean, self.log_spread, self.weight = layers.Dense(units), layers.Dense(units), weight
        self.seed = keras.random.SeedGenerator(7)

    def call(self, x: Any, training: bool = False) -> Any:
        mean, log_spread = self.mean(x), self.log_spread(x)
        apart = ops.square(mean) + ops.exp(2 * log_spread) - 1 - 2 * log_spread
        self.add_loss(self.weight * ops.mean(ops.sum(apart, axis=-1)) / 2)
        if not training:
            return mean
        return mean + ops.exp(log_spread) * keras.random.normal(ops.shape(mean), seed=self.seed)


class Written(layers.Layer):
    """A dense layer written by hand."""

    def __init__(self, units: int, start: Any) -> None:
        super().__init__()
        self.units, self.start = units, start

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights."""
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer=self.start)
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, x: Any) -> Any:
        return ops.matmul(x, self.kernel) + self.bias


class OwnStep(keras.Model):
    """A model whose step calls the loss itself; the forward pass may lie outside of what is recorded."""

    def __init__(self, parts: list[Any], *, inside: bool = True) -> None:
        super().__init__()
        self.parts, self.inside = parts, inside

    def call(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x

    def train_step(self, rows: Any) -> dict[str, Any]:
        """Train on a batch."""
        import tensorflow as tf

        x, y = rows[:2]
        before = None if self.inside else self(x, training=True)
        with tf.GradientTape() as tape:
            guess = self(x, training=True) if before is None else before
            loss = ops.mean(self.loss(y, guess))
        slopes = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(slopes, self.trainable_variables)
        for metric in self.metrics:
            metric.update_state(loss) if metric.name == "loss" else metric.update_state(y, guess)
        return {metric.name: metric.result() for metric in self.metrics}


class OfSets(keras.Model):
    """A network of sets: the order of the points does not count."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.inner = [layers.Dense(24, activation="relu") for _ in range(2)]
        self.hidden, self.out = layers.Dense(24, activation="relu"), layers.Dense(classes)

    def call(self, x: Any) -> Any:
        for layer in self.inner:
            x = layer(x)
        return self.out(self.hidden(ops.concatenate([ops.max(x, axis=1), ops.mean(x, axis=1)], axis=-1)))


class Mixed(keras.Model):
    """A model that is trained on mixtures of two rows and of their labels."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.first, self.out = layers.Dense(40, activation="gelu"), layers.Dense(classes, activation="softmax")
        self.seed = keras.random.SeedGenerator(5)

    def call(self, x: Any) -> Any:
        return self.out(self.first(x))

    def train_step(self, rows: Any) -> dict[str, Any]:
        """Train on a batch, mixed with its reverse."""
        x, y = rows[:2]
        share = keras.random.uniform((), 0.0, 0.4, seed=self.seed)
        result: dict[str, Any] = super().train_step((x + share * (x[::-1] - x), y + share * (y[::-1] - y)))
        return result

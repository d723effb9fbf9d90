"""`dropout`: the share of hidden outputs dropped in training, by a counter hash instead of a random generator.

A draw shared by a stack would tie a trial's bits to its neighbours; a hash of (seed, step, layer, row, unit) does not.
Narrower networks use the leading units' draws of wider ones.
"""

from __future__ import annotations

from typing import Any

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._remedy import Remedy, number


def mix(x: Any) -> Any:
    """A well-mixed uint32 of a uint32: the finalizer "lowbias32" of C. Wellons, "Hash prospector" (2018)."""
    import tensorflow as tf

    def shift(value: Any, by: int) -> Any:
        return tf.bitwise.bitwise_xor(value, tf.bitwise.right_shift(value, tf.constant(by, tf.uint32)))

    x = shift(x, 16) * tf.constant(0x7FEB352D, tf.uint32)
    x = shift(x, 15) * tf.constant(0x846CA68B, tf.uint32)
    return shift(x, 16)


def keep(seed: Any, step: Any, layer: int, shape: tuple[int, int], rate: Any) -> Any:
    """Which of [rows, units] stay at this step: True with probability 1 - rate."""
    import tensorflow as tf

    rows = tf.range(shape[0], dtype=tf.int32)[:, None]
    units = tf.range(shape[1], dtype=tf.int32)[None, :]
    place = tf.cast(rows * 65536 + units, tf.uint32)
    key = mix(tf.cast(seed, tf.uint32) * tf.constant(0x9E3779B9, tf.uint32) + tf.constant(layer + 1, tf.uint32))
    key = mix(tf.bitwise.bitwise_xor(key, tf.cast(step, tf.uint32) * tf.constant(0x85EBCA6B, tf.uint32)))
    bits = tf.bitwise.right_shift(mix(tf.bitwise.bitwise_xor(mix(place), key)), tf.constant(8, tf.uint32))
    return tf.cast(tf.cast(bits, tf.int32), rate.dtype) >= rate * 16777216.0


def drop(x: Any, seed: Any, step: Any, layer: int, rate: Any) -> Any:
    """`x` with the dropped outputs at zero and the kept ones scaled by 1 / (1 - rate), as in Keras' `Dropout`."""
    import tensorflow as tf

    kept = keep(seed, step, layer, (x.shape[0], x.shape[1]), rate)
    return tf.where(kept, x / (1.0 - rate), tf.zeros_like(x))


def baked(params: Json) -> Json:
    """Whether there is any."""
    return {"on": True} if params > 0 else {}


def slot(params: Json, seed: int) -> dict[str, float]:
    """Rate and seed."""
    return {"dropout.rate": params, "dropout.seed": seed} if params > 0 else {}


def hidden(baked: Json) -> list[Any]:
    """A stacked layer that reads seed, step and rate of its slot."""
    return [_layer(lambda: (scope.number("dropout.seed"), scope.number("step"), scope.number("dropout.rate")))]


def keras_hidden(params: Json, layer: int, seed: int) -> list[Any]:
    """The same masks in plain Keras: the layer counts its own training steps."""
    return [_counting_layer(params, layer, seed)] if params > 0 else []


def _layer(numbers: Any) -> Any:
    import keras

    class HashDropout(keras.layers.Layer):
        """Dropout whose masks are a function of the slot's seed and step."""

        place = 0

        def call(self, x: Any, training: bool = False) -> Any:
            return drop(x, numbers()[0], numbers()[1], self.place, numbers()[2]) if training else x

    return HashDropout()


def _counting_layer(rate: float, place: int, seed: int) -> Any:
    import keras
    import tensorflow as tf

    class CountingDropout(keras.layers.Layer):
        """Dropout with the same masks, for a model that trains alone."""

        def build(self, shape: Any) -> None:
            self.steps = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="steps")

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                return x
            step = tf.convert_to_tensor(self.steps)
            result = drop(x, seed, step, place, tf.constant(rate, x.dtype))
            self.steps.assign(step + 1)
            return result

    return CountingDropout()


REMEDY = Remedy(
    name="dropout",
    neutral=0.0,
    stacks="value",
    check=number("dropout", low=0.0, high=0.999),
    baked=baked,
    slot=slot,
    hidden=hidden,
    keras_hidden=keras_hidden,
    order=30,
)

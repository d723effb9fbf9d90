"""`dropout`: the share of hidden outputs dropped in training, by a counter hash instead of a random generator.

If a stack shared a random generator, a trial's bits would depend on the other trials; a hash of (seed, step, layer,
row, unit) does not. A narrow network has the same masks as the first units of a wide network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._lazy import keras, tf
from ablate.remedies._remedy import Lines, Remedy, number

DROPOUT = "dropout"


def mix(x: Any) -> Any:
    """Hash each uint32 to another one: the finalizer "lowbias32" of C. Wellons, "Hash prospector" (2018)."""

    def shift(value: Any, by: int) -> Any:
        return tf.bitwise.bitwise_xor(value, tf.bitwise.right_shift(value, tf.constant(by, tf.uint32)))

    x = shift(x, 16) * tf.constant(0x7FEB352D, tf.uint32)
    x = shift(x, 15) * tf.constant(0x846CA68B, tf.uint32)
    return shift(x, 16)


def keep(seed: Any, step: Any, layer: int, shape: tuple[int, int], rate: Any) -> Any:
    """Return which outputs stay at this step: True with probability 1 - rate.

    Args:
        seed: the trial's seed.
        step: training steps done.
        layer: index of the hidden layer.
        shape: (rows, units).
        rate: share of outputs that are dropped; its type is the type of the comparison.
    """
    rows = tf.range(shape[0], dtype=tf.int32)[:, None]
    units = tf.range(shape[1], dtype=tf.int32)[None, :]
    output = tf.cast(rows * 65536 + units, tf.uint32)
    key = mix(tf.cast(seed, tf.uint32) * tf.constant(0x9E3779B9, tf.uint32) + tf.constant(layer + 1, tf.uint32))
    key = mix(tf.bitwise.bitwise_xor(key, tf.cast(step, tf.uint32) * tf.constant(0x85EBCA6B, tf.uint32)))
    bits = tf.bitwise.right_shift(mix(tf.bitwise.bitwise_xor(mix(output), key)), tf.constant(8, tf.uint32))
    return tf.cast(tf.cast(bits, tf.int32), rate.dtype) >= rate * 16777216.0


def drop(x: Any, seed: Any, step: Any, layer: int, rate: Any) -> Any:
    """Set dropped outputs to zero and scale the others by 1 / (1 - rate), as Keras's `Dropout` does.

    Args:
        x: outputs of the hidden layer, [rows, units].
        seed: the trial's seed.
        step: training steps done.
        layer: index of the hidden layer.
        rate: share of outputs that are dropped.
    """
    kept = keep(seed, step, layer, (x.shape[0], x.shape[1]), rate)
    return tf.where(kept, x / (1.0 - rate), tf.zeros_like(x))


def _baked(params: Json) -> Json:
    return {"on": True} if params > 0 else {}


def _slot(params: Json, seed: int) -> dict[str, float]:
    return {"dropout.rate": params, "dropout.seed": seed} if params > 0 else {}


def _hidden(baked: Json) -> list[Any]:
    """Make a stacked layer that reads seed, step and rate of its slot."""
    return [_layer(lambda: (scope.number("dropout.seed"), scope.number("step"), scope.number("dropout.rate")))]


def _keras_hidden(params: Json, layer: int, seed: int) -> list[Any]:
    """Make a layer of plain Keras with the same masks; it counts its own training steps."""
    return [_counting_layer(params, layer, seed)] if params > 0 else []


def _layer(numbers: Callable[[], tuple[Any, Any, Any]]) -> Any:
    class HashDropout(keras.layers.Layer):
        """Dropout whose masks are a function of the slot's seed and step."""

        place = 0

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                return x
            seed, step, rate = numbers()
            return drop(x, seed, step, self.place, rate)

    return HashDropout()


def _counting_layer(rate: float, layer: int, seed: int) -> Any:
    class CountingDropout(keras.layers.Layer):
        """Dropout with the same masks, for a model that trains alone."""

        def build(self, shape: Any) -> None:
            self.steps = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False, name="steps")

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                return x
            step = tf.convert_to_tensor(self.steps)
            result = drop(x, seed, step, layer, tf.constant(rate, x.dtype))
            self.steps.assign(step + 1)
            return result

    return CountingDropout()


def _lines(rate: Json) -> Lines:
    return Lines(hidden=(f"keras.layers.Dropout({rate:g})",) if rate else ())


def _candidates(base: Mapping[str, Json]) -> tuple[float, ...]:
    """Try no dropout, if the model has dropout."""
    return (0.0,) if base[DROPOUT] else ()


REMEDY = Remedy(
    name=DROPOUT,
    summary="the share of hidden outputs dropped in training",
    neutral=0.0,
    stacks="value",
    check=number(DROPOUT, low=0.0, high=0.999),
    statement="layers",
    lines=_lines,
    candidates=_candidates,
    baked=_baked,
    slot=_slot,
    hidden=_hidden,
    keras_hidden=_keras_hidden,
    order=30,
)

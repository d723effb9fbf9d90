"""TensorFlow's stateless random numbers by plain arithmetic, for many keys at once.

They are those of TensorFlow's own kernel on a CPU: the generator Philox 4x32-10 of Salmon et al. (2011). XLA would draw
others, and `tf.vectorized_map` cannot draw with a key for each slot.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ablate.engine.runtime import tf

ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
LOW = 0xFFFFFFFF


def uniform(key: Any, counter: Any, shape: Sequence[int], dtype: Any) -> Any:
    """Return numbers from 0 to 1, [slots, *shape].

    Args:
        key: uint64 [slots, 1].
        counter: uint64 [slots, 2].
        shape: shape of one slot's numbers.
        dtype: float32 or float64.
    """
    return _shaped(_fractions(key, counter, math.prod(shape), dtype), shape)


def normal(key: Any, counter: Any, shape: Sequence[int], dtype: Any) -> Any:
    """Return normally distributed numbers, [slots, *shape], by the transform of Box and Muller.

    Args:
        key: uint64 [slots, 1].
        counter: uint64 [slots, 2].
        shape: shape of one slot's numbers.
        dtype: float32 or float64.
    """
    pairs = tf.reshape(_fractions(key, counter, math.prod(shape), dtype), [key.shape[0], -1, 2])
    first = tf.maximum(pairs[..., 0], tf.constant(1e-7, dtype))
    angle = tf.constant(2.0 * math.pi, dtype) * pairs[..., 1]
    length = tf.sqrt(-2.0 * tf.math.log(first))
    return _shaped(
        tf.reshape(tf.stack([tf.sin(angle) * length, tf.cos(angle) * length], -1), [key.shape[0], -1]), shape
    )


def _shaped(numbers: Any, shape: Sequence[int]) -> Any:
    return tf.reshape(numbers[:, : math.prod(shape)], [-1, *shape])


def _fractions(key: Any, counter: Any, count: int, dtype: Any) -> Any:
    """Return numbers from 0 to 1 for each slot, as TensorFlow makes them of random bits: at least `count`, and even."""
    if tf.as_dtype(dtype) == tf.float64:
        bits = _bits(key, counter, -(-count // 2))
        high, low = bits[..., 0::2] & tf.constant(0xFFFFF, tf.uint64), bits[..., 1::2]
        mantissa = tf.bitwise.left_shift(high, tf.constant(32, tf.uint64)) | low | tf.constant(1023 << 52, tf.uint64)
        numbers = tf.bitcast(mantissa, tf.float64) - 1.0
    else:
        bits = _bits(key, counter, -(-count // 4))
        mantissa = tf.cast(bits & tf.constant(0x7FFFFF, tf.uint64), tf.uint32) | tf.constant(127 << 23, tf.uint32)
        numbers = tf.bitcast(mantissa, tf.float32) - 1.0
    return tf.reshape(numbers, [key.shape[0], -1])


def _bits(key: Any, counter: Any, calls: int) -> Any:
    """Return what so many calls of the generator give: 32 random bits in each uint64, [slots, calls, 4]."""
    low, index = tf.constant(LOW, tf.uint64), tf.range(calls, dtype=tf.int64)
    first = counter[:, :1] + tf.cast(index, tf.uint64)[None]
    second = counter[:, 1:] + tf.cast(first < counter[:, :1], tf.uint64)  # the counter has 128 bits
    c0, c1, c2, c3 = first & low, _high(first), second & low, _high(second)
    k0, k1 = key & low, _high(key)
    for _ in range(ROUNDS):
        one, other = (part * tf.constant(by, tf.uint64) for part, by in zip((c0, c2), MULTIPLIERS, strict=True))
        c0, c1, c2, c3 = _xor(_high(other), c1, k0), other & low, _xor(_high(one), c3, k1), one & low
        k0, k1 = ((part + tf.constant(by, tf.uint64)) & low for part, by in zip((k0, k1), WEYL, strict=True))
    return tf.stack([c0, c1, c2, c3], -1)


def _high(value: Any) -> Any:
    return tf.bitwise.right_shift(value, tf.constant(32, tf.uint64))


def _xor(one: Any, other: Any, third: Any) -> Any:
    return tf.bitwise.bitwise_xor(tf.bitwise.bitwise_xor(one, other), third)

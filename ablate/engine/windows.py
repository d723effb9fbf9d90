"""Convolutions and pooling for many slots at once: each is computed from windows that are cut out of its input.

TensorFlow convolves with the same filters in all slots, and on a CPU XLA's own gradient of pooling is a slow search.
Slices and a matrix product can be stacked like a dense layer. They compute what Keras computes, with sums in another
order.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

from ablate.core.study import Json
from ablate.engine.runtime import keras, tf

CONVOLUTIONS = {"Conv1D", "Conv2D"}
POOLS = {"MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"}
LARGEST = 65_536
"""Most numbers that a layer's windows may hold for one row; a model with more trains alone, to save memory."""


def held(kind: str, config: Mapping[str, Json], before: tuple[int, ...], after: tuple[int, ...]) -> int:
    """Return how many numbers a layer's windows hold for one row; 0 for a layer that cannot be stacked this way.

    Args:
        kind: the layer's class.
        config: its config.
        before: shape of its input, without the batch.
        after: shape of its output, without the batch.

    Examples:
        >>> same = {"kernel_size": [3, 3], "groups": 1, "dilation_rate": [1, 1], "data_format": "channels_last"}
        >>> held("Conv2D", same, (8, 8, 16), (8, 8, 32))
        9216
    """
    if config.get("data_format") != "channels_last" or kind not in CONVOLUTIONS | POOLS:
        return 0
    if kind in POOLS:
        return math.prod(config["pool_size"]) * math.prod(after)
    plain = config["groups"] == 1 and set(config["dilation_rate"]) == {1} and config.get("padding") != "causal"
    return math.prod(config["kernel_size"]) * math.prod(after[:-1]) * before[-1] if plain else 0


def stack(layer: Any) -> None:
    """Make a Keras layer compute by windows if it is a convolution or pooling."""
    kind = type(layer).__name__
    if kind in CONVOLUTIONS:
        layer.convolution_op = lambda x, kernel: convolved(x, kernel, layer.strides, layer.padding)
        layer.call = lambda x: keras.layers.Conv2D.call(layer, x)  # Conv1D's own call bypasses `convolution_op`
    if kind in POOLS:
        pool = largest if layer.pool_mode == "max" else mean
        layer.call = lambda x: pool(x, layer.pool_size, layer.strides, layer.padding)


def convolved(x: Any, kernel: Any, strides: tuple[int, ...], padding: str) -> Any:
    """Convolve inputs with a kernel.

    Args:
        x: [rows, *positions, channels].
        kernel: [*window size, channels, filters].
        strides: steps between windows, one per dimension.
        padding: `valid` or `same`.
    """
    size, (channels, filters) = tuple(kernel.shape[:-2]), kernel.shape[-2:]
    windows = tf.concat(_windows(x, size, strides, padding, 0.0), -1)
    flat = tf.reshape(windows, [-1, math.prod(size) * channels])
    product = tf.matmul(flat, tf.reshape(kernel, [-1, filters]))
    return tf.reshape(product, [-1, *windows.shape[1:-1], filters])


def largest(x: Any, size: tuple[int, ...], strides: tuple[int, ...], padding: str) -> Any:
    """Return the largest value of each window; among equal values the first gets the gradient, as in TensorFlow.

    Args:
        x: [rows, *positions, channels].
        size: window size, one per dimension.
        strides: steps between windows, one per dimension.
        padding: `valid` or `same`.
    """
    first, *others = _windows(x, size, strides, padding, -math.inf)
    for other in others:
        # A comparison with NaN is false: a NaN in `first` stays, and one in `other` is taken, as in a maximum.
        first = tf.where((first >= other) | tf.math.is_nan(first), first, other)
    return first


def mean(x: Any, size: tuple[int, ...], strides: tuple[int, ...], padding: str) -> Any:
    """Return the mean of each window; padding does not count.

    Args:
        x: [rows, *positions, channels].
        size: window size, one per dimension.
        strides: steps between windows, one per dimension.
        padding: `valid` or `same`.
    """
    inside = tf.ones([1, *x.shape[1:-1], 1], x.dtype)
    count = tf.add_n(_windows(inside, size, strides, padding, 0.0))
    return tf.add_n(_windows(x, size, strides, padding, 0.0)) / count


def _windows(x: Any, size: tuple[int, ...], strides: tuple[int, ...], padding: str, fill: float) -> list[Any]:
    """Return, for each position in a window, that position's value in all windows: [rows, *windows, channels]."""
    extents = [int(extent) for extent in x.shape[1:-1]]
    if padding == "same":
        counts = [-(-extent // step) for extent, step in zip(extents, strides, strict=True)]
        covered = [(count - 1) * step + width for count, step, width in zip(counts, strides, size, strict=True)]
        lacking = [max(0, cover - extent) for cover, extent in zip(covered, extents, strict=True)]
        around = [[0, 0], *([lack // 2, lack - lack // 2] for lack in lacking), [0, 0]]
        x = tf.pad(x, around, constant_values=tf.constant(fill, x.dtype))
    else:
        counts = [(extent - width) // step + 1 for extent, width, step in zip(extents, size, strides, strict=True)]
    slices = [
        [slice(at, at + (count - 1) * step + 1, step) for at in range(width)]
        for width, step, count in zip(size, strides, counts, strict=True)
    ]
    return [x[(slice(None), *position)] for position in itertools.product(*slices)]

"""Convolutions and pooling for many slots at once: windows are cut out, so that filters of a slot are one matrix.

TensorFlow convolves with the same filters for all slots, and XLA's own gradient of pooling on a CPU is a slow search.
Slices and a matrix product stack like any dense layer; they compute what Keras computes, in another order of sums.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

from ablate.core.study import Json
from ablate.engine.runtime import keras, tf

CONVOLUTIONS = {"Conv1D": 1, "Conv2D": 2}
POOLS = {"MaxPooling1D": 1, "MaxPooling2D": 2, "AveragePooling1D": 1, "AveragePooling2D": 2}
LARGEST = 65_536
"""So many numbers may a layer's windows hold for one row; beyond, memory decides and a model trains alone."""


def held(kind: str, config: Mapping[str, Json], before: tuple[int, ...], after: tuple[int, ...]) -> int:
    """Numbers in the windows of a convolution or pooling, for one row; 0 if it has none that can be stacked.

    Args:
        kind: the layer's class.
        config: its config.
        before: shape of its input, without the batch.
        after: shape of its output.

    Examples:
        >>> same = {"kernel_size": [3, 3], "groups": 1, "dilation_rate": [1, 1], "data_format": "channels_last"}
        >>> held("Conv2D", same, (8, 8, 16), (8, 8, 32))
        9216
    """
    if config.get("data_format") != "channels_last" or kind not in {**CONVOLUTIONS, **POOLS}:
        return 0
    if kind in POOLS:
        return math.prod(config["pool_size"]) * math.prod(after)
    plain = config["groups"] == 1 and set(config["dilation_rate"]) == {1} and config.get("padding") != "causal"
    return math.prod(config["kernel_size"]) * math.prod(after[:-1]) * before[-1] if plain else 0


def stack(layer: Any) -> None:
    """Makes a Keras layer compute by windows, if it is a convolution or pooling."""
    kind = type(layer).__name__
    if kind in CONVOLUTIONS:
        layer.convolution_op = lambda x, kernel: convolved(x, kernel, layer.strides, layer.padding)
        layer.call = lambda x: keras.layers.Conv2D.call(layer, x)  # Conv1D's own does not ask `convolution_op`
    if kind in POOLS:
        pool = largest if layer.pool_mode == "max" else mean
        layer.call = lambda x: pool(x, layer.pool_size, layer.strides, layer.padding)


def convolved(x: Any, kernel: Any, strides: tuple[int, ...], padding: str) -> Any:
    """The convolution of x, [rows, *places, channels], with a kernel, [*size, channels, filters]."""
    size, (channels, filters) = tuple(kernel.shape[:-2]), kernel.shape[-2:]
    found = tf.concat(_windows(x, size, strides, padding, 0.0), -1)
    flat = tf.reshape(found, [-1, math.prod(size) * channels])
    product = tf.matmul(flat, tf.reshape(kernel, [-1, filters]))
    return tf.reshape(product, [-1, *found.shape[1:-1], filters])


def largest(x: Any, size: tuple[int, ...], strides: tuple[int, ...], padding: str) -> Any:
    """The largest value of each window; of equals the first has the gradient, as in TensorFlow."""
    first, *others = _windows(x, size, strides, padding, -math.inf)
    for other in others:
        # A comparison with NaN is false: NaN of the first stays, and one of the others is taken, as in a maximum.
        first = tf.where((first >= other) | tf.math.is_nan(first), first, other)
    return first


def mean(x: Any, size: tuple[int, ...], strides: tuple[int, ...], padding: str) -> Any:
    """The mean of each window; what padding adds is not counted."""
    inside = tf.ones([1, *x.shape[1:-1], 1], x.dtype)
    count = tf.add_n(_windows(inside, size, strides, padding, 0.0))
    return tf.add_n(_windows(x, size, strides, padding, 0.0)) / count


def _windows(x: Any, size: tuple[int, ...], strides: tuple[int, ...], padding: str, fill: float) -> list[Any]:
    """Per place in a window, that place's value of all windows: [rows, *windows, channels] each."""
    places = [int(extent) for extent in x.shape[1:-1]]
    if padding == "same":
        counts = [-(-extent // step) for extent, step in zip(places, strides, strict=True)]
        wanted = [(count - 1) * step + own for count, step, own in zip(counts, strides, size, strict=True)]
        lacking = [max(0, want - extent) for want, extent in zip(wanted, places, strict=True)]
        around = [[0, 0], *([lack // 2, lack - lack // 2] for lack in lacking), [0, 0]]
        x = tf.pad(x, around, constant_values=tf.constant(fill, x.dtype))
    else:
        counts = [(extent - own) // step + 1 for extent, own, step in zip(places, size, strides, strict=True)]
    kept = [
        [slice(at, at + (count - 1) * step + 1, step) for at in range(own)]
        for own, step, count in zip(size, strides, counts, strict=True)
    ]
    return [x[(slice(None), *each)] for each in itertools.product(*kept)]

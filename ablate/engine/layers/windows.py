"""Convolutions and pooling for many slots at once: each is computed from windows that are cut out of its input.

TensorFlow convolves with the same filters in all slots, and on a CPU XLA's own gradient of pooling is a slow search.
Slices and a matrix product can be stacked like a dense layer. They compute what Keras computes, with sums in another
order.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ablate.core.study import Json
from ablate.engine.layers._kind import Kind, Shape
from ablate.engine.runtime import tf

CONVOLUTIONS = {"Conv1D", "Conv2D", "Conv3D"}
TRANSPOSED = {"Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"}
DEPTHWISE = {"DepthwiseConv1D", "DepthwiseConv2D"}
SEPARABLE = {"SeparableConv1D", "SeparableConv2D"}
POOLS = {f"{mode}Pooling{rank}D" for mode in ("Max", "Average") for rank in (1, 2, 3)}
LARGEST = 65_536
"""Most numbers that a layer's windows may hold for one row; a model with more trains alone, to save memory."""


def held(kind: str, config: Mapping[str, Json], before: Shape, after: Shape) -> int:
    """Return how many numbers a layer's windows hold for one row.

    Args:
        kind: the layer's class.
        config: its config.
        before: shape of its input, without the batch.
        after: shape of its output, without the batch.

    Examples:
        >>> held("Conv2D", {"kernel_size": [3, 3]}, (8, 8, 16), (8, 8, 32))
        9216
    """
    if kind in POOLS:
        return math.prod(config["pool_size"]) * math.prod(after)
    positions = before[:-1] if kind in TRANSPOSED else after[:-1]
    channels = after[-1] if kind in TRANSPOSED else before[-1]
    return math.prod(config["kernel_size"]) * math.prod(positions) * channels


def _refusal(_: str, config: Mapping[str, Json]) -> str:
    """Return why a layer trains alone; empty if it can be stacked."""
    if config.get("data_format") != "channels_last":
        return "`channels_first` needs other windows"
    return "it has low-rank factors (LoRA)" if config.get("lora_rank") else ""


def install(layer: Any) -> None:
    """Make a Keras convolution or pooling compute by windows."""
    kind = type(layer).__name__
    if kind in POOLS:
        pool = largest if layer.pool_mode == "max" else mean
        layer.call = lambda x: pool(x, layer.pool_size, layer.strides, layer.padding)
        return
    options = (layer.strides, layer.padding, layer.dilation_rate)
    if kind in CONVOLUTIONS:
        layer.call = lambda x: _finished(layer, convolved(x, layer.kernel, *options))
    elif kind in DEPTHWISE:
        layer.call = lambda x: _finished(layer, depthwise(x, layer.kernel, *options))
    elif kind in SEPARABLE:
        layer.call = lambda x: _finished(
            layer, convolved(depthwise(x, layer.depthwise_kernel, *options), layer.pointwise_kernel, 1, "valid")
        )
    else:
        layer.call = lambda x: _finished(
            layer, transposed(x, layer.kernel, layer.compute_output_shape(x.shape)[1:-1], *options)
        )


def _finished(layer: Any, outputs: Any) -> Any:
    """Add the layer's bias and apply its activation."""
    outputs = outputs + tf.convert_to_tensor(layer.bias) if layer.use_bias else outputs
    return outputs if layer.activation is None else layer.activation(outputs)


def convolved(x: Any, kernel: Any, strides: Any, padding: str, dilation: Any = 1) -> Any:
    """Convolve inputs with a kernel; channels fall into as many groups as the kernel lacks channels.

    Args:
        x: [rows, *positions, channels].
        kernel: [*window size, channels of a group, filters].
        strides: steps between windows, one number or one per dimension.
        padding: `valid`, `same`, or `causal`.
        dilation: steps between the positions of a window, one number or one per dimension.
    """
    kernel = tf.convert_to_tensor(kernel)
    size, (channels, filters) = tuple(kernel.shape[:-2]), kernel.shape[-2:]
    windows, groups = _windows(x, size, strides, padding, 0.0, dilation), x.shape[-1] // channels
    flat, count = tf.reshape(kernel, [-1, filters]), math.prod(size)
    places = windows[0].shape[1:-1]
    if groups == 1:
        product = tf.matmul(tf.reshape(tf.concat(windows, -1), [-1, count * channels]), flat)
        return tf.reshape(product, [-1, *places, filters])
    cut = tf.reshape(tf.stack(windows, -2), [-1, count, groups, channels])
    product = tf.einsum("rkgc,kcgf->rgf", cut, tf.reshape(flat, [count, channels, groups, filters // groups]))
    return tf.reshape(product, [-1, *places, filters])


def depthwise(x: Any, kernel: Any, strides: Any, padding: str, dilation: Any = 1) -> Any:
    """Convolve each channel by filters of its own.

    Args:
        x: [rows, *positions, channels].
        kernel: [*window size, channels, filters of a channel].
        strides: steps between windows, one number or one per dimension.
        padding: `valid` or `same`.
        dilation: steps between the positions of a window, one number or one per dimension.
    """
    kernel = tf.convert_to_tensor(kernel)
    size, (channels, filters) = tuple(kernel.shape[:-2]), kernel.shape[-2:]
    windows = _windows(x, size, strides, padding, 0.0, dilation)
    flat = tf.reshape(kernel, [-1, channels, filters])
    outputs = tf.add_n([window[..., None] * flat[index] for index, window in enumerate(windows)])
    return tf.reshape(outputs, [-1, *windows[0].shape[1:-1], channels * filters])


def transposed(x: Any, kernel: Any, places: Sequence[int], strides: Any, padding: str, dilation: Any = 1) -> Any:
    """Return the transposed convolution: the gradient of the convolution that has these inputs as its outputs.

    Args:
        x: [rows, *positions, channels].
        kernel: [*window size, filters, channels].
        places: positions of the output.
        strides: steps between windows, one number or one per dimension.
        padding: `valid` or `same`.
        dilation: steps between the positions of a window, one number or one per dimension.
    """
    kernel = tf.convert_to_tensor(kernel)
    outputs = tf.zeros([tf.shape(x)[0], *places, kernel.shape[-2]], x.dtype)
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        inputs = convolved(outputs, kernel, strides, padding, dilation)
    return tape.gradient(inputs, outputs, output_gradients=x)


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


def _windows(x: Any, size: Shape, strides: Any, padding: str, fill: float, dilation: Any = 1) -> list[Any]:
    """Return, for each position in a window, that position's value in all windows: [rows, *windows, channels]."""
    extents = [int(extent) for extent in x.shape[1:-1]]
    steps, gaps = _each(strides, size), _each(dilation, size)
    reaches = [(width - 1) * gap + 1 for width, gap in zip(size, gaps, strict=True)]
    lacking = [0] * len(size)
    if padding == "same":
        counts = [-(-extent // step) for extent, step in zip(extents, steps, strict=True)]
        covered = [(count - 1) * step + reach for count, step, reach in zip(counts, steps, reaches, strict=True)]
        lacking = [max(0, cover - extent) for cover, extent in zip(covered, extents, strict=True)]
    around = [[lack // 2, lack - lack // 2] for lack in lacking]
    if padding == "causal":
        around = [[reach - 1, 0] for reach in reaches]
    if any(map(any, around)):
        x = tf.pad(x, [[0, 0], *around, [0, 0]])
        if fill:  # below `tf.vectorized_map` TensorFlow pads with 0, whatever else is asked for
            inside = np.pad(np.ones(extents, bool), around)[None, ..., None]
            x = tf.where(inside, x, tf.constant(fill, x.dtype))
    padded = [extent + sum(margins) for extent, margins in zip(extents, around, strict=True)]
    counts = [(extent - reach) // step + 1 for extent, reach, step in zip(padded, reaches, steps, strict=True)]
    slices = [
        [slice(at * gap, at * gap + (count - 1) * step + 1, step) for at in range(width)]
        for width, gap, step, count in zip(size, gaps, steps, counts, strict=True)
    ]
    return [x[(slice(None), *position)] for position in itertools.product(*slices)]


def _each(number: Any, size: Shape) -> tuple[int, ...]:
    """Return one number per dimension."""
    return (number,) * len(size) if isinstance(number, int) else tuple(number)


KINDS = {
    name: Kind(refusal=_refusal, held=held, install=install)
    for name in sorted(CONVOLUTIONS | TRANSPOSED | DEPTHWISE | SEPARABLE | POOLS)
}

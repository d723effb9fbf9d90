"""Convolutions and pooling for many slots at once: each is computed from windows that are cut out of its input.

TensorFlow convolves with the same filters in all slots. Slices and a matrix product can be stacked like a dense layer.
They compute what Keras computes, with sums in another order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ablate.core.study import Json
from ablate.engine.layers import pooling, window_slices
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
        pool = pooling.largest if layer.pool_mode == "max" else pooling.mean
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
    groups = x.shape[-1] // channels
    flat, count = tf.reshape(kernel, [-1, filters]), math.prod(size)
    if groups == 1:
        windows = window_slices.joined(x, size, strides, padding, dilation)
        product = tf.matmul(tf.reshape(windows, [-1, count * channels]), flat)
        return tf.reshape(product, [-1, *windows.shape[1:-1], filters])
    windows = window_slices.slices(x, size, strides, padding, 0.0, dilation)
    places = windows[0].shape[1:-1]
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
    windows = window_slices.slices(x, size, strides, padding, 0.0, dilation)
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


KINDS = {
    name: Kind(refusal=_refusal, held=held, install=install)
    for name in sorted(CONVOLUTIONS | TRANSPOSED | DEPTHWISE | SEPARABLE | POOLS)
}

"""Count the multiplications of a user's model from its template. This needs no TensorFlow.

The count serves estimates of time. Layers that are not named here count one multiplication a number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ablate.core.study import Json

Shape = tuple[int, ...]

GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
"""Products with inputs and state that a recurrent layer makes at each time."""


def multiplications(template: Json) -> float:
    """Return the multiplications of a forward pass of one row.

    Args:
        template: the template of a model (`ablate.remedies.model`).

    Examples:
        >>> dense = {"class_name": "Dense", "config": {"units": 10}}
        >>> multiplications({"shape": [64], "nodes": [{"from": [0], "layer": dense}]})
        640.0
    """
    shapes, total = [tuple(template["shape"])], 0.0
    for node in template["nodes"]:
        inputs = [shapes[number] for number in node["from"]]
        shape, count = (inputs[0], math.prod(inputs[0])) if "layer" not in node else of_layer(node["layer"], inputs)
        shapes.append(shape)
        total += count
    return float(total)


def of_layer(layer: Mapping[str, Any], inputs: Sequence[Shape]) -> tuple[Shape, float]:
    """Return the shape of a layer's output for one row, and its multiplications.

    Args:
        layer: the layer, as Keras serializes it.
        inputs: shapes of its inputs for one row.
    """
    kind, config, shape = layer["class_name"], layer["config"], inputs[0]
    if kind == "Bidirectional":
        inner, count = of_layer(config["layer"], inputs)
        joined = (*inner[:-1], 2 * inner[-1]) if config.get("merge_mode", "concat") == "concat" else inner
        return joined, 2 * count
    if kind == "TimeDistributed":
        inner, count = of_layer(config["layer"], [shape[1:]])
        return (shape[0], *inner), shape[0] * count
    if kind in GATES:
        units = config["units"]
        output: Shape = (shape[0], units) if config.get("return_sequences") else (units,)
        return output, shape[0] * GATES[kind] * units * (shape[-1] + units)
    if kind == "Dense":
        return (*shape[:-1], config["units"]), math.prod(shape) * config["units"]
    if kind in ("MultiHeadAttention", "GroupQueryAttention"):
        grouped = kind == "GroupQueryAttention"
        size = config["head_dim" if grouped else "key_dim"]
        queries = size * config["num_query_heads" if grouped else "num_heads"]
        keys = size * config["num_key_value_heads"] if grouped else queries
        return shape, 2 * math.prod(shape) * (queries + keys) + 2 * shape[0] ** 2 * queries
    if "Conv" in kind or ("Pooling" in kind and "pool_size" in config):
        return _windowed(kind, config, shape)
    output = _reshaped(kind, config, inputs)
    return output, math.prod(output)


def _windowed(kind: str, config: Mapping[str, Any], shape: Shape) -> tuple[Shape, float]:
    """Return the same of a convolution or pooling."""
    size = config.get("kernel_size", config.get("pool_size"))
    strides = config.get("strides") or size
    dilation = config.get("dilation_rate", 1)
    places = []
    for axis, length in enumerate(shape[:-1]):
        window, step, wide = (_on_axis(value, axis) for value in (size, strides, dilation))
        reach = (window - 1) * wide + 1
        if "Transpose" in kind:
            places.append(length * step + (max(reach - step, 0) if config["padding"] == "valid" else 0))
        elif config["padding"] == "valid":
            places.append((length - reach) // step + 1)
        else:
            places.append(-(-length // step))
    window = math.prod(_on_axis(size, axis) for axis in range(len(places)))
    each, channels = math.prod(places) * window, shape[-1]
    if "Pooling" in kind:
        return (*places, channels), each * channels
    depthwise = each * channels * config.get("depth_multiplier", 1)
    if kind.startswith("Depthwise"):
        return (*places, channels * config.get("depth_multiplier", 1)), depthwise
    filters = config["filters"]
    if kind.startswith("Separable"):
        return (*places, filters), depthwise + math.prod(places) * channels * config["depth_multiplier"] * filters
    return (*places, filters), each * channels // config.get("groups", 1) * filters


def _on_axis(value: int | Sequence[int], axis: int) -> int:
    return value if isinstance(value, int) else value[axis]


def _reshaped(kind: str, config: Mapping[str, Any], inputs: Sequence[Shape]) -> Shape:
    """Return the shape of the output of a layer that multiplies little."""
    shape = inputs[0]
    if kind == "Flatten":
        return (math.prod(shape),)
    if kind == "Reshape":
        known = math.prod(size for size in config["target_shape"] if size != -1)
        return tuple(math.prod(shape) // known if size == -1 else size for size in config["target_shape"])
    if kind.startswith("Global") and "Pooling" in kind:
        return (*([1] * (len(shape) - 1) if config.get("keepdims") else []), shape[-1])
    if kind == "Embedding":
        return (*shape, config["output_dim"])
    if kind == "RepeatVector":
        return (config["n"], *shape)
    if kind == "Permute":
        return tuple(shape[axis - 1] for axis in config["dims"])
    if kind == "Concatenate":
        axis = config.get("axis", -1)
        axis = axis - 1 if axis > 0 else axis + len(shape)
        return tuple(sum(of[axis] for of in inputs) if place == axis else size for place, size in enumerate(shape))
    return shape

"""Look into a model of any kind: outputs and gradients of all its layers, in one traced pass.

A layer's `call` is replaced while the pass is traced, so that a subclassed model can be seen, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ablate.engine.inspection import data
from ablate.engine.inspection.leaves import leaves as leaves
from ablate.engine.inspection.records import Layer
from ablate.engine.runtime import keras, tf

SAMPLE = 512
"""Numbers of a layer's output that are returned for each row at most."""

NEAR_ONE = 5e-3
"""Sums that are so near to 1 count as 1; half precision is no better."""

SETTINGS = ("rate", "momentum", "activation", "units", "pool_size", "axis", "epsilon", "filters", "stddev")
"""Settings of layers that rules read."""

PASSING = (
    keras.layers.Activation,
    keras.layers.Dropout,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Rescaling,
    keras.layers.BatchNormalization,
)
"""Layers that pass on what they get: nothing is read from them."""

Pass = Callable[[Any, Any, Any], dict[str, Any]]


def tracer(model: Any, *, training: bool) -> Pass:
    """Return a compiled pass (inputs, labels, weights) -> arrays: predictions, loss, gradients, outputs of layers.

    Args:
        model: a built model that is compiled with a loss.
        training: whether layers run in training mode.
    """
    layers = leaves(model)

    @tf.function(autograph=False, reduce_retracing=True)  # type: ignore[untyped-decorator]
    def observed(x: Any, y: Any, weights: Any) -> dict[str, Any]:
        outputs: dict[int, Any] = {}
        with tf.GradientTape() as tape:
            with _listening(layers, outputs, tape):
                predictions = model(x, training=training)
            logits = getattr(predictions, "_keras_logits", None)
            source = predictions if logits is None else logits
            tape.watch(source)
            loss = model.compute_loss(x=x, y=y, y_pred=predictions, sample_weight=weights, training=training)
            total = tf.cast(loss, tf.float32)
        variables = [variable.value for variable in model.trainable_variables]
        known = {id(variable.value) for variable in model.variables}
        untracked = [one for one in tape.watched_variables() if id(one) not in known]
        slopes = tape.gradient(total, [source, *variables])
        slope = slopes[0]
        return {
            "predictions": tf.cast(predictions, tf.float32),
            "loss": total,
            "fused": tf.constant(logits is not None and slope is not None),
            "slope": tf.zeros_like(predictions) if slope is None else slope,
            "known": tf.constant(slope is not None),
            "untracked": tf.constant(sum(int(np.prod(one.shape)) for one in untracked)),
            "gradients": [
                tf.constant(-1.0) if one is None else tf.cast(tf.norm(tf.convert_to_tensor(one)), tf.float32)
                for one in slopes[1:]
            ],
            "outputs": {str(number): _measured(outputs[number]) for number in sorted(outputs)},
        }

    return observed  # type: ignore[no-any-return]


@contextmanager
def _listening(layers: list[Any], outputs: dict[int, Any], tape: Any) -> Iterator[None]:
    """Keep the outputs of layers while a pass is traced."""
    graph = tf.compat.v1.get_default_graph()

    def listener(number: int, call: Any) -> Any:
        def listening(*args: Any, **kwargs: Any) -> Any:
            result = call(*args, **kwargs)
            tensor = result[0] if isinstance(result, list | tuple) and result else result
            if tf.is_tensor(tensor) and tensor.dtype.is_floating and getattr(tensor, "graph", graph) is graph:
                tape.watch(tensor)
                outputs[number] = tensor
            return result

        return listening

    for number, layer in enumerate(layers):
        layer.__dict__["call"] = listener(number, layer.call)
    try:
        yield
    finally:
        for layer in layers:
            layer.__dict__.pop("call", None)


def _measured(output: Any) -> dict[str, Any]:
    """Return a sample of an output's numbers for each row, and the peak of each unit (last axis) over all rows."""
    output = tf.cast(output, tf.float32)
    units = output.shape[-1] if output.shape.rank and output.shape[-1] else 1
    table = tf.reshape(output, [-1, units])
    rows = tf.reshape(output, [tf.shape(output)[0], -1])
    width = tf.shape(rows)[1]
    return {
        "rows": rows[:, :: tf.maximum(1, -(-width // SAMPLE))],
        "width": width,
        "peak": tf.reduce_max(tf.abs(table), axis=0),
        "finite": tf.reduce_all(tf.math.is_finite(output)),
        "shared": _shared(output),
    }


def _shared(output: Any) -> Any:
    """Return the axis along which an output sums to 1 although it is not the last one; 0 if there is none."""
    rank = output.shape.rank or 0
    off = [tf.reduce_max(tf.abs(tf.reduce_sum(output, axis=axis) - 1)) for axis in range(1, rank)]
    if len(off) < 2:
        return tf.constant(0)
    first = tf.argmin(tf.stack(off[:-1]), output_type=tf.int32)
    shares = (tf.reduce_min(output) >= 0) & (tf.reduce_min(tf.stack(off[:-1])) < NEAR_ONE) & (off[-1] > NEAR_ONE)
    return tf.where(shares, first + 1, 0)


def records(model: Any, seen: dict[str, Any], classes: np.ndarray | None) -> tuple[Layer, ...]:
    """Return a record for each layer that the pass saw, in the order of the model.

    Args:
        model: the model.
        seen: what the pass returned.
        classes: class of each row, to measure what can be read from a layer; None measures none of that.
    """
    places = {id(variable): number for number, variable in enumerate(model.trainable_variables)}
    result = []
    for number, layer in enumerate(leaves(model)):
        kernels = [np.asarray(weight.numpy(), np.float64) for weight in layer.weights]
        trained = [places[id(weight)] for weight in layer.trainable_variables if id(weight) in places]
        slopes = [float(seen["gradients"][index]) for index in trained]
        outputs = _output(layer, seen["outputs"].get(str(number)), classes)
        with np.errstate(all="ignore"):
            norm = float(np.sqrt(sum((kernel**2).sum() for kernel in kernels)))
        finite = all(np.isfinite(kernel).all() for kernel in kernels)
        result.append(
            Layer(
                name=layer.name,
                kind=type(layer).__name__,
                settings=_settings(layer),
                weights=sum(kernel.size for kernel in kernels),
                trained=bool(trained),
                norm=norm if finite else float("inf"),
                gradient=float(np.sqrt(sum(max(slope, 0.0) ** 2 for slope in slopes))) if slopes else None,
                connected=not slopes or not all(slope < 0 for slope in slopes),  # NaN is a gradient, -1 none
                copies=any(_copies(kernel) for kernel in kernels if kernel.ndim > 1),
                zero=_zero(kernels),
                **{"finite": finite, **outputs, **({} if finite else {"finite": False})},
            )
        )
    return tuple(result)


def _settings(layer: Any) -> dict[str, Any]:
    settings = {name: _plain(getattr(layer, name)) for name in SETTINGS if hasattr(layer, name)}
    for name in ("kernel_regularizer", "activity_regularizer"):
        if getattr(layer, name, None) is not None:
            settings[name] = str(getattr(layer, name).get_config())
    if getattr(layer, "kernel_constraint", None) is not None:
        settings["kernel_constraint"] = layer.kernel_constraint.get_config()
    if layer.trainable is False:
        settings["trainable"] = False
    if getattr(layer, "kernel_initializer", None) is not None:
        settings["initializer"] = type(layer.kernel_initializer).__name__
    return settings


def _plain(value: Any) -> Any:
    """Return a setting as a plain value: Keras tracks lists, and a function has a name."""
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | int | float | None) else getattr(value, "__name__", type(value).__name__)


def _zero(kernels: list[np.ndarray]) -> bool:
    """Return whether a layer has kernels, and all of them are 0; biases start at 0 in any layer."""
    tables = [kernel for kernel in kernels if kernel.ndim > 1 and kernel.size > 1]
    return bool(tables) and not any(table.any() for table in tables)


def _copies(kernel: np.ndarray) -> bool:
    """Return whether all units of a kernel have equal weights, and not all weights are zero."""
    table = kernel.reshape(-1, kernel.shape[-1])
    return table.shape[1] > 2 and bool(table.any()) and bool((table == table[:, :1]).all())


def _output(layer: Any, output: dict[str, Any] | None, classes: np.ndarray | None) -> dict[str, Any]:
    if output is None:
        return {}
    rows, peak = np.asarray(output["rows"], np.float64), np.asarray(output["peak"])
    if not bool(output["finite"]):
        return {"finite": False, "width": int(output["width"])}
    size = float(np.sqrt(np.mean(rows**2)))
    centred = rows - rows.mean(axis=0)
    spread = float(np.sqrt(np.mean(centred**2)))
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    flat_ends = {"sigmoid": (0.005, 0.995), "tanh": (-0.99, 0.99)}.get(activation)
    saturated = None if flat_ends is None else float(np.mean((rows < flat_ends[0]) | (rows > flat_ends[1])))
    read = None
    if classes is not None and len(rows) == len(classes) and not isinstance(layer, PASSING):
        read = data.readable(rows, classes) if spread > 0 else float(np.bincount(classes).max() / len(classes))
    return {
        "largest": float(peak.max(initial=0.0)),
        "spread": spread / size if size else 0.0,
        "rank": _rank(centred),
        "width": int(output["width"]),
        "dead": float(np.mean(peak == 0)),
        "saturated": saturated,
        "shared": int(output.get("shared", 0)),
        "readable": read,
    }


def _rank(centred: np.ndarray) -> int:
    """Return the number of directions that hold 99 % of the variance."""
    squares = np.linalg.svd(centred[:256, :256], compute_uv=False) ** 2
    total = squares.sum()
    return int(np.searchsorted(np.cumsum(squares), 0.99 * total) + 1) if total > 0 else 0

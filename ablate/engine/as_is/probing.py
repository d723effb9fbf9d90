"""Measure a model without changing it: predictions, losses, gradients and units on a few rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ablate.engine.as_is.answers import JUDGED as JUDGED
from ablate.engine.as_is.answers import Labels
from ablate.engine.inspection.accuracy import takes_logits
from ablate.engine.runtime import keras, tf

ROWS = 128
"""Training rows that gradients and units are measured on."""

MARGINS = ("hinge", "squared_hinge", "categorical_hinge")
"""Losses whose classes are divided at 0."""


def divided_at_zero(model: Any, labels: Labels) -> bool:
    """Return whether 0 divides the classes of a single output: logits, margins, or labels around 0.

    Args:
        model: the compiled model.
        labels: what the labels are.
    """
    loss = model.loss
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    return takes_logits(model) or name in MARGINS or (len(labels.values) == 2 and float(labels.values[0]) < 0)


def some(x: Any, y: Any, count: int = ROWS) -> tuple[Any, Any]:
    """Return a few rows, spread over all of them.

    Args:
        x: inputs.
        y: labels.
        count: how many rows.
    """
    rows = np.unique(np.linspace(0, len(y) - 1, min(count, len(y))).astype(int))
    return keras.tree.map_structure(lambda array: np.asarray(array)[rows], x), np.asarray(y)[rows]


def evaluated(model: Any, x: Any, y: Any, batch: int = 512) -> tuple[np.ndarray, float]:
    """Return the model's predictions in inference mode, and its mean loss; NaN where the loss cannot be computed.

    Args:
        model: the model.
        x: inputs.
        y: labels.
        batch: rows at a time.
    """
    parts, losses = [], []
    for first in range(0, len(y), batch):
        rows = keras.tree.map_structure(lambda array: tf.convert_to_tensor(array[first : first + batch]), x)  # noqa: B023
        predicted = model(rows, training=False)
        parts.append(np.asarray(keras.ops.cast(predicted, "float32")))
        losses.append(_loss(model, rows, y[first : first + batch], predicted) * len(parts[-1]))
    return np.concatenate(parts), float(sum(losses) / len(y))


def _loss(model: Any, x: Any, y: Any, predicted: Any) -> float:
    try:
        value = model.compute_loss(x=x, y=tf.convert_to_tensor(y), y_pred=predicted, training=False)
    except Exception:  # noqa: BLE001 - a model that computes its loss in a train_step of its own
        return float("nan")
    return float(value)


def at_start(model: Any, names: Mapping[str, Any]) -> dict[str, float]:
    """Return the gradient by layer before training; the model's state is put back.

    Args:
        model: the model.
        names: the names of the patch.
    """
    x, y = some(names["x"], names["y"], 64)
    model(keras.tree.map_structure(tf.convert_to_tensor, x), training=False)  # builds what is built at the first call
    kept = [(variable, np.asarray(variable)) for variable in model.non_trainable_variables]
    norms = _gradients(model, x, y)
    for variable, value in kept:
        variable.assign(value)
    return {f"start_{name}": value for name, value in norms.items()}


def _gradients(model: Any, x: Any, y: Any) -> dict[str, float]:
    """Return the norm of the gradient in all, of the first and of the last weights, and the share that is exactly 0."""
    weights = model.trainable_weights
    if not weights:
        return {"gradient": 0.0}
    try:
        rows = keras.tree.map_structure(tf.convert_to_tensor, x)
        with tf.GradientTape() as tape:
            predicted = model(rows, training=True)
            loss = model.compute_loss(x=rows, y=tf.convert_to_tensor(y), y_pred=predicted, training=True)
        found = tape.gradient(loss, [weight.value for weight in weights])
    except Exception:  # noqa: BLE001 - a model with a train_step of its own may take other rows
        return {}
    norms = [0.0 if one is None else float(tf.norm(tf.cast(tf.convert_to_tensor(one), tf.float32))) for one in found]
    kernels = [norm for norm, weight in zip(norms, weights, strict=True) if len(weight.shape) > 1] or norms
    return {
        "gradient": float(np.sqrt(np.square(norms).sum())),
        "first_gradient": kernels[0],
        "last_gradient": kernels[-1],
        "no_gradient": float(np.mean([norm == 0.0 for norm in norms])),
        "loss": float(loss),
    }


@dataclass(frozen=True, kw_only=True)
class AtEnd:
    """What is measured after training.

    Attributes:
        predicted: predictions in training mode; None if they cannot be had.
        signals: gradients and units.
    """

    predicted: np.ndarray | None = None
    signals: Mapping[str, float] = field(default_factory=dict)


def at_end(model: Any, x: Any, y: Any) -> AtEnd:
    """Measure a trained model: its answers in training mode, its gradients, its dead and constant units.

    Args:
        model: the model.
        x: inputs of training rows.
        y: their labels.
    """
    try:
        rows = keras.tree.map_structure(tf.convert_to_tensor, x)
        predicted = np.asarray(keras.ops.cast(model(rows, training=True), "float32"))
    except Exception:  # noqa: BLE001 - whatever it is, the trial has ended already
        return AtEnd()
    signals = {f"end_{name}": value for name, value in _gradients(model, x, y).items()}
    signals["weights"] = float(
        np.sqrt(sum(float(np.square(np.asarray(w, np.float64)).sum()) for w in model.trainable_weights))
    )
    return AtEnd(predicted=predicted, signals={**signals, **dict(_units(model, rows))})


def _units(model: Any, rows: Any) -> Iterable[tuple[str, float]]:
    """Yield the largest share of dead units, of units that are equal for all rows, and the largest output."""
    try:
        layers = [layer for layer in model.layers if layer.weights or "elu" in type(layer).__name__.lower()][:-1]
        several = len(model.inputs) > 1 or isinstance(rows, list | dict | tuple)
        inner = keras.Model(model.inputs if several else model.inputs[0], [layer.output for layer in layers])
        outputs = inner(rows, training=False)
    except Exception:  # noqa: BLE001 - a subclassed model, or a layer that is used twice
        return
    outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
    flat = [
        np.asarray(keras.ops.cast(one, "float32")).reshape(
            len(rows if not isinstance(rows, list | dict | tuple) else one), -1
        )
        for one in outputs
    ]
    if flat:
        yield "dead", max(float((one == 0).all(0).mean()) for one in flat)
        yield "constant", max(float((one == one[:1]).all(0).mean()) for one in flat)
        yield "largest", max(float(np.abs(one[np.isfinite(one)]).max(initial=0.0)) for one in flat)

"""Measure output and loss together: what the loss says of right and wrong predictions, and its gradient."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from ablate.engine.any_backend import keras
from ablate.engine.inspection import schedule
from ablate.engine.inspection.leaves import leaves
from ablate.engine.inspection.records import Head

SURE = 6.0
"""Size of the raw outputs that stand for a sure prediction."""


def measured(model: Any, seen: dict[str, Any] | None, y: np.ndarray, classes: np.ndarray, error: str) -> Head:
    """Return the record of output and loss.

    Args:
        model: the model.
        seen: what the pass through the untrained model returned; None if it raised an error.
        y: labels of the rows of that pass.
        classes: class of each row.
        error: the error that the pass raised.
    """
    tail = _tail(model)
    loss = model.loss
    settings = loss.get_config() if hasattr(loss, "get_config") else {}
    name = loss if isinstance(loss, str) else str(getattr(loss, "name", None) or getattr(loss, "__name__", loss))
    plain = Head(
        activation=_activation(tail),
        before=tuple(f"{type(layer).__name__}:{_name(layer)}" for layer in tail),
        loss=_short(name),
        from_logits=settings.get("from_logits", False if isinstance(loss, str) else None),
        takes=_takes(_short(name)),
        shape=tuple(model.output_shape[1:]) if _has_shape(model) else (),
        error=error,
    )
    if seen is None:
        return replace(plain, units=int(plain.shape[-1] or 0) if plain.shape else 0)
    predictions = np.asarray(seen["predictions"])
    table = predictions.reshape(len(predictions), -1)
    slope = np.asarray(seen["slope"]).reshape(len(predictions), -1)
    known = bool(seen["known"])
    right, wrong, even = _compared(model, y, classes, predictions, plain.activation)
    finite = bool(np.isfinite(seen["loss"]) and np.isfinite(table).all())
    with np.errstate(all="ignore"):
        return replace(
            plain,
            units=predictions.shape[-1],
            shape=predictions.shape[1:],
            lowest=float(table.min()),
            highest=float(table.max()),
            sums=float(table.sum(axis=1).mean()),
            column_sums=float(table.sum(axis=0).mean()),
            constant=bool(np.ptp(table, axis=0).max() <= 1e-7 * max(1.0, float(np.abs(table).max()))),
            fused=bool(seen["fused"]),
            start=float(seen["loss"]),
            finite=finite,
            zero_rows=float((slope == 0).all(axis=1).mean()) if known else 1.0,
            agreement=_agreement(slope, classes) if known else None,
            right=right,
            wrong=wrong,
            even=even,
            flat=float(np.mean((table == table.min()) | (table == table.max()))),
            wants_shares=not finite
            and bool(np.isfinite(table).all())
            and _wants_shares(model, y, classes, predictions),
            pairs=_pairs(model, y, predictions),
            untracked=int(seen.get("untracked", 0)),
        )


def _wants_shares(model: Any, y: np.ndarray, classes: np.ndarray, predictions: np.ndarray) -> bool:
    """Return whether the loss is a number, and rewards right predictions, if predictions are probabilities."""
    head = "softmax" if predictions.shape[-1] > 1 else "sigmoid"
    right, wrong, _ = _compared(model, y, classes, predictions, head)
    return right is not None and wrong is not None and right < wrong


def _pairs(model: Any, y: np.ndarray, predictions: np.ndarray) -> bool:
    """Return whether a `train_step` of the user's own gets a number for each pair of rows from a loss that it calls.

    Keras gives labels (rows,) the shape of predictions (rows, 1) before it calls a function; a `train_step` does not.
    """
    rows = len(predictions)
    custom = type(model).train_step is not keras.Model.train_step and callable(model.loss)
    if not custom or isinstance(model.loss, keras.losses.Loss) or predictions.shape != (rows, 1) or y.shape != (rows,):
        return False
    try:
        with keras.device("cpu:0"):
            result = model.loss(keras.ops.convert_to_tensor(y), keras.ops.convert_to_tensor(predictions))
            return rows > 1 and tuple(result.shape) == (rows, rows)
    except Exception:  # noqa: BLE001 - a loss may be anybody's code; then nothing is said of it
        return False


def _short(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _has_shape(model: Any) -> bool:
    try:
        return isinstance(model.output_shape, tuple)
    except (AttributeError, ValueError):
        return False


def _takes(name: str) -> str:
    if "sparse" in name:
        return "sparse"
    if "categorical" in name or "kl" in name:
        return "one_hot"
    return "binary" if "binary" in name or "hinge" in name else "unknown"


def last_activation(model: Any) -> str | None:
    """Return the name of a model's last activation; None if it cannot be read.

    Args:
        model: the model.
    """
    return _activation(_tail(model))


def _tail(model: Any) -> list[Any]:
    """Return the layers from the last one with a kernel on."""
    layers = leaves(model)
    kernels = [index for index, layer in enumerate(layers) if any(len(weight.shape) > 1 for weight in layer.weights)]
    return layers[kernels[-1] :] if kernels else layers[-1:]


def _name(layer: Any) -> str:
    function = getattr(layer, "activation", None)
    return getattr(function, "__name__", "") if function is not None else ""


def _activation(tail: list[Any]) -> str | None:
    names = [_name(layer) or type(layer).__name__.lower() for layer in tail if _name(layer) != "linear"]
    names = [name for name in names if name not in ("reshape", "flatten", "dropout", "identity", "dense")]
    return names[-1] if names else ("linear" if tail and _name(tail[-1]) == "linear" else None)


def _agreement(slope: np.ndarray, classes: np.ndarray) -> float | None:
    """Return the share of rows in which a step against the gradient raises the true class most."""
    moving = (slope != 0).any(axis=1)
    if not moving.any():
        return None
    if slope.shape[1] == 1:
        return float(np.mean((slope[moving, 0] < 0) == (classes[moving] > 0)))
    if classes.max() >= slope.shape[1]:
        return None
    return float(np.mean(slope[moving].argmin(axis=1) == classes[moving]))


def _compared(
    model: Any, y: np.ndarray, classes: np.ndarray, predictions: np.ndarray, activation: str | None
) -> tuple[float | None, float | None, float | None]:
    """Return the loss of right, wrong and undecided predictions that the head can make."""
    units = predictions.shape[-1]
    if predictions.ndim != 2 or (units > 1 and classes.max() >= units) or (units == 1 and classes.max() > 1):
        return None, None, None
    low, high = _range(activation)
    if units == 1:
        right = np.where(classes[:, None] > 0, high, low)
        wrong, even = high + low - right, np.full(right.shape, (high + low) / 2)
    else:
        right = np.where(np.arange(units) == classes[:, None], high, low)
        wrong = np.where(np.arange(units) == (classes[:, None] + 1) % units, high, low)
        even = np.full(right.shape, 1 / units if (low, high) == (0.0, 1.0) else 0.0)
        if activation == "softmax":
            right, wrong = (0.98 * one + 0.02 / units for one in (right, wrong))
    result = []
    for one in (right, wrong, even):
        try:
            with keras.device("cpu:0"):
                made, truth = keras.ops.convert_to_tensor(one.astype(np.float32)), keras.ops.convert_to_tensor(y)
                value = float(keras.ops.convert_to_numpy(model.compute_loss(y=truth, y_pred=made)))
        except Exception:  # noqa: BLE001 - a loss may be anybody's code; then nothing is said of it
            return None, None, None
        result.append(value - schedule.penalty(model))
    return (result[0], result[1], result[2]) if np.isfinite(result).all() else (None, None, None)


def _range(activation: str | None) -> tuple[float, float]:
    """Return the lowest and highest output that a head makes."""
    ranges = {"softmax": (0.0, 1.0), "sigmoid": (0.02, 0.98), "tanh": (-0.98, 0.98), "relu": (0.0, SURE)}
    return ranges.get(activation or "linear", (-SURE, SURE))

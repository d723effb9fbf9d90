"""Measure the optimizer and its schedule: what rate `fit` uses at which step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ablate.engine.any_backend import keras
from ablate.engine.inspection import data
from ablate.engine.inspection.records import Steps
from ablate.engine.inspection.rows import Rows

HARMLESS = ("LearningRateScheduler", "ReduceLROnPlateau", "EarlyStopping", "TerminateOnNaN")
"""Callbacks that a rehearsal keeps, because they change the training and write nothing."""

SETTINGS = (
    "momentum",
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "epsilon",
    "beta_1",
    "beta_2",
    "rho",
    "gradient_accumulation_steps",
)

AVERAGED = ("ema_momentum", "ema_overwrite_frequency")
"""Settings that matter only where an optimizer replaces the weights by their moving average."""


def measured(model: Any, rows: Rows, fit: Mapping[str, Any], first: float | None = None) -> Steps:
    """Return the record of the optimizer.

    Args:
        model: the compiled model.
        rows: the rows.
        fit: arguments of `fit`.
        first: the rate of the first step, where training has begun and a callback may have changed it; None before.
    """
    outer = model.optimizer
    optimizer = getattr(outer, "inner_optimizer", outer)
    config = optimizer.get_config()
    total = max(1, rows.per_epoch * int(fit.get("epochs", 1)))
    class_weights = [float(weight) for weight in (fit.get("class_weight") or {}).values() if weight > 0]
    counted = _weights(rows, fit)
    rate = optimizer._learning_rate
    scheduled = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
    callbacks = [one for one in fit.get("callbacks", ()) if type(one).__name__ == "LearningRateScheduler"]
    moments = (0, total // 10, total // 2, total - 1)
    fixed = rate if first is None else first
    rates = [float(np.asarray(rate(step) if scheduled else fixed)) for step in moments]
    if callbacks:
        rates = [_called(callbacks[0].schedule, step // rows.per_epoch, rates[0]) for step in moments]
    names = (*SETTINGS, *(AVERAGED if config.get("use_ema") else ()))
    policy = getattr(model.dtype_policy, "name", "float32")
    return Steps(
        optimizer=type(optimizer).__name__,
        settings={name: config[name] for name in names if config.get(name) is not None},
        schedule=type(rate).__name__ if scheduled else ("LearningRateScheduler" if callbacks else ""),
        rates=tuple(rates),
        steps=total,
        per_epoch=rows.per_epoch,
        batch=rows.batch,
        precision=_precision(model, policy),
        penalty=penalty(model) if model.built else 0.0,
        eager=bool(model.run_eagerly),
        custom_step=type(model).train_step is not keras.Model.train_step,
        shuffled=bool(fit.get("shuffle", True)) and "y" in rows.source,
        class_weights=max(class_weights) / min(class_weights) if class_weights else 1.0,
        row_weights=float(np.mean(counted == 0)),
        heaviest=_heaviest(rows, counted),
    )


def _weights(rows: Rows, fit: Mapping[str, Any]) -> np.ndarray:
    """Return what each training row counts: its sample weight times the weight of its class."""
    weights = np.ones(len(rows.y)) if rows.weights is None else rows.weights.reshape(len(rows.y), -1).mean(axis=1)
    classes = data.class_numbers(rows.y)
    given = {int(name): float(weight) for name, weight in (fit.get("class_weight") or {}).items()}
    return np.asarray(weights * np.array([given.get(number, 1.0) for number in classes.tolist()]))


def _heaviest(rows: Rows, weights: np.ndarray) -> float:
    """Return the largest share of all weight that the rows of one class have."""
    total = np.bincount(data.numbered(rows.y), weights)
    return float(total.max() / total.sum()) if total.sum() > 0 else 0.0


def penalty(model: Any) -> float:
    """Return the sum of a model's penalties; those that only have a number while a graph runs are left out."""
    total = 0.0
    for loss in model.losses:
        try:
            total += float(keras.ops.convert_to_numpy(loss))
        except Exception:  # noqa: BLE001, S112 - a tensor of a graph that has been traced
            continue
    return total


def _called(schedule: Any, epoch: int, rate: float) -> float:
    """Return the rate that a callback sets in an epoch; it may build on the rate of the epoch before."""
    for number in range(epoch + 1):
        try:
            rate = float(schedule(number, rate))
        except TypeError:
            rate = float(schedule(number))
    return rate


def _precision(model: Any, policy: str) -> str:
    """Return the lowest precision that weights are kept in; `mixed_...` of one that layers only compute with."""
    kept = {str(variable.dtype) for variable in model.variables}
    computed = {str(getattr(layer, "compute_dtype", "")) for layer in model._flatten_layers()}
    half = [kind for kind in ("float16", "bfloat16") if kind in kept | computed]
    return policy if not half else half[0] if half[0] in kept else f"mixed_{half[0]}"

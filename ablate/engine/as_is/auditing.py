"""Inspect a program's model and rows in a worker, before anything is trained for long."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ablate.engine.as_is import trial
from ablate.engine.as_is.program import build, load
from ablate.engine.inspection import inspect
from ablate.engine.inspection.records import Inspection
from ablate.engine.runtime import keras


def inspected(path: str, fit: dict[str, Any], seconds: float) -> Inspection:
    """Inspect a program.

    Args:
        path: the file that `program.save` wrote.
        fit: arguments of `fit`, without rows and callbacks.
        seconds: time for the rehearsal.
    """
    program = load(path)
    policy, floats = keras.config.dtype_policy(), keras.config.floatx()
    keras.utils.set_random_seed(0)
    try:
        rows = program.rows
        own = dict(fit)
        if rows.passed:
            own["validation_data"] = (trial.texts(rows.x_val), rows.y_val)
        if rows.weights is not None:
            own["sample_weight"] = rows.weights
        own["callbacks"] = trial.callbacks_of(program)
        found: Inspection = _plain(
            inspect.inspect(build(program), trial.texts(rows.x), rows.y, fit=own, seconds=seconds)
        )
        return found
    finally:
        keras.config.set_dtype_policy(policy)
        keras.config.set_floatx(floats)


def _plain(value: Any) -> Any:
    """Return a record without objects of Keras: another process must be able to read it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_plain(inner) for inner in value)
    if isinstance(value, np.generic):
        return value.item()
    return value if value is None or isinstance(value, bool | int | float | str | np.ndarray) else str(value)

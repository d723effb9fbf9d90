"""Inspect a program's model and rows in a worker, before anything is trained for long."""

from __future__ import annotations

from typing import Any

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
            own["validation_data"] = (rows.x_val, rows.y_val)
        if rows.weights is not None:
            own["sample_weight"] = rows.weights
        own["callbacks"] = trial.callbacks_of(program)
        return inspect.inspect(build(program), rows.x, rows.y, fit=own, seconds=seconds)
    finally:
        keras.config.set_dtype_policy(policy)
        keras.config.set_floatx(floats)

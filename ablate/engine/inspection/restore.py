"""Put a model back as it was: weights, moments, metrics and random states."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def variables(model: Any) -> list[Any]:
    """Return every variable of a model: weights, random states of layers, metrics and the optimizer's."""
    optimizer = getattr(model, "optimizer", None)
    metrics = [variable for metric in model.metrics for variable in metric.variables]
    seeds = [generator.state for generator in _generators(model)]
    moments = list(optimizer.variables) if optimizer is not None else []
    return list({id(variable): variable for variable in (*model.variables, *seeds, *moments, *metrics)}.values())


def _generators(model: Any) -> Iterator[Any]:
    for layer in (model, *model._flatten_layers(include_self=False)):
        yield from getattr(layer, "_seed_generators", ())


@contextmanager
def unchanged(model: Any) -> Iterator[None]:
    """Put back, at the end, all variables of a model and the random states of Python and NumPy.

    The optimizer must be built. Variables that are made inside stay.
    """
    stored = [(variable, np.array(variable.numpy())) for variable in variables(model)]
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - layers of users draw from it
    stop = getattr(model, "stop_training", False)
    try:
        yield
    finally:
        for variable, value in stored:
            variable.assign(value)
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        model.stop_training = stop

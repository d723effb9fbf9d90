"""Keep every bit of a training: put back variables and all sources of randomness after a look."""

from __future__ import annotations

import logging
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ablate.engine.any_backend import keras

MOST = 2_000_000
"""Numbers that are put back around a look that runs the model in inference mode only."""


def _generators(model: Any) -> Iterator[Any]:
    for layer in (model, *model._flatten_layers(include_self=False)):
        yield from getattr(layer, "_seed_generators", ())


def variables(model: Any, *, trained: bool) -> list[Any]:
    """Return variables of a model that a look could move: state of layers, seeds and metrics, perhaps weights.

    Args:
        model: the model.
        trained: whether trained weights and the optimizer's numbers are among them.
    """
    from keras.src.backend.common import global_state

    seeds = [generator.state for generator in _generators(model)]
    common = global_state.get_global_attribute("global_seed_generator")
    metrics = [variable for metric in model.metrics for variable in metric.variables]
    several = [*model.non_trainable_variables, *seeds, *metrics, *([] if common is None else [common.state])]
    if trained:
        several += [*model.trainable_variables, *getattr(model.optimizer, "variables", ())]
    return list({id(variable): variable for variable in several}.values())


@contextmanager
def untouched(model: Any, *, trained: bool = False) -> Iterator[None]:
    """Put back, at the end, what a look could move; the random states of Python, NumPy and TensorFlow among it.

    Args:
        model: the model; its optimizer must be built if it is put back.
        trained: whether weights and the optimizer's numbers may be changed inside.
    """
    chosen = variables(model, trained=trained)
    if not trained and sum(int(np.prod(one.shape)) for one in chosen) > MOST:
        chosen = [one for one in chosen if int(np.prod(one.shape)) < 100]  # seeds and counters
    stored = [(one, np.array(one.numpy())) for one in chosen]
    states, drawn = (random.getstate(), np.random.get_state()), _drawn()  # noqa: NPY002 - layers of users draw from it
    stop = getattr(model, "stop_training", False)
    log = logging.getLogger("tensorflow")  # which warns of several traced functions, as several fits need them
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for variable, value in stored:
            variable.assign(value)
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        if drawn is not None:
            drawn[0].setstate(drawn[1])
        model.stop_training = stop
        log.setLevel(level)


def _drawn() -> tuple[Any, Any] | None:
    """Return TensorFlow's source of seeds for operations, with its state; None on other back ends."""
    if keras.backend.backend() != "tensorflow":
        return None
    from tensorflow.python.eager import context

    source = getattr(context.context(), "_rng", None)
    return None if source is None else (source, source.getstate())

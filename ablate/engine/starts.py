"""The variables that a trial begins with: fresh ones, or those that a first phase left; then a trap may be set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from ablate.core.study import Budget, Json, Level, Setting, Trial
from ablate.engine import data, user_model
from ablate.engine.network import Network, forward, number_type, precision
from ablate.engine.program import common_of, numbers_of, program_of
from ablate.engine.runtime import tf
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import neutral, start
from ablate.remedies.initializer import INITIALIZER
from ablate.remedies.model import MODEL
from ablate.remedies.start import START


@dataclass(frozen=True, kw_only=True, eq=False)
class Variables:
    """A trial's variables as arrays, outside a program.

    Attributes:
        weights: trainable variables by name.
        buffers: the other variables of the model by name.
        moments: variables of the optimizer; empty means fresh ones.
        signals: `start_step`, `start_loss` and `start_correct` of the first phase; empty without one.
    """

    weights: Mapping[str, np.ndarray]
    buffers: Mapping[str, np.ndarray]
    moments: tuple[np.ndarray, ...] = ()
    signals: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What an engine returns of one trial.

    Attributes:
        signals: float32 [evaluations + 1] by name.
        bad_step: first step after which a tensor was not finite; -1 if none.
        bad_tensor: that tensor; empty if none.
        variables: the last variables.
    """

    signals: Mapping[str, np.ndarray]
    bad_step: int
    bad_tensor: str
    variables: Variables


def first_phase_of(trial: Trial) -> Trial | None:
    """Return the first phase as a trial: the declared setting, with this trial's task and shape; None without one."""
    params = trial.setting.params()
    phase = start.phase(params[START])
    if phase is None:
        return None
    declared = {**neutral(), **phase["setting"], START: start.FRESH, **{name: params[name] for name in start.SHAPES}}
    setting = Setting(tuple((name, Level(name=str(value), params=value)) for name, value in declared.items()))
    looks = max(1, round(phase["steps"] * trial.budget.looks / trial.budget.steps))
    budget = Budget(steps=phase["steps"], looks=min(looks, phase["steps"]))
    return Trial(
        id=trial.id, setting=setting, seed=trial.seed, task_hash=trial.task_hash, budget=budget, engine=trial.engine
    )


def begin(trial: Trial, net: Network, rows: data.Rows, dtype: str, left: Variables | None) -> Variables:
    """Return the variables that a trial begins with.

    Args:
        trial: the trial.
        net: the network of its program.
        rows: its data.
        dtype: float type of the arrays.
        left: what its first phase left; None without one. Variables of the same name and shape are taken over.
            Optimizer variables are taken over only if the start keeps them and all of them fit.
    """
    params = trial.setting.params()
    weights, buffers, moments = _fresh(net)
    if params[INITIALIZER]["kind"] == "own" or MODEL in net.baked:
        with precision(dtype):
            drawn = user_model.drawn(net.layers, trial.seed)
        weights = {name: drawn[name] for name in net.names}
        buffers = {name: drawn.get(name, buffer) for name, buffer in buffers.items()}
    if params[INITIALIZER]["kind"] != "own":
        shapes = {name: weight.shape for name, weight in weights.items()}
        weights = {**weights, **data.dense_weights(params[INITIALIZER], shapes, trial.seed)}
    signals: Mapping[str, np.ndarray] = {}
    if left is not None:
        weights, buffers = _taken_over(left.weights, weights), _taken_over(left.buffers, buffers)
        signals = left.signals
        if _keeps_moments(params, [moment.shape for moment in moments], left):
            moments = left.moments
    arrays = [weights[name].astype(dtype) for name in net.names]
    if params[START]["kind"] not in ("fresh", "collapsed"):
        logits = _probe_logits(trial, net, rows, list(buffers.values()), dtype)
        arrays = start.trap(params[START], arrays, list(net.names), logits, rows.probe_labels, trial.seed)
    return Variables(
        weights={name: array.astype(dtype) for name, array in zip(net.names, arrays, strict=True)},
        buffers={name: _typed(array, dtype) for name, array in buffers.items()},
        moments=moments,
        signals=signals,
    )


def _typed(array: np.ndarray, dtype: str) -> np.ndarray:
    """Cast floats to the trial's type; states of Keras' random generators are whole numbers and stay so."""
    return array.astype(dtype) if array.dtype.kind == "f" else array


@lru_cache(maxsize=64)
def _fresh(net: Network) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], tuple[np.ndarray, ...]]:
    """Return what Keras initialized: weights and buffers by name, and the optimizer's variables."""
    weights = {name: np.asarray(v) for name, v in zip(net.names, net.model.trainable_variables, strict=True)}
    buffers = {name: np.asarray(v) for name, v in zip(net.buffer_names, net.model.non_trainable_variables, strict=True)}
    return weights, buffers, tuple(np.asarray(variable) for variable in net.optimizer.variables)


def _taken_over(left: Mapping[str, np.ndarray], fresh: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the fresh variables, replaced by those of the same name and shape that a first phase left."""
    fits = {name for name, array in fresh.items() if name in left and left[name].shape == array.shape}
    return {name: left[name] if name in fits else array for name, array in fresh.items()}


def _keeps_moments(params: Mapping[str, Json], shapes: list[tuple[int, ...]], left: Variables) -> bool:
    return start.keeps_optimizer(params) and shapes == [moment.shape for moment in left.moments]


def _probe_logits(
    trial: Trial, net: Network, rows: data.Rows, buffers: list[np.ndarray], dtype: str
) -> Callable[[list[Any]], np.ndarray]:
    """Return a function from weights to logits, [validation rows, classes], by the trial's own network."""

    def logits(weights: list[Any]) -> np.ndarray:
        numbers = {**numbers_of(trial), **common_of(trial)}
        with precision(dtype):
            scalars = {name: tf.constant(value, number_type(name)) for name, value in numbers.items()}
            with scope.slot(scalars, program_of(trial)["choices"]):
                (output, *_), *_ = forward(
                    net,
                    [tf.constant(weight) for weight in weights],
                    [tf.constant(buffer) for buffer in buffers],
                    tf.constant(rows.probe),
                    training=False,
                )
        return np.asarray(output)

    return logits

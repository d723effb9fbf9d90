"""`fit_many`: train compiled Keras models as their own `fit` would, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.core.errors import ConfigError
from ablate.core.study import canonical
from ablate.engine import program_cache
from ablate.engine.many import alike, program
from ablate.engine.many.alike import Group
from ablate.engine.network import precision
from ablate.engine.runtime import keras, tf

SLOTS = 16
"""Most models that one program trains at once."""


READY = 16
"""Compiled programs that this process keeps at hand."""

_ready: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """One model after training.

    Attributes:
        model: the model, with its new weights.
        weights: its weights, as `model.get_weights()` returns them.
        history: what `fit` returns as `history.history`: a number an epoch by name.
        alone: why the model was trained alone, by its own `fit`; empty if it was trained side by side.
    """

    model: Any
    weights: list[np.ndarray]
    history: dict[str, list[float]]
    alone: str


def fit_many(
    models: Iterable[Any] | Callable[..., Any],
    x: Any,
    y: Any,
    arguments: Iterable[Mapping[str, Any]] = (),
    *,
    batch_size: int = 32,
    epochs: int = 1,
    validation_data: tuple[Any, Any] | None = None,
    shuffle: bool = True,
    seed: int = 0,
) -> list[Fitted]:
    """Train many compiled Keras models on the same rows, side by side where their layers allow it.

    Models of equal shapes share a program; they may differ in activations, losses, learning rates and first weights.
    Each of them is trained as `model.fit` trains it, and keeps its new weights. A model that cannot be trained side by
    side is trained by its own `fit`. A program is compiled once on a machine: later calls find it on the disk.

    Args:
        models: compiled models, or a function that builds one.
        x: inputs, [rows, ...].
        y: targets, [rows, ...].
        arguments: with a function: its arguments for each model.
        batch_size: rows of a batch.
        epochs: passes over the rows.
        validation_data: inputs and targets that are evaluated after each epoch.
        shuffle: whether each model sees the rows in an order of its own in each epoch.
        seed: decides these orders.

    Returns:
        One record a model, in the order of the models.

    Raises:
        ConfigError: a model is not compiled, or inputs and targets have different numbers of rows.
    """
    made = [models(**keywords) for keywords in arguments] if callable(models) else list(models)
    x, y = np.asarray(x), np.asarray(y)
    _check(made, x, y, validation_data)
    reasons = [alike.why_alone(model) for model in made]
    together = [number for number, reason in enumerate(reasons) if not reason]
    options: dict[str, Any] = {"batch_size": batch_size, "epochs": epochs, "validation_data": validation_data}
    histories: dict[int, dict[str, list[float]]] = {}
    for group in alike.groups([made[number] for number in together]):
        numbers = [together[number] for number in group.numbers]
        rows = [_orders(len(x), epochs, shuffle, (seed, number)) for number in numbers]
        histories |= dict(zip(numbers, _fit(group, x, y, np.stack(rows), **options), strict=True))
    for number, reason in enumerate(reasons):
        if reason:
            history = made[number].fit(x, y, shuffle=shuffle, verbose=0, **options).history
            histories[number] = {name: list(map(float, values)) for name, values in history.items()}
    return [
        Fitted(model=model, weights=model.get_weights(), history=histories[number], alone=reasons[number])
        for number, model in enumerate(made)
    ]


def _check(models: Sequence[Any], x: np.ndarray, y: np.ndarray, validation_data: Any) -> None:
    for number, model in enumerate(models):
        if not isinstance(model, keras.Model) or not model.compiled:
            raise ConfigError(f"`fit_many` trains compiled Keras models. Model {number} is not one: call `compile`.")
    watched = () if validation_data is None else ((np.asarray(validation_data[0]), np.asarray(validation_data[1])),)
    for inputs, targets in ((x, y), *watched):
        if len(inputs) != len(targets):
            raise ConfigError(
                f"Inputs and targets must have the same number of rows. Received {len(inputs)} and {len(targets)}."
            )


def _orders(rows: int, epochs: int, shuffle: bool, seed: tuple[int, int]) -> np.ndarray:
    """Return the order of the rows in each epoch, [epochs, rows]."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(rows) if shuffle else np.arange(rows) for _ in range(epochs)]).astype(np.int32)


def _fit(
    group: Group,
    x: np.ndarray,
    y: np.ndarray,
    orders: np.ndarray,
    *,
    batch_size: int,
    epochs: int,
    validation_data: tuple[Any, Any] | None,
) -> list[dict[str, list[float]]]:
    """Train the models of a group, a stack of slots at a time; return their histories."""
    probe, truth = (x[:0], y[:0]) if validation_data is None else map(np.asarray, validation_data)
    with precision(group.models[0].dtype_policy.compute_dtype):
        float_type = keras.config.floatx()
        arrays = [item.astype(float_type) if item.dtype.kind == "f" else item for item in (x, y, probe, truth)]
        group_parts = program.parts(group, arrays[0][:1], arrays[1][:1])
        body = program.fitting(group_parts, batch=batch_size, epochs=epochs, watched=len(probe))
        told = [
            alike.mark(group.models[0]),
            group.activations,
            group.losses,
            batch_size,
            epochs,
            len(probe),
            float_type,
        ]
        run = _compiled(f"fit_many {canonical(told)}", body)
        names, histories, count = program.columns(group_parts, len(probe)), [], len(group.models)
        slots = min(SLOTS, count)
        for first in range(0, count, slots):
            inside = list(range(first, min(first + slots, count)))
            fill = [*inside, *[inside[0]] * (slots - len(inside))]
            choices = {name: tf.constant([group.chosen[number][name] for number in fill]) for name in group.chosen[0]}
            states = [_state(group.models[number]) for number in fill]
            stacked = {
                part: [np.stack(column) for column in zip(*(item[part] for item in states), strict=True)]
                for part in states[0]
            }
            stacked = tf.nest.map_structure(tf.constant, stacked)
            # XLA drops arguments that nothing reads; a kept program must then be called without them.
            read = arrays if len(probe) else arrays[:2]
            state, measured = run(stacked, choices, tf.constant(orders[fill]), *map(tf.constant, read))
            state, measured = tf.nest.map_structure(np.asarray, (state, measured))
            for slot, number in enumerate(inside):
                _give(group.models[number], {part: [item[slot] for item in state[part]] for part in state})
                values = zip(names, measured, strict=True)
                histories.append({name: [float(value) for value in column[:, slot]] for name, column in values})
    return histories


def _compiled(name: str, body: Callable[..., Any]) -> Callable[..., Any]:
    """Return the compiled program of a name; the latest ones stay ready in this process."""
    if name not in _ready:
        for oldest in list(_ready)[: len(_ready) - READY + 1]:
            del _ready[oldest]
        _ready[name] = program_cache.cached(name, body)
    return _ready[name]


def _state(model: Any) -> dict[str, list[np.ndarray]]:
    """Return a model's variables and those of its optimizer."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    parts = {
        "weights": model.trainable_variables,
        "buffers": model.non_trainable_variables,
        "moments": model.optimizer.variables,
    }
    return {name: [np.asarray(variable) for variable in variables] for name, variables in parts.items()}


def _give(model: Any, state: dict[str, list[np.ndarray]]) -> None:
    """Give a model and its optimizer these values."""
    variables = [*model.trainable_variables, *model.non_trainable_variables, *model.optimizer.variables]
    for variable, value in zip(variables, [*state["weights"], *state["buffers"], *state["moments"]], strict=True):
        variable.assign(value)

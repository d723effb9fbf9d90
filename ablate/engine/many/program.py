"""The program of a group: epochs of training and validation for all slots, as Keras' `fit` does them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablate.engine import layers as kinds
from ablate.engine.batched import for_each_slot
from ablate.engine.many.alike import Group
from ablate.engine.network import _stateless
from ablate.engine.runtime import keras, tf
from ablate.remedies import _slot_numbers as scope

State = dict[str, Any]
"""What a slot carries: `weights`, `buffers` and `moments`, lists of tensors."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Parts:
    """What a program is made of.

    Attributes:
        model: a copy of the group's models that computes by the engine's forms.
        optimizer: its optimizer, for stateless calls.
        losses: the group's losses.
        metrics: the compiled metrics; None without any.
        fresh: the metrics' variables before the first batch.
    """

    model: Any
    optimizer: Any
    losses: tuple[Any, ...]
    metrics: Any
    fresh: tuple[np.ndarray, ...]


def parts(group: Group, x: np.ndarray, y: np.ndarray) -> Parts:
    """Return the parts of a group's program.

    Args:
        group: the models.
        x: a few rows of the inputs.
        y: their targets.
    """
    first = group.models[0]
    model = type(first).from_config(first.get_config())
    for index, layer in enumerate(model.layers):
        kinds.install(layer)
        if index in group.activations:
            layer.activation = _choice(str(index), group.activations[index])
    optimizer = _stateless(type(first.optimizer).from_config(first.optimizer.get_config()))
    optimizer.build(model.trainable_variables)
    losses = tuple(_loss(json.loads(text)) for text in group.losses)
    metrics = None
    if first._compile_metrics is not None:
        settings = first.get_compile_config()
        model.compile(metrics=settings.get("metrics"), weighted_metrics=settings.get("weighted_metrics"), loss="mse")
        metrics = model._compile_metrics
        metrics.build(tf.convert_to_tensor(y), first(x))
    fresh = () if metrics is None else tuple(np.asarray(variable) for variable in metrics.variables)
    return Parts(model=model, optimizer=optimizer, losses=losses, metrics=metrics, fresh=fresh)


def _loss(config: Any) -> Any:
    loss = keras.saving.deserialize_keras_object(config) if isinstance(config, dict) else config
    return keras.src.trainers.compile_utils.CompileLoss(loss)


def _choice(name: str, texts: Sequence[str]) -> Callable[[Any], Any]:
    """Return an activation that is the slot's own among several."""
    functions = [keras.activations.get(json.loads(text)) for text in texts]

    def chosen(x: Any) -> Any:
        return select(name, [function(x) for function in functions])

    return chosen


def select(name: str, values: Sequence[Any]) -> Any:
    """Return the value that the slot's number of that name chooses.

    Args:
        name: of the number.
        values: one for each value of the number, from 0.
    """
    result = values[0]
    for index, value in enumerate(values[1:], 1):
        result = tf.where(scope.number(name) == index, value, result)
    return result


def fitting(group_parts: Parts, *, batch: int, epochs: int, watched: int) -> Callable[..., Any]:
    """Return the program: (state, choices, order, x, y) -> (state, history); with validation data, it takes them last.

    The order is [slots, epochs, rows]; the history has a tensor [epochs, slots] for each of `columns`.

    Args:
        group_parts: the parts.
        batch: rows of a batch; the last batch of an epoch has what is left.
        epochs: epochs.
        watched: rows of the validation data; 0 without.
    """
    wanted = columns(group_parts, watched)

    def program(state: State, choices: Any, order: Any, x: Any, y: Any, *validation: Any) -> Any:
        slots = order.shape[0]

        def epoch(index: Any, state: State, history: Any) -> Any:
            state, sums = _passed(group_parts, state, choices, order[:, index], (x, y), batch, training=True)
            measured = for_each_slot(lambda slot: _results(group_parts, slot), sums)
            if watched:
                rows = tf.tile(tf.range(watched)[None], [slots, 1])
                state, sums = _passed(group_parts, state, choices, rows, validation, batch, training=False)
                judged = for_each_slot(lambda slot: _results(group_parts, slot), sums)
                measured |= {f"val_{name}": value for name, value in judged.items()}
            written = zip(history, wanted, strict=True)
            return index + 1, state, [array.write(index, measured[name]) for array, name in written]

        dtype = tf.as_dtype(keras.config.floatx())
        start = [tf.TensorArray(dtype, size=epochs, element_shape=[slots]) for _ in wanted]
        _, state, history = tf.while_loop(
            lambda index, *_: index < epochs, epoch, (tf.constant(0), state, start), maximum_iterations=epochs
        )
        return state, [array.stack() for array in history]

    return program


def columns(group_parts: Parts, watched: int) -> list[str]:
    """Return the names of a history's columns, sorted.

    Args:
        group_parts: the parts.
        watched: rows of the validation data; 0 without.
    """
    names = ["loss"] if group_parts.metrics is None else ["loss", *group_parts.metrics.result()]
    return sorted([*names, *(f"val_{name}" for name in names if watched)])


def _passed(group_parts: Parts, state: State, choices: Any, order: Any, data: Any, batch: int, training: bool) -> Any:
    """Return the state after one pass over the rows in that order, [slots, rows], and the sums of what is measured."""

    def advance(rows: Any, state: State, sums: Any) -> Any:
        def one(slot: Any) -> Any:
            state, sums, numbers, rows = slot
            x, y = (tf.gather(array, rows) for array in data)
            with scope.slot(numbers, {}):
                return _step(group_parts, state, sums, x, y, training)

        return for_each_slot(one, (state, sums, choices, rows))

    def body(index: Any, state: State, sums: Any) -> Any:
        rows = tf.gather(order, index * batch + tf.range(batch), axis=1)
        return (index + 1, *advance(rows, state, sums))

    sums, (whole, rest) = _empty(group_parts, order.shape[0]), divmod(order.shape[1], batch)
    if whole:
        start = (tf.constant(0), state, sums)
        _, state, sums = tf.while_loop(lambda index, *_: index < whole, body, start, maximum_iterations=whole)
    return advance(order[:, whole * batch :], state, sums) if rest else (state, sums)


def _empty(group_parts: Parts, slots: int) -> dict[str, Any]:
    zero = tf.zeros([slots], keras.config.floatx())
    fresh = [tf.constant(np.stack([value] * slots)) for value in group_parts.fresh]
    return {"loss": zero, "rows": zero, "metrics": fresh}


def _step(group_parts: Parts, state: State, sums: Any, x: Any, y: Any, training: bool) -> Any:
    """Return one slot's state and sums after one batch, as Keras makes them."""
    with tf.GradientTape() as tape:
        tape.watch(state["weights"])
        output, buffers, penalties = group_parts.model.stateless_call(
            state["weights"], state["buffers"], x, training=training, return_losses=True
        )
        value = select("loss", [loss(y, output) for loss in group_parts.losses])
        value = tf.add_n([value, *penalties]) if penalties else value
    rows = tf.cast(x.shape[0], value.dtype)
    metrics = sums["metrics"]
    if group_parts.metrics is not None:
        metrics = group_parts.metrics.stateless_update_state(metrics, y, output)
    sums = {"loss": sums["loss"] + value * rows, "rows": sums["rows"] + rows, "metrics": _tensors(metrics)}
    state = {**state, "buffers": _tensors(buffers)}
    if training:
        gradients = tape.gradient(value, state["weights"])
        weights, moments = group_parts.optimizer.stateless_apply(state["moments"], gradients, state["weights"])
        state |= {"weights": _tensors(weights), "moments": _tensors(moments)}
    return state, sums


def _results(group_parts: Parts, sums: Any) -> dict[str, Any]:
    result = {"loss": sums["loss"] / sums["rows"]}
    return (
        result if group_parts.metrics is None else {**result, **group_parts.metrics.stateless_result(sums["metrics"])}
    )


def _tensors(values: Any) -> list[Any]:
    return [tf.convert_to_tensor(value) for value in values]

"""Recurrent layers for many slots at once: one loop over time, with Keras' own cell for all slots inside.

`tf.vectorized_map` cannot map a loop that keeps a list, so both loops are ours: forward, and back in time. The way back
computes a time's cell again from the states before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ablate.core.study import Json
from ablate.engine import batched
from ablate.engine.layers._kind import Kind, Shape
from ablate.engine.runtime import keras, tf

LAYERS = ("LSTM", "GRU", "SimpleRNN")
CELLS = tuple(f"{name}Cell" for name in LAYERS)
STATES = {"LSTM": 2, "LSTMCell": 2}
MASKS = ("_dropout_mask", "_recurrent_dropout_mask")
"""Where a cell keeps the outputs that dropout sets to zero at all times of a batch."""

_with_gradient: Callable[[Callable[..., Any]], Callable[..., Any]] = tf.custom_gradient


def _refusal(kind: str, config: Mapping[str, Json]) -> str:
    """Return why a layer trains alone; empty if it can be stacked."""
    if kind == "Bidirectional":
        inner = (config.get("layer"), config.get("backward_layer"))
        return next((why for layer in inner if layer and (why := _of_inner(layer, (*LAYERS, "RNN")))), "")
    if config.get("stateful"):
        return "its states outlive a batch"
    if config.get("return_state"):
        return "it has more than one output"
    return _of_inner(config["cell"], CELLS) if kind == "RNN" else ""


def _of_inner(inner: Json, known: Sequence[str]) -> str:
    kind = inner["class_name"] if isinstance(inner, dict) else "list of cells"
    if kind not in known:
        return f"the {kind} inside it has no form for many slots"
    return _refusal(kind, inner["config"])


def _held(kind: str, config: Mapping[str, Json], before: Shape, after: Shape) -> int:
    """Return how many numbers a layer keeps of one row for the way back in time."""
    if kind == "Bidirectional":
        return 2 * _held(config["layer"]["class_name"], config["layer"]["config"], before, after)
    if kind == "RNN":
        return _held(config["cell"]["class_name"], config["cell"]["config"], before, after)
    return math.prod(before[:-1]) * int(config["units"]) * STATES.get(kind, 1)


def install(layer: Any) -> None:
    """Make a Keras layer compute by the form."""
    if isinstance(layer, keras.layers.Bidirectional):
        install(layer.forward_layer)
        install(layer.backward_layer)
        return

    def inner_loop(sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> tuple[Any, Any, Any]:
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        states = list(initial_state) if isinstance(initial_state, list | tuple) else [initial_state]
        sequences = tf.transpose(sequences, [1, 0, 2])
        mask = None if mask is None else tf.transpose(mask)[..., None]
        if layer.go_backwards:
            sequences, mask = sequences[::-1], None if mask is None else mask[::-1]
        last, outputs = _scanned(layer, sequences, states, mask, training)
        if mask is not None and layer.zero_output_for_mask:
            outputs = tf.where(mask, outputs, tf.zeros_like(outputs))
            return outputs[-1], tf.transpose(outputs, [1, 0, 2]), last
        return last[0], tf.transpose(outputs, [1, 0, 2]), last

    layer.inner_loop = inner_loop


def _scanned(layer: Any, sequences: Any, states: list[Any], mask: Any, training: bool) -> tuple[list[Any], Any]:
    """Return one slot's last states, and the outputs of all times, [times, rows, units]."""
    cell = layer.cell
    dropped = {name: kept for name in MASKS if (kept := getattr(cell, name, None)) is not None}
    fixed = {"dropped": dropped, "mask": [] if mask is None else [mask]}
    step = _step(cell, training)

    @_with_gradient
    def scanned(sequences: Any, states: Any, weights: Any) -> Any:
        given = {"x": sequences, "states": states, "weights": weights, **fixed}
        series = [(sequences.shape[:1] + state.shape, state.dtype) for state in states]
        results = batched.call(lambda slots: _forward(step, slots), given, [*states, *series])
        last, kept = results[: len(states)], results[len(states) :]

        def gradient(*slopes: Any) -> Any:
            more = {"kept": kept, "last": list(slopes[:-1]), "outputs": slopes[-1]}
            like = [sequences, *states, *weights]
            by_x, *others = batched.call(lambda slots: _backward(step, slots), {**given, **more}, like)
            return by_x, others[: len(states)], others[len(states) :]

        return (*last, kept[0]), gradient

    *last, outputs = scanned(sequences, states, [tf.convert_to_tensor(weight) for weight in cell.trainable_variables])
    return last, outputs


Step = Callable[[Any], list[Any]]
"""One slot's cell at one time: {x, states, weights, dropped, mask} -> the new states, the output first."""


def _step(cell: Any, training: bool) -> Step:
    def step(slot: Any) -> list[Any]:
        weights = list(zip(cell.trainable_variables, slot["weights"], strict=True))
        with keras.StatelessScope(state_mapping=weights), _masks(cell, slot["dropped"]):
            _, new = cell.call(slot["x"], slot["states"], training=training)
        new = list(new)
        if slot["mask"]:
            new = [tf.where(slot["mask"][0], one, old) for one, old in zip(new, slot["states"], strict=True)]
        return new

    return step


@contextmanager
def _masks(cell: Any, dropped: Mapping[str, Any]) -> Iterator[None]:
    """Give the cell these masks of dropout while the block is traced."""
    before = {name: getattr(cell, name) for name in dropped}
    for name, masks in dropped.items():
        setattr(cell, name, masks)
    try:
        yield
    finally:
        for name, masks in before.items():
            setattr(cell, name, masks)


def _forward(step: Step, slots: Any) -> list[Any]:
    """Return the last states and the states at all times, of all slots."""
    timed, fixed = _timed(slots)
    times = timed["x"].shape[0]
    arrays = [tf.TensorArray(first.dtype, size=times, element_shape=first.shape) for first in slots["states"]]

    def body(time: Any, states: Any, arrays: Any) -> Any:
        new = batched.for_each_slot(step, {**fixed, **_at(timed, time), "states": states})
        return time + 1, new, [array.write(time, state) for array, state in zip(arrays, new, strict=True)]

    start = (tf.constant(0), slots["states"], arrays)
    _, last, arrays = tf.while_loop(lambda time, *_: time < times, body, start, maximum_iterations=times)
    return [*last, *(_exchanged(array.stack()) for array in arrays)]


def _backward(step: Step, slots: Any) -> list[Any]:
    """Return the gradients with respect to the sequences, the first states and the weights, of all slots."""
    timed, fixed = _timed(slots)
    kept = zip(slots["states"], slots["kept"], strict=True)
    before = [tf.concat([state[None], _exchanged(series)[:-1]], 0) for state, series in kept]
    outputs, times = _exchanged(slots["outputs"]), timed["x"].shape[0]

    def back(slot: Any) -> Any:
        by = {name: slot[name] for name in ("x", "states", "weights")}
        with tf.GradientTape() as tape:
            tape.watch(by)
            new = step({**slot, **by})
        return tape.gradient(new, by, output_gradients=slot["slopes"], unconnected_gradients="zero")

    def body(time: Any, slopes: Any, sums: Any, written: Any) -> Any:
        slopes = [slopes[0] + outputs[time], *slopes[1:]]
        states = [state[time] for state in before]
        by = batched.for_each_slot(back, {**fixed, **_at(timed, time), "states": states, "slopes": slopes})
        sums = [total + new for total, new in zip(sums, by["weights"], strict=True)]
        return time - 1, by["states"], sums, written.write(time, by["x"])

    sums = [tf.zeros_like(weight) for weight in slots["weights"]]
    written = tf.TensorArray(timed["x"].dtype, size=times, element_shape=timed["x"].shape[1:])
    start = (tf.constant(times - 1), slots["last"], sums, written)
    _, slopes, sums, written = tf.while_loop(lambda time, *_: time >= 0, body, start, maximum_iterations=times)
    return [_exchanged(written.stack()), *slopes, *sums]


def _timed(slots: Any) -> tuple[Any, Any]:
    """Return what has an axis of times, with this axis in front, and what all times share."""
    timed = tf.nest.map_structure(_exchanged, {name: slots[name] for name in ("x", "mask")})
    return timed, {name: slots[name] for name in ("weights", "dropped")}


def _at(timed: Any, time: Any) -> Any:
    return tf.nest.map_structure(lambda tensor: tensor[time], timed)


def _exchanged(tensor: Any) -> Any:
    """Exchange the axes of slots and of times."""
    return tf.transpose(tensor, [1, 0, *range(2, len(tensor.shape))])


KINDS = {name: Kind(refusal=_refusal, held=_held, install=install) for name in (*LAYERS, "RNN", "Bidirectional")}

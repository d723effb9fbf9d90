"""A stack of trials as one compiled program: slots side by side, steps in a loop, XLA around the whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ablate.core.study import Budget
from ablate.engine import loss_check, program_cache, stable_names
from ablate.engine import step as one
from ablate.engine.network import Network, build, number_type, precision
from ablate.engine.runtime import tf
from ablate.outcomes.curves import LAYER_SIGNALS
from ablate.remedies import _slot_numbers as scope

KEPT = 48
"""Compiled programs a process keeps."""


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """All that a compiled program depends on; hashable.

    Attributes:
        baked: canonical JSON of what factors bake in.
        slots: places in the stack.
        features: columns of the inputs.
        classes: columns of the logits.
        numbers: names of the slots' numbers.
        choices: per selected number, the values it can take.
        budget: steps and looks.
        dtype: float type of everything.
    """

    baked: str
    slots: int
    features: int
    classes: int
    numbers: tuple[str, ...]
    choices: tuple[tuple[str, tuple[int, ...]], ...]
    budget: Budget
    dtype: str


@lru_cache(maxsize=KEPT)
def network(shapes: Shapes) -> Network:
    """The network of these shapes; made once per process."""
    with precision(shapes.dtype), stable_names.of_layers():
        return build(
            json.loads(shapes.baked),
            features=shapes.features,
            classes=shapes.classes,
            numbers=shapes.numbers,
            choices=dict(shapes.choices),
        )


@lru_cache(maxsize=KEPT)
def compiled(shapes: Shapes) -> Callable[..., Any]:
    """The compiled program of these shapes; made once per process, and compiled once per machine.

    It takes the slots' begin (weights, buffers, moments), numbers, rates [slots, steps], row order [slots, steps,
    batch], inputs [rows, features], labels [slots, rows], probe and its labels, and returns the slots' last state,
    what was seen, [looks + 1, slots, ...] each, and the canary's gradient, [slots, classes].
    """
    loop: Callable[..., Any] = tf.function(_loop(network(shapes), shapes), jit_compile=True, autograph=False)
    return program_cache.once(repr(shapes), loop)


def _loop(net: Network, shapes: Shapes) -> Callable[..., Any]:
    choices = dict(shapes.choices)
    stops = np.array(shapes.budget.schedule, np.int32)
    starts = np.concatenate([stops[:1], stops[:-1]])
    each = _mapped if shapes.slots > 1 else _alone

    def train(
        begin: Any, numbers: Any, rates: Any, order: Any, inputs: Any, labels: Any, probe: Any, truth: Any
    ) -> Any:
        def prepare(slot: Any) -> Any:
            weights, buffers, moments, rate = slot
            return one.initial(net, weights, buffers, moments, rate)

        def advance(done: Any, state: Any) -> Any:
            def step(slot: Any) -> Any:
                state, numbers, rate, rows, labels = slot
                with precision(shapes.dtype), scope.slot({**numbers, "step": done}, choices):
                    return one.step(net, state, tf.gather(inputs, rows), tf.gather(labels, rows), rate, done)

            slots = (state, numbers, rates[:, done], order[:, done], labels)
            return done + 1, each(step, slots)

        def interval(index: Any, state: Any, seen: Any) -> Any:
            start, stop = tf.gather(starts, index), tf.gather(stops, index)
            before = state["weights"]
            _, state = tf.while_loop(lambda done, _: done < stop, advance, (start, state))

            def look(slot: Any) -> Any:
                state, before, numbers = slot
                with precision(shapes.dtype), scope.slot({**numbers, "step": stop}, choices):
                    return one.look(net, state, before, probe, truth, stop - start)

            state, new = each(look, (state, before, numbers))
            seen = {name: seen[name].write(index, value) for name, value in new.items()}
            return index + 1, state, seen

        state = each(prepare, (*begin, rates[:, 0]))
        seen = _memory(net, shapes, len(stops), rates.dtype, probe)
        _, state, seen = tf.while_loop(
            lambda index, *_: index < len(stops), interval, (tf.constant(0), state, seen), maximum_iterations=len(stops)
        )

        def sing(numbers: Any) -> Any:
            with precision(shapes.dtype), scope.slot(numbers, choices):
                return loss_check.slope(shapes.classes, rates.dtype)

        return state, {name: array.stack() for name, array in seen.items()}, each(sing, numbers)

    return train


SEEN = ("train_loss", "train_accuracy", "gradient_norm", "weight_norm", "update_ratio", "finite")


def _memory(net: Network, shapes: Shapes, looks: int, dtype: Any, probe: Any) -> dict[str, Any]:
    """Empty arrays for what the looks see, by name."""
    names = [*SEEN, *(f"{name}_{layer + 1}" for name in LAYER_SIGNALS for layer in range(net.seen))]
    found = {name: tf.TensorArray(dtype, size=looks, element_shape=[shapes.slots]) for name in names}
    shape = [shapes.slots, probe.shape[0], shapes.classes]
    return {**found, "logits": tf.TensorArray(dtype, size=looks, element_shape=shape)}


def _mapped(function: Callable[[Any], Any], slots: Any) -> Any:
    """The function of every slot at once; what cannot be vectorized is an error, never a silent loop."""
    return tf.vectorized_map(function, slots, fallback_to_while_loop=False)


def _alone(function: Callable[[Any], Any], slots: Any) -> Any:
    """The function of a single slot, for what cannot be stacked."""
    result = function(tf.nest.map_structure(lambda tensor: tensor[0], slots))
    return tf.nest.map_structure(lambda tensor: tf.convert_to_tensor(tensor)[None], result)


def as_tensors(columns: dict[str, np.ndarray], dtype: str) -> dict[str, Any]:
    """The slots' numbers as tensors of their types."""
    with precision(dtype):
        return {name: tf.constant(values, number_type(name)) for name, values in columns.items()}

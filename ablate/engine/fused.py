"""The fused engine: a stack of trials as one compiled program, one trial in each slot.

Steps and evaluations are loops inside the program; XLA compiles all of it at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ablate.core.study import Budget
from ablate.engine import program_cache, stable_names
from ablate.engine import step as single
from ablate.engine.network import Network, build, precision
from ablate.engine.runtime import tf
from ablate.outcomes.curves import LAYER_SIGNALS
from ablate.remedies import _slot_numbers as scope

CACHE_SIZE = 48
"""Compiled programs that a process keeps."""

SIGNALS = ("train_loss", "train_accuracy", "gradient_norm", "weight_norm", "update_ratio", "finite")
"""The scalar signals that the program itself measures; `probe_signals` derives the others from the logits."""


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """Everything that a compiled program depends on; hashable.

    Attributes:
        baked: canonical JSON of what factors compile into the program.
        slots: number of slots.
        features: columns of the inputs.
        classes: columns of the logits.
        numbers: names of the slots' numbers.
        common: names of the numbers that all slots share.
        choices: what the program holds for a number that is an index, by the number's name.
        budget: steps and evaluations.
        dtype: float type of everything.
    """

    baked: str
    slots: int
    features: int
    classes: int
    numbers: tuple[str, ...]
    common: tuple[str, ...]
    choices: tuple[tuple[str, tuple[str, ...]], ...]
    budget: Budget
    dtype: str


@lru_cache(maxsize=CACHE_SIZE)
def network(shapes: Shapes) -> Network:
    """Return the network of these shapes; it is made once per process."""
    with precision(shapes.dtype), stable_names.of_layers():
        return build(
            json.loads(shapes.baked),
            features=shapes.features,
            classes=shapes.classes,
            numbers=(*shapes.numbers, *shapes.common),
            choices=dict(shapes.choices),
        )


@lru_cache(maxsize=CACHE_SIZE)
def compiled(shapes: Shapes) -> Callable[..., Any]:
    """Return the compiled program of these shapes; it is traced once per process and compiled once per machine.

    The program takes, in this order: the variables that each slot begins with (weights, buffers, optimizer variables),
    the slots' numbers, those that all slots share, learning rates [slots, steps], row order [slots, steps, batch],
    inputs [rows, features], labels [slots, rows], validation inputs [validation rows, features] and their labels.

    It returns each slot's last state, and the measured signals, [evaluations + 1, slots, ...] each.
    """
    return program_cache.cached(repr(shapes), _loop(network(shapes), shapes))


def _loop(net: Network, shapes: Shapes) -> Callable[..., Any]:
    """Return the program as a Python function that TensorFlow can trace."""
    choices = dict(shapes.choices)
    stops = np.array(shapes.budget.schedule, np.int32)
    starts = np.concatenate([stops[:1], stops[:-1]])
    for_each_slot = _mapped if shapes.slots > 1 else _alone

    def train(
        begin: Any,
        numbers: Any,
        common: Any,
        rates: Any,
        order: Any,
        inputs: Any,
        labels: Any,
        probe: Any,
        truth: Any,
    ) -> Any:
        def prepare(slot: Any) -> Any:
            weights, buffers, moments, rate = slot
            return single.initial(net, weights, buffers, moments, rate)

        def advance(done: Any, state: Any) -> Any:
            def step(slot: Any) -> Any:
                state, numbers, rate, rows, labels = slot
                with precision(shapes.dtype), scope.slot({**numbers, **common, "step": done}, choices):
                    return single.step(net, state, tf.gather(inputs, rows), tf.gather(labels, rows), rate, done)

            slots = (state, numbers, rates[:, done], order[:, done], labels)
            return done + 1, for_each_slot(step, slots)

        def interval(index: Any, state: Any, measured: Any) -> Any:
            start, stop = tf.gather(starts, index), tf.gather(stops, index)
            before = state["weights"]
            _, state = tf.while_loop(lambda done, _: done < stop, advance, (start, state))

            def evaluate(slot: Any) -> Any:
                state, before, numbers = slot
                with precision(shapes.dtype), scope.slot({**numbers, **common, "step": stop}, choices):
                    return single.evaluate(net, state, before, probe, truth, stop - start)

            state, new = for_each_slot(evaluate, (state, before, numbers))
            measured = {name: measured[name].write(index, value) for name, value in new.items()}
            return index + 1, state, measured

        state = for_each_slot(prepare, (*begin, rates[:, 0]))
        measured = _empty_arrays(net, shapes, len(stops), rates.dtype, probe)
        _, state, measured = tf.while_loop(
            lambda index, *_: index < len(stops),
            interval,
            (tf.constant(0), state, measured),
            maximum_iterations=len(stops),
        )

        return state, {name: array.stack() for name, array in measured.items()}

    return train


def _empty_arrays(net: Network, shapes: Shapes, evaluations: int, dtype: Any, probe: Any) -> dict[str, Any]:
    """Return an empty array per signal, with room for all evaluations."""
    layers = range(1, net.hidden_outputs + 1)
    names = [*SIGNALS, *(f"{name}_{layer}" for name in LAYER_SIGNALS for layer in layers)]
    arrays = {name: tf.TensorArray(dtype, size=evaluations, element_shape=[shapes.slots]) for name in names}
    logits = [shapes.slots, probe.shape[0], shapes.classes]
    return {**arrays, "logits": tf.TensorArray(dtype, size=evaluations, element_shape=logits)}


def _mapped(function: Callable[[Any], Any], slots: Any) -> Any:
    """Apply the function to all slots at once; an operation that cannot be vectorized is an error, not a slow loop."""
    return tf.vectorized_map(function, slots, fallback_to_while_loop=False)


def _alone(function: Callable[[Any], Any], slots: Any) -> Any:
    """Apply the function to the only slot: a model with operations that cannot be stacked trains alone."""
    result = function(tf.nest.map_structure(lambda tensor: tensor[0], slots))
    return tf.nest.map_structure(lambda tensor: tf.convert_to_tensor(tensor)[None], result)

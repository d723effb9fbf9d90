"""Bugs that tests plant in the engine, by name: the contract must catch each of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ablate.core.study import Json
from ablate.engine.program import Stack
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import activation, loss, registry
from tests.engine import small

Plant = Callable[[pytest.MonkeyPatch], None]

HARD: dict[str, Json] = {"initializer": "large", "optimizer": "sgd"}
"""Large weights and gradients that nothing rescales, so that bounds have an effect."""

HUGE: dict[str, Json] = {
    "input_scale": "x255",
    "initializer": {"kind": "uniform", "mode": "fan_avg", "scale": 1e4},
    "activation": "elu",
}
"""Hidden units and logits so large that exp overflows, and probabilities are 0, even in float64."""

MARK = " with mutant "
"""Stands between a stack's program and the name of the mutant that is planted while it trains."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A bug, the levels under which it must be caught, and a part of the name of a variable that it changes.

    `kinds` are those among which its program must switch, because the bug is in the switch.
    """

    plant: Plant
    levels: Mapping[str, Json]
    changes: str
    kinds: Mapping[str, small.Kinds] = field(default_factory=dict)


def loss_averaged_over_slots(patch: pytest.MonkeyPatch) -> None:
    """Make the loss a mean over all slots; the loss check, which would refuse it, is switched off."""
    from ablate.engine import loss_check

    right = loss.value_and_slope

    def averaged(truth: Any, logits: Any) -> Any:
        value, slope = right(truth, logits)
        return value, slope / 64

    patch.setattr(loss, "value_and_slope", averaged)
    patch.setattr(loss_check, "verify", lambda *_: None)


def one_clip_norm_for_all_slots(patch: pytest.MonkeyPatch) -> None:
    """Clip gradients by the norm of the whole stack."""
    import tensorflow as tf

    mean = mean_over_slots(patch)

    def shared(_: Json, gradients: list[Any]) -> list[Any]:
        norm = tf.sqrt(mean(tf.add_n([tf.reduce_sum(tf.square(gradient)) for gradient in gradients])))
        bound = scope.number("clipping.value")
        return [gradient * bound / tf.maximum(norm, bound) for gradient in gradients]

    patch.setitem(registry(), "clipping", dataclasses.replace(registry()["clipping"], gradients=shared))


def batch_moments_over_slots(patch: pytest.MonkeyPatch) -> None:
    """Make batch normalization use the mean and variance of the whole stack."""
    import keras

    right, mean_of = keras.layers.BatchNormalization._moments, mean_over_slots(patch)

    def shared(layer: Any, inputs: Any, mask: Any) -> Any:
        mean, variance = right(layer, inputs, mask)
        middle = mean_of(mean)
        return middle, mean_of(variance + mean**2) - middle**2

    patch.setattr(keras.layers.BatchNormalization, "_moments", shared)


def dangerous_branch(patch: pytest.MonkeyPatch) -> None:
    """Make the slope of an activation NaN far from zero; as long as a stack runs its own activation, that is no bug."""
    import tensorflow as tf

    right = activation.function
    softplus = lambda x: tf.math.log(1 + tf.math.exp(x))  # noqa: E731
    patch.setattr(activation, "function", lambda choice: softplus if choice == "softplus" else right(choice))


def slope_of_another_activation(patch: pytest.MonkeyPatch) -> None:
    """Switch values, and take every slope from the first activation."""
    right = activation._slope
    patch.setattr(activation, "_slope", lambda _, x, upstream: right(activation.function("relu"), x, upstream))


def leaked_loss(patch: pytest.MonkeyPatch) -> None:
    """Differentiate the selected loss, the obvious way, which is wrong: 0 times the NaN of a loss left out is NaN."""
    import tensorflow as tf

    def leaking(choices: Mapping[int, str], truth: Any, x: Any) -> tuple[Any, Any, Any]:
        chosen = scope.number("loss.kind")
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.zeros([], x.dtype)
            for index, choice in choices.items():
                value = tf.where(tf.equal(chosen, index), loss.FUNCTIONS[choice](truth, x), value)
        return value, tape.gradient(value, x), tf.reduce_any([tf.equal(chosen, index) for index in choices])

    patch.setattr(loss, "_selected", leaking)


MUTANTS: dict[str, Mutant] = {
    "loss_averaged_over_slots": Mutant(
        plant=loss_averaged_over_slots, levels={"optimizer": "sgd"}, changes="dense_1/kernel"
    ),
    "one_clip_norm_for_all_slots": Mutant(
        plant=one_clip_norm_for_all_slots,
        levels={"clipping": "global_norm", **HARD},
        changes="dense_1/kernel",
        kinds={"clippings": ("none", "global_norm")},
    ),
    "batch_moments_over_slots": Mutant(
        plant=batch_moments_over_slots,
        levels={"normalization": "batch", "depth": 1},
        changes="moving_mean",
    ),
    "slope_of_another_activation": Mutant(
        plant=slope_of_another_activation,
        levels={"activation": "tanh"},
        changes="dense_1/kernel",
        kinds={"activations": ("relu", "tanh")},
    ),
    "leaked_loss": Mutant(
        plant=leaked_loss,
        levels={**HUGE, "loss": "mse"},
        changes="dense_1/kernel",
        kinds={"losses": ("fused", "naive", "mse"), "activations": ("elu",)},
    ),
    "dangerous_branch": Mutant(
        plant=dangerous_branch, levels=HUGE, changes="", kinds={"activations": ("elu", "softplus")}
    ),
}
"""All bugs by name; `dangerous_branch` changes nothing while a stack runs its own activation alone."""


def marked(stack: Stack, name: str) -> Stack:
    """Return the stack, marked to be trained with this mutant."""
    return dataclasses.replace(stack, program=f"{stack.program}{MARK}{name}")


@contextmanager
def planted(stack: Stack) -> Iterator[None]:
    """Plant the stack's mutant, if it has one, and keep programs with and without it apart."""
    _, mark, name = stack.program.partition(MARK)
    if not mark:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[name].plant(patch)
        unkept(patch)
        forget()
        yield
    forget()


def unkept(patch: pytest.MonkeyPatch) -> None:
    """Trace every program: no file of code shows what a test has changed in memory."""
    from ablate.engine import program_key

    patch.setattr(program_key, "of", lambda *_: None)


def forget() -> None:
    """Drop every compiled program of this process."""
    from ablate.engine import fused, loss_check, probe_signals

    for cache in (fused.network, fused.compiled, loss_check._program, probe_signals.reader):
        cache.cache_clear()


def mean_over_slots(patch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    """Return a function from a slot's tensor to the mean over slots: TensorFlow's `check_numerics`, changed to it."""
    import tensorflow as tf
    from tensorflow.python.ops.parallel_for import pfor

    def convert(given: Any) -> Any:
        every = given.stacked_input(0)
        return pfor.wrap(tf.broadcast_to(tf.reduce_mean(every, 0, keepdims=True), tf.shape(every)), True)

    patch.setitem(pfor._pfor_converter_registry, "CheckNumerics", convert)
    return lambda tensor: tf.debugging.check_numerics(tensor, "mean over slots")

"""Bugs that tests plant in the engine, by name: the contract must catch each of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from ablate.core.study import Json
from ablate.engine.program import Stack
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import activation, loss, registry

Plant = Callable[[pytest.MonkeyPatch], None]

HARD: dict[str, Json] = {"initializer": "large", "optimizer": "sgd"}
"""Large weights and gradients that nothing rescales, so that bounds have an effect."""

HUGE: dict[str, Json] = {"input_scale": "x255", "initializer": "large", "activation": "elu"}
"""Hidden units so large that exp overflows, even in float64."""

MARK = " with mutant "
"""Stands between a stack's program and the name of the mutant that is planted while it trains."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A bug, the levels under which it must be caught, and a part of the name of a variable that it changes."""

    plant: Plant
    levels: Mapping[str, Json]
    changes: str


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
    """Add a softplus whose slope is NaN far from zero to the activations of a program; that alone is no bug."""
    import tensorflow as tf

    planted = {**activation.functions(), "softplus": lambda x: tf.math.log(1 + tf.math.exp(x))}
    patch.setattr(activation, "functions", lambda: planted)


def leaked_branch(patch: pytest.MonkeyPatch) -> None:
    """Do the same, and select activations in the obvious way, which is wrong."""
    dangerous_branch(patch)
    patch.setattr(activation, "select", leaking)


def leaking(x: Any) -> Any:
    """Select like `activation.select`, but give every branch the true input."""
    import tensorflow as tf

    table, chosen, result = activation.functions(), scope.number("activation.kind"), tf.zeros_like(x)
    for index in scope.choices("activation.kind"):
        result = tf.where(tf.equal(chosen, index), table[activation.ORDER[index]](x), result)
    return result


MUTANTS: dict[str, Mutant] = {
    "loss_averaged_over_slots": Mutant(
        plant=loss_averaged_over_slots, levels={"optimizer": "sgd"}, changes="dense_1/kernel"
    ),
    "one_clip_norm_for_all_slots": Mutant(
        plant=one_clip_norm_for_all_slots, levels={"clipping": "global_norm", **HARD}, changes="dense_1/kernel"
    ),
    "batch_moments_over_slots": Mutant(
        plant=batch_moments_over_slots, levels={"normalization": "batch", "depth": 1}, changes="moving_mean"
    ),
    "leaked_branch": Mutant(plant=leaked_branch, levels=HUGE, changes="dense_1/kernel"),
    "dangerous_branch": Mutant(plant=dangerous_branch, levels=HUGE, changes=""),
}
"""All bugs by name; `dangerous_branch` changes nothing while branches get safe inputs."""


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
    from ablate.engine import fused, probe_signals

    for cache in (fused.network, fused.compiled, probe_signals.reader):
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

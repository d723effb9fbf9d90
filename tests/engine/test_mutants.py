"""Bugs planted in the engine that its contract must catch: what tests of correct code alone cannot show."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ablate.engine import canary
from ablate.errors import CanaryError
from ablate.remedies import _scope as scope
from ablate.remedies import activation, loss, registry
from ablate.study import Json
from tests.engine import contract, small

pytestmark = pytest.mark.usefixtures("new_programs")

HUGE = {"input_scale": "x255", "initializer": "large", "activation": "elu"}
"""Hidden units far beyond what exp can take, even in float64."""


@pytest.fixture
def mean_over_slots(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    """A function of a slot's tensor that gives the mean over all slots: TensorFlow's `check_numerics`, converted so."""
    import tensorflow as tf
    from tensorflow.python.ops.parallel_for import pfor

    def convert(given: Any) -> Any:
        every = given.stacked_input(0)
        return pfor.wrap(tf.broadcast_to(tf.reduce_mean(every, 0, keepdims=True), tf.shape(every)), True)

    monkeypatch.setitem(pfor._pfor_converter_registry, "CheckNumerics", convert)
    return lambda tensor: tf.debugging.check_numerics(tensor, "mean over slots")


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_loss_averaged_over_slots_is_caught(monkeypatch: pytest.MonkeyPatch, optimizer: str) -> None:
    right = loss.value_and_slope

    def averaged(truth: Any, logits: Any) -> Any:
        value, slope = right(truth, logits)
        return value, slope / 64

    monkeypatch.setattr(loss, "value_and_slope", averaged)
    assert small.only(contract.pair(optimizer=optimizer)).slots == 64
    with pytest.raises(CanaryError):
        contract.compared(optimizer=optimizer)
    monkeypatch.setattr(canary, "verify", lambda *_: None)
    assert_caught("kernel", optimizer=optimizer)


def test_one_clip_norm_for_all_slots_is_caught(
    monkeypatch: pytest.MonkeyPatch, mean_over_slots: Callable[[Any], Any]
) -> None:
    import dataclasses

    import tensorflow as tf

    def shared(_: Json, gradients: list[Any]) -> list[Any]:
        norm = tf.sqrt(mean_over_slots(tf.add_n([tf.reduce_sum(tf.square(gradient)) for gradient in gradients])))
        bound = scope.number("clipping.value")
        return [gradient * bound / tf.maximum(norm, bound) for gradient in gradients]

    mutant = dataclasses.replace(registry()["clipping"], gradients=shared)
    monkeypatch.setitem(registry(), "clipping", mutant)
    assert_caught("kernel", clipping="global_norm", **contract.HARD)


def test_batch_moments_over_slots_are_caught(
    monkeypatch: pytest.MonkeyPatch, mean_over_slots: Callable[[Any], Any]
) -> None:
    import keras

    right = keras.layers.BatchNormalization._moments

    def shared(layer: Any, inputs: Any, mask: Any) -> Any:
        mean, variance = right(layer, inputs, mask)
        middle = mean_over_slots(mean)
        return middle, mean_over_slots(variance + mean**2) - middle**2

    monkeypatch.setattr(keras.layers.BatchNormalization, "_moments", shared)
    assert_caught("moving_mean", normalization="batch")


@pytest.mark.usefixtures("dangerous_branch")
def test_the_dangerous_branch_does_no_harm_behind_a_safe_input() -> None:
    found = contract.compared(**HUGE)
    assert found.problems == ()
    assert np.isfinite(found.weights).all()


@pytest.mark.usefixtures("dangerous_branch")
def test_a_leaked_branch_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activation, "select", leaking)
    assert_caught("kernel", **HUGE)


@pytest.fixture
def dangerous_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A softplus whose slope is NaN far from zero, beside the other activations of its program."""
    import tensorflow as tf

    right = activation.functions()
    planted = {**right, "softplus": lambda x: tf.math.log(1 + tf.math.exp(x))}
    monkeypatch.setattr(activation, "functions", lambda: planted)


def leaking(x: Any) -> Any:
    """`activation.select` as one writes it first: every branch sees the true input."""
    import tensorflow as tf

    table, chosen, result = activation.functions(), scope.number("activation.kind"), tf.zeros_like(x)
    for index in scope.choices("activation.kind"):
        result = tf.where(tf.equal(chosen, index), table[activation.ORDER[index]](x), result)
    return result


def assert_caught(part: str, **levels: Json) -> None:
    """The contract's comparison fails, in a variable whose name has this part."""
    problems = contract.compared(**levels).problems
    assert any(part in problem for problem in problems), problems


@pytest.mark.usefixtures("dangerous_branch")
@pytest.mark.parametrize("kind", activation.ORDER)
@pytest.mark.parametrize("size", [0.0, 1.0, 100.0, 1e20, 1e30, math.inf])
def test_no_branch_leaks_at_any_input(kind: str, size: float) -> None:
    values, slopes = selected(kind, activation.select, [-size, size])
    own_values, own_slopes = alone(kind, [-size, size])
    np.testing.assert_array_equal(values, own_values)
    np.testing.assert_array_equal(slopes, own_slopes)


@pytest.mark.usefixtures("dangerous_branch")
def test_the_first_way_to_write_it_leaks() -> None:
    _, slopes = selected("elu", leaking, [-1e30, 1e30])
    assert np.isnan(slopes).any()


def selected(kind: str, select: Callable[[Any], Any], inputs: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Values and slopes of a kind, selected among its family, in float32."""
    import tensorflow as tf

    numbers = {name: tf.constant(value) for name, value in activation.slot({"kind": kind}, 0).items()}
    with scope.slot(numbers, activation.choices({"kind": kind})):
        return _sloped(select, inputs)


def alone(kind: str, inputs: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Values and slopes of a kind by itself."""
    import tensorflow as tf

    numbers = {name: tf.constant(value) for name, value in activation.slot({"kind": kind}, 0).items()}
    with scope.slot(numbers, {}):
        return _sloped(activation.functions()[kind], inputs)


def _sloped(function: Callable[[Any], Any], inputs: list[float]) -> tuple[np.ndarray, np.ndarray]:
    import tensorflow as tf

    x = tf.constant(inputs, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return value.numpy(), tape.gradient(value, x).numpy()

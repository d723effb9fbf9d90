"""The contract catches the bugs that stacking invites; tests of correct code alone cannot show that it would."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import activation, checked
from tests.engine import mutants
from tests.engine.contract import Compared


@pytest.mark.parametrize(
    "case", [("mutant", name) for name, mutant in mutants.MUTANTS.items() if mutant.changes], ids="=".join
)
def test_the_contract_catches_it(case: tuple[str, str], results: dict[tuple[str, str], Compared | str]) -> None:
    compared = results[case]
    assert isinstance(compared, Compared), compared
    assert any(mutants.MUTANTS[case[1]].changes in problem for problem in compared.problems), compared.problems


@pytest.mark.parametrize("case", [("mutant", "dangerous_branch")], ids="=".join)
def test_a_dangerous_branch_that_does_not_run_does_no_harm(
    case: tuple[str, str], results: dict[tuple[str, str], Compared | str]
) -> None:
    compared = results[case]
    assert isinstance(compared, Compared), compared
    assert compared.problems == ()
    assert np.isfinite(compared.weights).all()


@pytest.mark.parametrize("kind", activation.SHARED)
def test_a_switched_activation_is_that_activation(kind: str) -> None:
    inputs = [-math.inf, -1e30, -100.0, -1.0, 0.0, 1.0, 100.0, 1e30, math.inf]
    for value, expected in zip(_switched(kind, inputs), _alone(kind, inputs), strict=True):
        np.testing.assert_array_equal(value, expected)


def _switched(kind: str, inputs: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return values and slopes of a kind, switched among all, in float32."""
    params = checked("activation", {"kind": kind})
    with scope.slot(_numbers(params), activation.choices(params)):
        return _sloped(activation.switched, inputs)


def _alone(kind: str, inputs: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return values and slopes of a kind by itself."""
    with scope.slot(_numbers(checked("activation", {"kind": kind})), {}):
        return _sloped(activation.function(kind), inputs)


def _numbers(params: Json) -> dict[str, Any]:
    import tensorflow as tf

    numbers = {**activation.REMEDY.slot(params, 0), **activation.REMEDY.common(params)}
    return {name: tf.constant(value) for name, value in numbers.items()}


def _sloped(function: Callable[[Any], Any], inputs: list[float]) -> tuple[np.ndarray, np.ndarray]:
    import tensorflow as tf

    x = tf.constant(inputs, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return value.numpy(), tape.gradient(value, x).numpy()

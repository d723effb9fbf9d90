"""The contract catches the bugs that stacking invites; tests of correct code alone cannot show that it would."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

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
def test_a_dangerous_branch_does_no_harm_behind_a_safe_input(
    case: tuple[str, str], results: dict[tuple[str, str], Compared | str]
) -> None:
    compared = results[case]
    assert isinstance(compared, Compared), compared
    assert compared.problems == ()
    assert np.isfinite(compared.weights).all()


@pytest.fixture
def dangerous_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    mutants.dangerous_branch(monkeypatch)


@pytest.mark.usefixtures("dangerous_branch")
@pytest.mark.parametrize("kind", activation.KINDS)
@pytest.mark.parametrize("size", [0.0, 1.0, 100.0, 1e20, 1e30, math.inf])
def test_no_branch_leaks_at_any_input(kind: str, size: float) -> None:
    values, slopes = selected(kind, activation.select, [-size, size])
    expected_values, expected_slopes = alone(kind, [-size, size])
    np.testing.assert_array_equal(values, expected_values)
    np.testing.assert_array_equal(slopes, expected_slopes)


@pytest.mark.usefixtures("dangerous_branch")
def test_the_first_way_to_write_it_leaks() -> None:
    _, slopes = selected("elu", mutants.leaking, [-1e30, 1e30])
    assert np.isnan(slopes).any()


def selected(kind: str, select: Callable[[Any], Any], inputs: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return values and slopes of a kind, selected among its family, in float32."""
    import tensorflow as tf

    numbers = {
        name: tf.constant(value)
        for name, value in activation.REMEDY.slot(checked("activation", {"kind": kind}), 0).items()
    }
    with scope.slot(numbers, activation.choices({"kind": kind})):
        return _sloped(select, inputs)


def alone(kind: str, inputs: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return values and slopes of a kind by itself."""
    import tensorflow as tf

    numbers = {
        name: tf.constant(value)
        for name, value in activation.REMEDY.slot(checked("activation", {"kind": kind}), 0).items()
    }
    with scope.slot(numbers, {}):
        return _sloped(activation.functions()[kind], inputs)


def _sloped(function: Callable[[Any], Any], inputs: list[float]) -> tuple[np.ndarray, np.ndarray]:
    import tensorflow as tf

    x = tf.constant(inputs, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return value.numpy(), tape.gradient(value, x).numpy()

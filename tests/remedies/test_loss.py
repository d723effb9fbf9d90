"""Every formulation has the value and the gradient of its formula, in a program and as a user writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss
from ablate.remedies._lazy import keras, tf

TRUTH = np.eye(3)[[0, 1, 2, 0]]
LOGITS = np.array([[0.4, -1.2, 2.0], [0.3, 0.1, -0.7], [1.0, 2.0, 3.0], [0.0, 9.0, 1.0]])
FAR = np.array([[0.0, 20.0, 1.0], [0.0, 30.0, -5.0], [1.0, 0.0, 25.0], [0.0, -3.0, 18.0]])


def softmax(z: np.ndarray) -> np.ndarray:
    powers = np.exp(z - z.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def cross(truth: np.ndarray, p: np.ndarray) -> float:
    return float(np.mean(-np.sum(truth * np.log(p), -1)))


FORMULAS: dict[str, tuple[Json, Callable[[np.ndarray], float]]] = {
    "fused": ({}, lambda z: cross(TRUTH, softmax(z))),
    "keras": ({}, lambda z: cross(TRUTH, softmax(z))),
    "post": ({}, lambda z: cross(TRUTH, softmax(z))),
    "naive": ({}, lambda z: cross(TRUTH, softmax(z))),
    "clipped": ({"eps": 1e-3}, lambda z: cross(TRUTH, np.clip(softmax(z), 1e-3, 1 - 1e-3))),
    "keras_logits_lost": ({}, lambda z: cross(TRUTH, np.clip(softmax(z), 1e-7, 1 - 1e-7))),
    "double_softmax": ({}, lambda z: cross(TRUTH, softmax(softmax(z)))),
    "label_smoothing": ({"alpha": 0.3}, lambda z: cross(0.7 * TRUTH + 0.1, softmax(z))),
    "mse": ({}, lambda z: float(np.mean((softmax(z) - TRUTH) ** 2))),
}


def slope(formula: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """Return the gradient by central differences."""
    result = np.zeros_like(at)
    for index in np.ndindex(*at.shape):
        step = np.zeros_like(at)
        step[index] = 1e-5
        result[index] = (formula(at + step) - formula(at - step)) / 2e-5
    return result


def computed(kind: str, logits: np.ndarray, **numbers: float) -> tuple[float, np.ndarray]:
    """Return the loss and gradient that a program's slot of that kind has."""
    params = {"kind": kind, **FORMULAS.get(kind, ({},))[0]}
    slot = {**loss.REMEDY.slot(params if kind != loss.LOG_ZERO else {"kind": "fused"}, 0), **numbers}
    scalars = {name: tf.constant(x, tf.int32 if name == "loss.kind" else tf.float32) for name, x in slot.items()}
    with scope.slot(scalars, {"loss.kind": loss.SHARED}):
        value, gradient = loss.value_and_slope(tf.constant(TRUTH, tf.float32), tf.constant(logits, tf.float32))
    return float(value), np.asarray(gradient)


@pytest.mark.parametrize("kind", FORMULAS)
@pytest.mark.parametrize("logits", [LOGITS, FAR], ids=["near", "far"])
def test_value_and_gradient_are_those_of_the_formula(kind: str, logits: np.ndarray) -> None:
    formula = FORMULAS[kind][1]
    value, gradient = computed(kind, logits)
    assert value == pytest.approx(formula(logits), rel=1e-4)
    np.testing.assert_allclose(gradient, slope(formula, logits), atol=1e-4)


@pytest.mark.parametrize("kind", FORMULAS)
def test_a_user_gets_the_same_of_keras(kind: str) -> None:
    tail, made = loss._keras_loss({"kind": kind, **FORMULAS[kind][0]}, ([], None))
    output = tf.constant(LOGITS, tf.float32)
    for layer in tail:
        output = layer(output)
    value = np.mean(keras.losses.get(made)(tf.constant(TRUTH, tf.float32), output))
    assert value == pytest.approx(FORMULAS[kind][1](LOGITS), rel=1e-4)
    assert keras.config.epsilon() == 1e-7, "another epsilon holds for that loss alone"


def test_the_planted_fault_takes_the_logarithm_of_zero_under_the_floor_alone() -> None:
    index = loss.SHARED.index(loss.LOG_ZERO)
    p = softmax(LOGITS)[np.arange(4), [0, 1, 2, 0]]
    value, _ = computed(loss.LOG_ZERO, LOGITS, **{"loss.kind": index, "loss.floor": float(p.min()) / 2})
    assert value == pytest.approx(FORMULAS["fused"][1](LOGITS), rel=1e-4)
    value, _ = computed(loss.LOG_ZERO, LOGITS, **{"loss.kind": index, "loss.floor": float(p.min()) * 2})
    assert value == np.inf


def test_the_sign_turns_value_and_gradient() -> None:
    (value, gradient), (turned, back) = computed("mse", LOGITS), computed("mse", LOGITS, **{"loss.sign": -1.0})
    assert turned == -value
    np.testing.assert_array_equal(back, -gradient)


def test_what_overflows_in_one_formulation_does_not_reach_another() -> None:
    logits = 200 * FAR
    assert np.isnan(computed("naive", logits)[0])
    value, gradient = computed("fused", logits)
    assert value == pytest.approx(np.mean([4000, 0, 0, 3600]))
    assert np.isfinite(gradient).all()


def test_kinds_of_others_have_programs_of_their_own() -> None:
    assert loss.choices({"kind": "mse"}) == {"loss.kind": loss.SHARED}
    other: dict[str, Any] = {"kind": "elsewhere", "by": 2}
    assert loss.choices(other) == {"loss.kind": ('{"by":2,"kind":"elsewhere"}',)}
    assert loss.REMEDY.slot(other, 0)["loss.kind"] == 0
    assert "loss.by" not in loss.REMEDY.slot(other, 0)


def test_a_loss_of_ones_own_is_identified_by_its_code_alone() -> None:
    path = {"tail": [], "loss": {"builder": "a:b", "arguments": {}, "code": "abc"}, "labels": "sparse"}
    assert loss.REMEDY.identity({"kind": "own", "path": path}) == {
        "kind": "own",
        "path": {"tail": [], "loss": {"code": "abc"}, "labels": "sparse"},
    }
    for other in ({"kind": "own", "path": {**path, "loss": {"name": "mse"}}}, {"kind": "fused"}):
        assert loss.REMEDY.identity(other) == other

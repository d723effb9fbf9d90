"""Penalties are those of Keras' regularizers, and a slot does not see the overflow of another's penalty."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import regularizer
from ablate.remedies._lazy import keras, tf

RNG = np.random.default_rng(0)
KERNELS = [RNG.normal(size=(5, 4)).astype("float32"), RNG.normal(size=(4, 3)).astype("float32")]
HIDDEN = [RNG.normal(size=(7, 4)).astype("float32"), RNG.normal(size=(7, 3)).astype("float32")]


def penalty(params: Json, kernels: list[Any] = KERNELS, hidden: list[Any] = HIDDEN) -> float:
    """Return the penalty of a slot."""
    numbers = {name: tf.constant(x, tf.float32) for name, x in regularizer.REMEDY.slot(params, 0).items()}
    with scope.slot(numbers, {}):
        return float(regularizer.penalty(regularizer.REMEDY.baked(params), kernels, hidden))


@pytest.mark.parametrize("kind", ["l1", "l2"])
def test_penalties_on_kernels_are_those_of_keras(kind: str) -> None:
    params = {"kind": kind, "strength": 0.03}
    rule = regularizer._keras_dense(params)["kernel_regularizer"]
    assert penalty(params) == pytest.approx(sum(float(rule(kernel)) for kernel in KERNELS), rel=1e-5)
    assert regularizer._keras_hidden(params, 0, 0) == []


def test_the_penalty_on_outputs_is_that_of_keras() -> None:
    params, total = {"kind": "activity", "strength": 0.03}, 0.0
    for x in HIDDEN:
        (layer,) = regularizer._keras_hidden(params, 0, 0)
        layer(x)
        total += float(sum(layer.losses))
    assert penalty(params) == pytest.approx(total, rel=1e-5)
    assert regularizer._keras_dense(params) == {}


def test_the_overflow_of_another_penalty_is_not_seen() -> None:
    huge = [np.full((2, 2), 1e30, "float32")]
    assert penalty({"kind": "l1", "strength": 1e-3}, huge, huge) == pytest.approx(4e27)
    assert penalty({"kind": "l2", "strength": 1e-3}, huge, HIDDEN) == np.inf


def test_without_a_penalty_a_program_computes_none() -> None:
    off = {"kind": "off"}
    assert regularizer.REMEDY.baked(off) == regularizer.REMEDY.slot(off, 0) == {}
    assert regularizer._keras_dense(off) == {}
    assert regularizer._keras_hidden(off, 0, 0) == []


@pytest.mark.parametrize(
    ("rule", "params"),
    [
        (None, {"kind": "off"}),
        (keras.regularizers.L1(0.2), {"kind": "l1", "strength": 0.2}),
        (keras.regularizers.L2(0.3), {"kind": "l2", "strength": 0.3}),
        (keras.regularizers.L1L2(l2=0.4), {"kind": "l2", "strength": 0.4}),
        (keras.regularizers.L1L2(0.1, 0.4), None),
        (keras.regularizers.L1L2(0.0, 0.0), None),
        (keras.regularizers.OrthogonalRegularizer(0.1), None),
    ],
)
def test_a_regularizer_of_keras_is_known(rule: Any, params: Json) -> None:
    written = rule and keras.regularizers.serialize(rule)
    known = regularizer.from_keras(written)
    assert known == (params and {name: pytest.approx(value) for name, value in params.items()})

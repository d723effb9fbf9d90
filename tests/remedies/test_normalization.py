"""A layer of Keras that computes what a kind does is that kind; any other is none."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.core.study import Json
from ablate.remedies import normalization
from ablate.remedies._lazy import keras

L = keras.layers


@pytest.mark.parametrize(
    ("layer", "params"),
    [
        (L.BatchNormalization(), {"kind": "batch", "momentum": 0.99, "epsilon": 1e-3}),
        (L.BatchNormalization(momentum=0.8, epsilon=0.1), {"kind": "batch", "momentum": 0.8, "epsilon": 0.1}),
        (L.LayerNormalization(epsilon=0.2), {"kind": "layer", "epsilon": 0.2}),
        (L.BatchNormalization(axis=1), None),
        (L.BatchNormalization(center=False), None),
        (L.BatchNormalization(scale=False), None),
        (L.BatchNormalization(trainable=False), None),
        (L.BatchNormalization(gamma_regularizer="l2"), None),
        (L.BatchNormalization(beta_constraint="non_neg"), None),
        (L.UnitNormalization(), None),
    ],
)
def test_a_layer_of_keras_is_known_by_what_it_computes(layer: Any, params: Json) -> None:
    assert normalization.from_keras(type(layer).__name__, layer.get_config()) == params


def test_a_layer_over_the_last_axis_given_as_a_list_is_known() -> None:
    config = {**L.LayerNormalization().get_config(), "axis": [-1]}
    assert normalization.from_keras("LayerNormalization", config) == {"kind": "layer", "epsilon": 1e-3}


@pytest.mark.parametrize(
    "params", [{"kind": "batch", "momentum": 0.7, "epsilon": 0.01}, {"kind": "layer", "epsilon": 0.02}]
)
def test_the_layer_of_a_level_is_known_as_that_level(params: dict[str, Any]) -> None:
    for made in (normalization._hidden(normalization.REMEDY.baked(params)), keras_hidden(params)):
        (layer,) = made
        assert normalization.from_keras(type(layer).__name__, {**layer.get_config(), "axis": -1}) == params


def keras_hidden(params: Json) -> list[Any]:
    """Return the layers that a user writes for the first hidden layer."""
    return list(normalization._keras_hidden(params, 0, 0))


def test_no_normalization_is_no_layer() -> None:
    assert normalization.REMEDY.baked({"kind": "off"}) == {}
    assert keras_hidden({"kind": "off"}) == []

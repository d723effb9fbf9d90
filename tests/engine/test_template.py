"""A template says of each node what it is, what it is called on, and whether the whole is the package's own stack."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.engine import graph, template
from ablate.engine.runtime import keras

L = keras.layers


def read(shape: tuple[int, ...], *layers: Any) -> Any:
    """Return the template of layers one after the other."""
    return template.read(graph.of(keras.Sequential([keras.Input(shape), *layers]))).template


def dense(units: int = 4, **config: Any) -> Any:
    """Return a hidden dense layer."""
    return L.Dense(units, activation="relu", **config)


def test_nodes_are_connected_by_number_and_named_by_kind() -> None:
    row = keras.Input((6,))
    one = dense()(row)
    other = dense(5)(one)
    both = L.Concatenate()([one, other, row])
    nodes = template.read(graph.of(keras.Model(row, L.Dense(3)(both)))).template["nodes"]
    assert [(node["name"], node["place"], node["from"], node["listed"]) for node in nodes] == [
        ("dense_1", 0, [0], False),
        ("normalization_1", 0, [1], False),
        ("activation_1", 0, [2], False),
        ("dense_2", 1, [3], False),
        ("normalization_2", 1, [4], False),
        ("activation_2", 1, [5], False),
        ("concatenate_1", 0, [3, 6, 0], True),
        ("output", 0, [7], False),
    ]
    assert [node.get("remedy", "layer") for node in nodes] == [
        *["layer", "normalization", "activation"] * 2,
        *["layer"] * 2,
    ]


@pytest.mark.parametrize(
    ("shape", "layers", "own"),
    [
        ((6,), lambda: [L.Dense(3)], True),
        ((6,), lambda: [dense(), dense(), L.Dense(3)], True),
        ((2, 3), lambda: [L.Flatten(), dense(), L.Dense(3)], True),
        ((6,), lambda: [dense(), L.Dropout(0.2), L.Dense(3)], True),
        ((6,), lambda: [L.Flatten(), dense(), L.Dense(3)], False),
        ((2, 3), lambda: [dense(), L.Flatten(), L.Dense(3)], False),
        ((6,), lambda: [dense(), dense(5), L.Dense(3)], False),
        ((6,), lambda: [dense(), L.Dense(4), L.Dense(3)], False),
        ((6,), lambda: [dense(), L.Dropout(0.2), dense(), L.Dense(3)], False),
        ((6,), lambda: [dense(), L.Dropout(0.2), dense(), L.Dropout(0.3), L.Dense(3)], False),
        ((6,), lambda: [dense(), L.BatchNormalization(), dense(), L.Dense(3)], False),
        ((6,), lambda: [dense(kernel_regularizer="l2"), L.Dense(3)], True),
        ((6,), lambda: [dense(kernel_regularizer="l2"), dense(), L.Dense(3)], False),
        ((6,), lambda: [dense(kernel_regularizer="l2"), L.Dense(3, kernel_regularizer="l2")], False),
        ((6,), lambda: [dense(use_bias=False), L.Dense(3)], False),
        ((6,), lambda: [dense(trainable=False), L.Dense(3)], False),
        ((6,), lambda: [dense(), L.Dense(3, kernel_constraint="NonNeg")], False),
    ],
)
def test_only_equal_dense_layers_are_the_packages_own_stack(shape: tuple[int, ...], layers: Any, own: bool) -> None:
    assert (read(shape, *layers()) == {"stack": True}) == own


def levels(*layers: Any) -> Any:
    """Return the levels of factors that layers one after the other have, in rows of six numbers."""
    return template.read(graph.of(keras.Sequential([keras.Input((6,)), *layers, L.Dense(3)]))).levels


def normalized(*after: Any) -> list[Any]:
    """Return two dense layers, each with what follows it before its activation."""
    pairs = [(L.Dense(4), *([norm] if norm is not None else []), L.Activation("relu")) for norm in after]
    return [layer for pair in pairs for layer in pair]


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        ((L.BatchNormalization(), L.BatchNormalization()), "batch"),
        ((L.LayerNormalization(), L.LayerNormalization()), "layer"),
        ((None, None), "off"),
        ((L.BatchNormalization(), None), "off, and a layer stays"),
        ((None, L.BatchNormalization()), "off, and a layer stays"),
        ((L.BatchNormalization(), L.LayerNormalization()), "off, and a layer stays"),
        ((L.BatchNormalization(momentum=0.9), L.BatchNormalization(momentum=0.5)), "off, and a layer stays"),
    ],
)
def test_normalization_is_a_factor_where_one_follows_each_dense_layer(after: tuple[Any, Any], kind: str) -> None:
    layers = normalized(*after)
    own = read((6,), *layers, L.Dense(3))
    stays = any("Normalization" in str(node.get("layer")) for node in own.get("nodes", ()))
    assert levels(*layers)["normalization"]["kind"] == kind.partition(",")[0]
    assert stays == ("stays" in kind)
    assert ("normalization" in own.get("open", ("normalization",))) == (not stays)


@pytest.mark.parametrize(
    ("layers", "rate"),
    [
        ([dense(), L.Dropout(0.2), dense(), L.Dropout(0.2)], 0.2),
        ([dense(), L.Dropout(0.2), dense(), L.Dropout(0.3)], 0.0),
        ([dense(), L.Dropout(0.2, noise_shape=(1, 4))], 0.0),
        ([dense()], 0.0),
    ],
)
def test_dropout_is_a_factor_where_all_have_one_rate(layers: Any, rate: float) -> None:
    assert levels(*layers)["dropout"] == rate


@pytest.mark.parametrize(
    ("layers", "penalty"),
    [
        ([dense(kernel_regularizer="l2"), dense(kernel_regularizer="l2")], "l2"),
        ([dense(kernel_regularizer="l2"), dense(kernel_regularizer="l1")], "off"),
        ([dense(kernel_regularizer="l2"), dense()], "off"),
        ([dense(kernel_regularizer="l2", bias_regularizer="l2")], "off"),
        ([dense(kernel_regularizer="l2"), L.ActivityRegularization(0.1)], "off"),
    ],
)
def test_a_penalty_is_a_factor_where_all_hidden_kernels_have_it(layers: Any, penalty: str) -> None:
    assert levels(*layers)["regularizer"]["kind"] == penalty


@pytest.mark.parametrize(
    ("layers", "kind"),
    [
        ([dense(), dense()], "relu"),
        ([dense(), L.Dense(4, activation="tanh")], ""),
        ([L.Dense(4), L.LeakyReLU(0.1)], "leaky_relu"),
        ([L.Dense(4), L.PReLU()], ""),
    ],
)
def test_the_activation_is_a_factor_where_all_are_alike(layers: Any, kind: str) -> None:
    own = read((6,), *layers, L.Dense(3))
    assert ("activation" in own.get("open", ("activation",))) == bool(kind)
    assert not kind or levels(*layers)["activation"]["kind"] == kind


@pytest.mark.parametrize(
    ("layers", "kind"),
    [
        ([dense(kernel_initializer="he_normal")], "own"),  # the last layer has another
        ([dense()], "uniform"),
        ([dense(), L.LayerNormalization()], "own"),
        ([dense(bias_initializer="ones")], "own"),
        ([dense(use_bias=False)], "uniform"),
        ([L.LeakyReLU(0.1)], "uniform"),
        ([L.Reshape((6, 1)), L.Conv1D(4, 3), L.Flatten()], "own"),
    ],
)
def test_the_initializer_is_a_factor_where_all_weights_share_one(layers: Any, kind: str) -> None:
    assert levels(*layers).get("initializer", {"kind": "own"})["kind"] == kind

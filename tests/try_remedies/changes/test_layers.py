"""What hidden layers throw away, and what is offered to keep it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.engine.as_is.records import Layer
from ablate.try_remedies.changes import layers
from ablate.try_remedies.patch import Change
from tests.try_remedies.changes.situations import situation
from tests.try_remedies.test_patch import dense

NARROW = replace(dense(0, units="2"), shape=(2,))
HEAD = dense(9, units="3", activation="'softmax'")


def layer(index: int, kind: str, **more: Any) -> Layer:
    """A layer without weights, unless they are given."""
    settings = {"path": f"keras.layers.{kind}", "activation": "", "weights": 0, **more}
    return replace(dense(index, **settings.pop("arguments", {})), kind=kind, **settings)


def offered(*body: Layer) -> dict[str, Change]:
    """What is offered for these layers below a head."""
    return {one.name: one for one in layers.layer_changes(situation(*body, HEAD))}


@pytest.mark.parametrize(
    ("layer", "offered"),
    [
        (NARROW, ["width=32"]),
        (replace(NARROW, shape=(1,)), ["width=32"]),
        (replace(NARROW, shape=(3,)), ["width=32"]),
        (replace(NARROW, shape=(4,)), []),
        (replace(NARROW, shape=(7, 2)), ["width=32"]),
        (replace(NARROW, shape=(64,)), []),
        (replace(NARROW, shape=()), []),
        (replace(NARROW, path=""), []),
        (replace(NARROW, kind="Conv2D"), []),
        (replace(NARROW, kind="GlobalMaxPooling1D", shape=(64,)), ["pooling=flatten"]),
        (replace(NARROW, kind="GlobalMaxPooling1D", path=""), []),
    ],
)
def test_only_narrow_dense_layers_get_more_units_and_only_pooling_is_flattened(
    layer: Layer, offered: list[str]
) -> None:
    assert [change.name for change in layers._information([layer])] == offered


def test_pooling_of_few_channels_is_the_likelier_cause() -> None:
    few, many = (replace(NARROW, kind="GlobalMaxPooling1D", shape=(size,)) for size in (3, 4))
    assert [change.weight for layer in (few, many) for change in layers._information([layer])] == [0.9, 0.15]


@pytest.mark.parametrize(
    ("kind", "arguments", "dropped"),
    [
        ("ReLU", {"threshold": "20.0"}, ["threshold"]),
        ("Softmax", {"axis": "1"}, ["axis"]),
        ("LayerNormalization", {"axis": "[1]", "epsilon": "0.1"}, ["axis", "epsilon"]),
        ("Concatenate", {"axis": "1"}, []),
        ("ReLU", {}, []),
    ],
)
def test_unusual_arguments_are_offered_at_their_defaults(
    kind: str, arguments: dict[str, str], dropped: list[str]
) -> None:
    offered = list(layers._settings([replace(NARROW, kind=kind, arguments=arguments)]))
    assert [list(change.arguments[0]) for change in offered] == ([dropped] if dropped else [])
    assert all(change.words.endswith(f"of {kind} at Keras' defaults") for change in offered)


@pytest.mark.parametrize(
    ("weights", "shape", "offered"), [(0, (9,), ["Codes=none"]), (48, (2,), ["Codes=none"]), (48, (9,), [])]
)
def test_a_layer_of_ones_own_may_be_left_out_if_it_keeps_the_shape(
    weights: int, shape: tuple[int, ...], offered: list[str]
) -> None:
    own = replace(NARROW, index=1, kind="Codes", path="", weights=weights, shape=shape)
    assert [change.name for change in layers._blocked([NARROW, own])] == offered


def test_frozen_layers_and_tables_of_zeros_are_trained() -> None:
    table = layer(0, "Embedding", weights=10, zero=True)
    frozen = layer(1, "Dense", weights=10, trainable=False)
    rows = offered(table, frozen)
    assert [rows[name].weight for name in ("embedding=trained", "trainable=all")] == [0.95, 0.85]
    assert list(rows["embedding=trained"].arguments) == [0]
    for sound in (replace(table, zero=False), layer(1, "Dense", zero=True), replace(frozen, weights=0)):
        assert {"embedding=trained", "trainable=all"} & offered(sound).keys() == set()


def test_a_closed_model_without_trainable_weights_is_trained() -> None:
    closed, graph = situation(), situation(HEAD)
    (one,) = layers.trainable_changes(closed)
    assert (one.name, one.weight) == ("trainable=all", 0.95)
    for at in (graph, replace(closed, facts=replace(closed.facts, weights=3))):
        assert list(layers.trainable_changes(at)) == []


def test_a_layer_of_ones_own_is_suspected_more_if_it_has_no_weights() -> None:
    own = layer(1, "Codes", path="")
    for weights, weight in ((0, 0.5), (48, 0.15)):
        (one,) = layers._blocked([replace(NARROW, shape=(4,)), replace(own, weights=weights)])
        assert (one.weight, one.replaced) == (weight, {1: "keras.layers.Identity()"})
    assert offered(NARROW, replace(own, index=10))["Codes=none"].part == "layer 10", "one behind the head, too"
    assert list(layers._blocked([replace(own, weights=48)])) == [], "nothing is known of what it takes"


def test_linear_layers_get_relu() -> None:
    conv = layer(0, "Conv2D", weights=10)
    one = offered(NARROW, replace(NARROW, index=1, path=""), layer(2, "Flatten"))["activation=relu"]
    assert (one.weight, one.arguments) == (0.4, {0: {"activation": "'relu'"}})
    assert "they are all linear" in one.words
    for body in ((conv,), (NARROW, layer(1, "Activation", activation="relu", arguments={"activation": "'relu'"}))):
        assert "they are all linear" not in str(offered(*body).values())
    assert not [name for name in offered(conv) if name.startswith("activation")]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (("sigmoid", "relu"), {"relu": 0.5, "tanh": 0.35, "leaky_relu": 0.1, "elu": 0.15}),
        (("tanh", ""), {"relu": 0.5, "leaky_relu": 0.1, "elu": 0.15}),
        (("relu", "elu"), {"tanh": 0.35, "leaky_relu": 0.4, "elu": 0.15}),
        (("relu", "linear"), {"tanh": 0.35, "leaky_relu": 0.4, "elu": 0.15}),
    ],
)
def test_other_activations_are_offered(kinds: tuple[str, str], expected: dict[str, float]) -> None:
    body = [replace(dense(at), activation=name) for at, name in enumerate(kinds)]
    odd = [layer(2, "Mine", path="", activation="gelu"), layer(3, "LSTM", weights=9, activation="tanh")]
    rows = {name.partition("=")[2]: one for name, one in offered(*body, *odd).items() if name.startswith("activation")}
    assert {name: one.weight for name, one in rows.items()} == expected
    for name, one in rows.items():
        assert list(one.arguments) == [at for at, kind in enumerate(kinds) if kind not in ("", "linear", name)]
        assert (one.causes == ("vanishing_gradient",)) == ("relu" in expected)


def test_layers_get_other_initializers() -> None:
    given = layer(0, "Dense", weights=10, arguments={"bias_initializer": "'ones'"})
    conv = layer(1, "Conv1D", weights=10)
    rows = offered(given, conv, layer(2, "Flatten"), replace(conv, index=3, path=""), replace(given, index=4, path=""))
    assert rows["initializer=default"].arguments == {0: {"kernel_initializer": "", "bias_initializer": ""}}
    assert (rows["initializer=default"].weight, rows["initializer=he_normal"].weight) == (0.65, 0.15)
    assert list(rows["initializer=he_normal"].arguments) == [0, 1, 9]
    frozen = offered(replace(conv, trainable=False))
    assert list(frozen["initializer=he_normal"].arguments) == [9]
    assert "initializer=default" not in frozen


def test_batch_normalization_is_put_in_or_taken_out() -> None:
    norm = layer(1, "BatchNormalization", weights=8)
    rows = offered(NARROW, norm)
    weights = {name: one.weight for name, one in rows.items() if "normalization" in name}
    assert weights == {"batch_normalization=quick": 0.4, "batch_normalization=none": 0.2}
    assert rows["batch_normalization=quick"].arguments == {1: {"momentum": "0.8"}}
    one = offered(NARROW, layer(1, "Conv3D"), layer(2, "Flatten"))["normalization=batch"]
    assert (one.weight, list(one.behind)) == (0.3, [0, 1])


@pytest.mark.parametrize(
    ("rates", "weight"), [(("0.6",), 0.15), (("0.61",), 0.7), (("0.2", "0.9"), 0.7), (("rate",), 0.15), ((), None)]
)
def test_heavy_dropout_is_suspected(rates: tuple[str, ...], weight: float | None) -> None:
    body = [layer(at, "SpatialDropout1D", arguments={"rate": rate}) for at, rate in enumerate(rates)]
    one = offered(*body, layer(5, "Dropout", path="", arguments={"rate": "0.9"})).get("dropout=none")
    assert (one and one.weight) == weight
    assert one is None or list(one.replaced) == list(range(len(rates)))


def test_dropout_inside_a_layer_is_taken_out() -> None:
    inside = layer(0, "LSTM", weights=9, arguments={"dropout": "0.9"})
    one = offered(inside, replace(inside, index=1, path=""), layer(2, "GRU", weights=9))["dropout=none"]
    assert (one.weight, one.replaced, list(one.arguments)) == (0.15, {}, [0])


def test_penalties_and_constraints_are_taken_out() -> None:
    body = [layer(at, "Dense", weights=9, regularized=at != 1, arguments={"kernel_constraint": "c"}) for at in range(3)]
    rows = offered(body[0], body[1], replace(body[2], path=""))
    assert (rows["regularizer=none"].weight, list(rows["regularizer=none"].arguments)) == (0.55, [0])
    assert (rows["constraint=none"].weight, list(rows["constraint=none"].arguments)) == (0.4, [0, 1])
    assert {"regularizer=none", "constraint=none"} & offered(NARROW).keys() == set()


def test_the_last_layer_with_weights_is_no_hidden_one() -> None:
    assert "width=32" not in {one.name for one in layers.layer_changes(situation(replace(NARROW, shape=(3,))))}
    assert offered(NARROW)["width=32"].weight == 0.6
    mine = situation(replace(NARROW, shape=HEAD.shape), replace(HEAD, path=""))
    assert "Dense=none" not in {one.name for one in layers.layer_changes(mine)}


def test_unusual_settings_are_suspected() -> None:
    assert offered(layer(0, "ReLU", arguments={"threshold": "20.0"}))["settings=default"].weight == 0.45

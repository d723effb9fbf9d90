"""A Keras model becomes nodes without names; what follows the logits is the tail; what cannot be read is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.core.errors import ConfigError
from ablate.engine import graph
from ablate.engine.runtime import keras

L = keras.layers


def stack(*layers: Any, shape: tuple[int | None, ...] = (6,)) -> graph.Graph:
    return graph.of(keras.Sequential([keras.Input(shape), *layers]))


@pytest.mark.parametrize(
    ("layers", "nodes", "tail"),
    [
        (lambda: [L.Dense(3)], ["Dense"], []),
        (lambda: [L.Dense(3, activation="softmax")], ["Dense"], ["Activation"]),
        (lambda: [L.Dense(3), L.Softmax(), L.Reshape((3,))], ["Dense"], ["Softmax", "Reshape"]),
        (lambda: [L.Dense(4, activation="relu"), L.Dense(3)], ["Dense", "Activation", "Dense"], []),
        (lambda: [L.Dense(3), L.Dropout(0.1)], ["Dense", "Dropout"], []),
        (lambda: [L.Dense(3), L.ReLU(), L.LeakyReLU()], ["Dense"], ["ReLU", "LeakyReLU"]),
        (lambda: [L.Dense(3), L.Reshape((3, 1)), L.Softmax(axis=1)], ["Dense", "Reshape", "Softmax"], []),
        (lambda: [L.Softmax(), L.Reshape((6,))], ["Softmax"], ["Reshape"]),
    ],
)
def test_the_tail_is_what_follows_the_logits_without_weights(layers: Any, nodes: list[str], tail: list[str]) -> None:
    made = stack(*layers())
    assert ([node.kind for node in made.nodes], [node.kind for node in made.tail]) == (nodes, tail)
    assert made.logits is made.nodes[-1]
    assert made.shape == (6,)


def test_a_layer_that_joins_two_ways_is_no_tail() -> None:
    row = keras.Input((6,))
    hidden = L.Dense(3)(row)
    ends = L.Dense(3)(row)
    made = graph.of(keras.Model(row, L.Activation("relu")(L.Add()([hidden, L.ReLU()(ends)]))))
    assert [node.kind for node in made.nodes] == ["Dense", "Dense", "ReLU", "Add"]
    assert [node.kind for node in made.tail] == ["Activation"]
    assert [node.before for node in made.nodes[:3]] == [("input",), ("input",), (made.nodes[1].id,)]
    assert (made.nodes[3].listed, made.nodes[0].listed, made.nodes[3].shape) == (True, False, (3,))


def test_an_activation_of_a_dense_or_convolutional_layer_is_a_node_of_its_own() -> None:
    made = stack(L.Conv1D(2, 2, activation="tanh"), L.LSTM(3, activation="relu"), L.Dense(3), shape=(4, 2))
    assert [node.kind for node in made.nodes] == ["Conv1D", "Activation", "LSTM", "Dense"]
    bare, activation = made.nodes[:2]
    assert (bare.config["activation"], activation.config["activation"]) == ("linear", "tanh")
    assert (bare.id, activation.before, bare.shape, activation.shape) == (
        *(f"{activation.id}/linear", (bare.id,)),
        *((3, 2), (3, 2)),
    )
    assert graph.activation_of(made.nodes[2].config) == "relu"


def test_names_and_types_are_left_out_also_inside_layers() -> None:
    made = stack(L.Bidirectional(L.GRU(3, name="inner"), name="outer"), L.Dense(3), shape=(4, 2))
    text = str(made.nodes[0].layer)
    assert made.nodes[0].id == "outer"
    assert "inner" not in text
    assert "dtype" not in text
    decided = graph.Node(id="a", before=(), listed=False, layer=None, shape=(3,), remedy="dropout")
    assert (decided.kind, decided.config) == ("", {})


def half() -> Any:
    return keras.Sequential([keras.Input((6,)), L.Dense(3, dtype="float16")])


def mixed() -> Any:
    return keras.Sequential([keras.Input((6,)), L.Dense(3, dtype=keras.DTypePolicy("mixed_float16"))])


class Mine(L.Layer):
    """A layer that Keras does not know."""

    def call(self, x: Any) -> Any:
        return x


def two_inputs() -> Any:
    one, other = keras.Input((3,)), keras.Input((3,))
    return keras.Model([one, other], L.Add()([one, other]))


def nothing() -> Any:
    row = keras.Input((6,))
    return keras.Model(row, row)


def two_outputs_of_a_layer() -> Any:
    row = keras.Input((4, 2))
    return keras.Model(row, L.LSTM(3, return_state=True)(row)[0])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (half, "must compute in float32. Received 'float16'"),
        (mixed, "must compute in float32. Received 'mixed_float16'"),
        (lambda: keras.Sequential([keras.Input((6,)), Mine()]), "class 'Mine' must be registered"),
        (two_inputs, "Received 2 inputs and 1 outputs"),
        (two_outputs_of_a_layer, "must have one output. `lstm.*` has 3"),
        (lambda: keras.Sequential([keras.Input((None, 2)), L.LSTM(3)]), r"must be fixed. Received \(None, 2\)"),
        (nothing, "at least one layer"),
        (lambda: keras.Sequential([L.Dense(3)]), "must know its input's shape"),
    ],
)
def test_what_cannot_be_read_is_refused(build: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        graph.of(build())

"""Layers may be called on tensors alone; masks that Keras makes itself do not count."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.core.errors import ConfigError
from ablate.engine import graph, layer_calls
from ablate.engine.runtime import keras

L = keras.layers


def tensor(layer: str) -> dict[str, Any]:
    """Return a layer's output as Keras writes it."""
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [layer, 0, 0]}}


def called(*given: Any, **keywords: Any) -> tuple[tuple[str, ...], bool]:
    """Return what `arguments` reads of one call, in a model whose masks `any` makes."""
    return layer_calls.arguments("it", [{"args": list(given), "kwargs": keywords}], frozenset({"any"}))


def test_tensors_are_read_one_by_one_or_as_a_list() -> None:
    assert called(tensor("a")) == (("a",), False)
    assert called(tensor("a"), tensor("b")) == (("a", "b"), False)
    assert called([tensor("a"), tensor("b")]) == (("a", "b"), True)


@pytest.mark.parametrize("keywords", [{"mask": None}, {"training": False}, {"mask": tensor("any"), "training": None}])
def test_what_keras_writes_itself_is_no_argument(keywords: dict[str, Any]) -> None:
    assert called(tensor("a"), **keywords) == (("a",), False)


@pytest.mark.parametrize(
    ("keywords", "named"),
    [
        ({"training": True}, "training"),
        ({"scale": False}, "scale"),
        ({"mask": tensor("b"), "training": False}, "mask"),
        ({"initial_state": tensor("b"), "mask": tensor("any"), "training": True}, "initial_state, training"),
    ],
)
def test_any_other_argument_is_refused_by_name(keywords: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=f"`it` is also given {named}\\."):
        called(tensor("a"), **keywords)


def test_a_layer_is_called_once_and_on_outputs_of_layers() -> None:
    for value in (2.0, {"class_name": "other"}, [tensor("a"), 2.0]):
        with pytest.raises(ConfigError, match="`it` is called on a value"):
            called(value)
    with pytest.raises(ConfigError, match="`it` is called on a value"):
        called([tensor("a")], tensor("b"))
    for count in (0, 2):
        with pytest.raises(ConfigError, match=f"`it` is called {count} times"):
            layer_calls.arguments("it", [{"args": [tensor("a")], "kwargs": {}}] * count, frozenset())


def test_the_masks_of_keras_are_its_operations_back_to_the_layers() -> None:
    words = keras.Input((6, 4))
    both = L.Add()([L.Masking(0.0)(words), L.Masking(1.0)(words)])
    model = keras.Model(words, L.LSTM(3)(both))
    assert layer_calls.masks(model) == {
        operation.name for operation in model.operations if not isinstance(operation, L.Layer)
    }
    assert [node.kind for node in graph.of(model).nodes] == ["Masking", "Masking", "Add", "LSTM"]

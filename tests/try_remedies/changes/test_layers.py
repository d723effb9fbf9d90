"""What hidden layers throw away, and what is offered to keep it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ablate.try_remedies.changes import layers
from tests.try_remedies.test_patch import dense

NARROW = replace(dense(0, units="2"), shape=(2,))


@pytest.mark.parametrize(
    ("layer", "offered"),
    [
        (NARROW, ["width=32"]),
        (replace(NARROW, shape=(64,)), []),
        (replace(NARROW, shape=()), []),
        (replace(NARROW, path=""), []),
        (replace(NARROW, kind="Conv2D"), []),
        (replace(NARROW, kind="GlobalMaxPooling1D", shape=(64,)), ["pooling=flatten"]),
        (replace(NARROW, kind="GlobalMaxPooling1D", path=""), []),
    ],
)
def test_only_narrow_dense_layers_get_more_units_and_only_pooling_is_flattened(
    layer: layers.Layer, offered: list[str]
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

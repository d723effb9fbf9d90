"""What is derived from a record: the layer that decides, and the accuracy at the end."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.engine.as_is.records import IDENTITIES, Ending, Facts, Layer


def layer(kind: str) -> Layer:
    settings: dict[str, Any] = {"path": "", "arguments": {}, "activation": "", "trainable": True, "weights": 0}
    return Layer(index=0, kind=kind, zero=False, shape=(3,), regularized=False, **settings)


def test_the_head_is_the_last_layer_that_changes_what_numbers_mean() -> None:
    kinds = ("InputLayer", "Dense", "Softmax", *IDENTITIES)
    head = Facts(layers=tuple(layer(kind) for kind in kinds)).head
    assert head is not None
    assert head.kind == "Softmax"
    assert Facts(layers=tuple(layer(kind) for kind in IDENTITIES)).head is None
    assert Facts().head is None


@pytest.mark.parametrize(
    ("correct", "rows", "accuracy"), [((3, 7), 8, 0.875), ((7, 2), 8, 0.25), ((), 8, 0.0), ((3,), 0, 0.0)]
)
def test_accuracy_is_that_of_the_last_evaluation(correct: tuple[int, ...], rows: int, accuracy: float) -> None:
    assert Ending(correct=correct, rows=rows).accuracy == accuracy

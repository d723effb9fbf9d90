"""Offers of labels, head and loss: what is written, and how sure it is, for programs that fit and that do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ablate.try_remedies.changes import ends
from ablate.try_remedies.changes.situation import Situation
from tests.try_remedies.changes.situations import ROWS, situation, stack

TWO = np.arange(ROWS) % 2
BINARY, SPARSE, ONE_HOT = "binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy"


def offered(at: Situation) -> list[tuple[str, float, str]]:
    """Name, weight and first cause of what is offered of head and loss."""
    return [(one.name, one.weight, one.causes[0]) for one in ends.end_changes(at)]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (situation(*stack()), [("head=linear", 0.05, "loss_mismatch")]),
        (situation(*stack(), backend="jax"), [("head=linear", 0.6, "loss_mismatch")]),
        (
            situation(*stack(units=2)),
            [("head=softmax", 0.95, "loss_mismatch"), ("head=linear", 0.5, "loss_mismatch")],
        ),
        (
            situation(*stack(), loss=ONE_HOT),
            [("head=softmax", 0.95, "label_form"), ("head=linear", 0.5, "label_form")],
        ),
        (
            situation(*stack(""), loss=SPARSE),
            [("head=softmax", 0.95, "logits_as_probabilities"), ("head=linear", 0.5, "logits_as_probabilities")],
        ),
        (
            situation(*stack("relu")),
            [("head=softmax", 0.95, "head_cuts"), ("head=linear", 0.5, "head_cuts")],
        ),
        (
            situation(*stack("softmax", 1), loss=BINARY, y=TWO),
            [("head=sigmoid", 0.95, "one_softmax"), ("head=linear", 0.5, "one_softmax")],
        ),
        (situation(*stack("sigmoid", 1), loss=BINARY, y=TWO), [("head=linear", 0.05, "loss_mismatch")]),
    ],
    ids=["fits", "fits on JAX", "too few units", "labels of another form", "logits", "cut", "one softmax", "binary"],
)
def test_a_head_is_offered_as_surely_as_it_does_not_fit(at: Situation, expected: list[tuple[str, float, str]]) -> None:
    assert offered(at) == expected


def test_what_is_written_ends_in_the_units_and_the_loss_that_the_labels_need() -> None:
    soft, linear = ends.end_changes(situation(*stack("relu", 2)))
    assert soft.words == "end in softmax of 3 units, with the loss 'sparse_categorical_crossentropy'"
    assert soft.arguments == {1: {"activation": "'softmax'", "units": "3"}}
    assert (soft.replaced, soft.loss, soft.part) == ({}, "'sparse_categorical_crossentropy'", "head")
    assert linear.words == "end in linear of 3 units, with the loss SparseCategoricalCrossentropy(from_logits=True)"
    assert linear.arguments == {1: {"activation": "", "units": "3"}}
    assert linear.causes[1:] == ("clip_trap",)
    (same,) = ends.end_changes(situation(*stack()))
    assert same.words == "end in linear, with the loss SparseCategoricalCrossentropy(from_logits=True)"


def test_a_model_without_weights_that_can_be_named_gets_no_head() -> None:
    bare = [layer for layer in stack() if not layer.weights]
    assert list(ends.end_changes(situation(*bare, outputs=(3,), loss=SPARSE))) != []
    own = tuple(replace(layer, path="") for layer in stack())
    assert list(ends.end_changes(situation(*own))) == []


@pytest.mark.parametrize(
    ("low", "high", "loss", "expected"),
    [
        (0.0, 1.0, SPARSE, [("loss=from_logits", 0.05)]),
        (-2.0, 3.0, SPARSE, [("loss=from_logits", 0.95)]),
        (0.0, 1.0, ONE_HOT, [(f"loss={SPARSE}", 0.95), ("loss=from_logits", 0.05)]),
    ],
)
def test_a_closed_model_gets_losses_alone(
    low: float, high: float, loss: str, expected: list[tuple[str, float]]
) -> None:
    assert [name[:2] for name in offered(situation(low=low, high=high, loss=loss))] == expected


@pytest.mark.parametrize(
    ("y", "units", "expected"),
    [
        (np.arange(ROWS) % 3, 3, []),
        (np.arange(ROWS) % 3 + 1, 3, [("labels=0..N-1", 0.95, "label_range")]),
        (np.array(["a", "b", "c"] * (ROWS // 3)), 3, [("labels=0..N-1", 0.95, "label_range")]),
        (np.eye(3)[np.arange(ROWS) % 3], 3, []),
        (np.eye(3)[np.arange(ROWS) % 3], 1, [("labels=numbers", 0.95, "label_form")]),
    ],
)
def test_labels_without_a_place_get_numbers(y: np.ndarray, units: int, expected: list[tuple[str, float, str]]) -> None:
    changes = list(ends.label_changes(situation(*stack(units=units), y=y)))
    assert [(one.name, one.weight, one.causes[0]) for one in changes] == expected


def test_labels_of_minus_one_and_one_are_right_for_a_margin() -> None:
    y = np.where(TWO, 1, -1)
    for loss, weight in (("hinge", 0.05), (BINARY, 0.95)):
        (one,) = ends.label_changes(situation(*stack("tanh", 1), y=y, loss=loss))
        assert one.weight == weight
        assert one.words == "number the classes 0 to 1"


@pytest.mark.parametrize(
    ("loss", "head", "logits", "one_hot", "fits"),
    [
        (SPARSE, "softmax", False, False, True),
        (SPARSE, "softmax", False, True, False),
        (SPARSE, "softmax", True, False, False),
        (SPARSE, "", True, False, True),
        (SPARSE, "sigmoid", False, False, False),
        (ONE_HOT, "softmax", False, True, True),
        (ONE_HOT, "softmax", False, False, False),
        (ONE_HOT, "", True, True, True),
        ("categorical_focal_crossentropy", "softmax", False, True, True),
        (BINARY, "sigmoid", False, True, True),
        (BINARY, "softmax", False, True, True),
        (BINARY, "relu", False, True, False),
        (BINARY, "", True, True, True),
        (BINARY, "sigmoid", False, False, False),
        ("mean_squared_error", "relu", False, True, True),
        ("mean_squared_error", "softmax", False, False, False),
        ("mean_absolute_error", "softmax", False, False, False),
    ],
)
def test_a_head_of_several_units_fits_loss_and_labels(
    loss: str, head: str, logits: bool, one_hot: bool, fits: bool
) -> None:
    y = np.eye(3)[np.arange(ROWS) % 3] if one_hot else None
    assert ends._fits(situation(*stack(head), loss=loss, y=y, from_logits=logits)) is fits
    assert not ends._fits(situation(*stack(head, 2), loss=loss, y=y, from_logits=logits)), "too few units"


@pytest.mark.parametrize(
    ("loss", "head", "logits", "low", "fits"),
    [
        (BINARY, "sigmoid", False, 0, True),
        (BINARY, "sigmoid", False, -1, False),
        (BINARY, "sigmoid", True, 0, False),
        (BINARY, "", True, 0, True),
        ("binary_focal_crossentropy", "sigmoid", False, 0, True),
        ("hinge", "tanh", False, -1, True),
        ("hinge", "", False, -1, True),
        ("hinge", "sigmoid", False, -1, False),
        ("mean_squared_error", "sigmoid", False, 0, True),
        ("mean_squared_error", "tanh", False, -1, True),
        ("mean_squared_error", "tanh", False, 0, False),
        ("mean_absolute_error", "relu", False, 0, False),
        (SPARSE, "sigmoid", False, 0, False),
        ("mine", "relu", False, 0, True),
    ],
)
def test_a_single_unit_fits_loss_and_two_classes(loss: str, head: str, logits: bool, low: int, fits: bool) -> None:
    y = TWO * (1 - low) + low
    assert ends._fits(situation(*stack(head, 1), loss=loss, y=y, from_logits=logits)) is fits
    assert not ends._fits(situation(*stack(head, 1), loss=loss, from_logits=logits)), "three classes"

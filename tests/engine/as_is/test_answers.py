"""Classes are read from labels and predictions whatever the head, the loss and the metric are."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.engine.as_is import answers

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("y", "kind", "count"),
    [
        (np.arange(300) % 3, "classes", 3),
        (np.arange(300) % 3 + 1, "classes", 3),
        ((np.arange(300) % 4) / 255.0, "classes", 4),
        (np.where(np.arange(300) % 2, 1.0, -1.0), "classes", 2),
        (np.eye(5)[np.arange(300) % 5], "classes", 5),
        ((np.arange(300) % 2)[:, None], "classes", 2),
        (RNG.integers(0, 2, (300, 4)), "several_labels", 4),
        (RNG.normal(size=300), "regression", 300),
        (np.arange(300), "regression", 300),
        (np.array(["cat", "dog"] * 150), "texts", 2),
    ],
)
def test_labels_are_classes_or_outside(y: np.ndarray, kind: str, count: int) -> None:
    found = answers.read(y)
    assert found.kind == kind
    assert len(found.values) == count


@pytest.mark.parametrize(
    ("y", "one_hot"),
    [
        (np.eye(2)[[0, 1, 1]], True),
        (np.eye(5)[:1], True),
        (np.eye(3)[[[0, 1], [2, 0]]], True),
        (np.array([[0], [1], [1]]), False),
        (np.array([[1, 1], [0, 1]]), False),
        (np.array([[0, 2], [2, 0]]), False),
    ],
)
def test_rows_with_a_single_1_are_one_hot(y: np.ndarray, one_hot: bool) -> None:
    assert answers.read(y).one_hot is one_hot


@pytest.mark.parametrize(
    ("predicted", "y", "zero", "right"),
    [
        ([[0.2], [0.7], [0.6]], [0, 1, 0], False, 2),
        ([[-0.2], [0.3], [0.6]], [0, 1, 1], True, 3),  # logits
        ([[-0.2], [0.3], [0.6]], [-1, 1, 1], True, 3),
        ([[0.1, 0.9], [0.8, 0.2]], [1, 0], False, 2),
        ([[0.1, 0.7, 0.1, 0.1], [0.1, 0.1, 0.1, 0.7]], [1, 3], False, 2),  # labels 1 to 3, four outputs
        ([[np.nan, 0.9], [0.2, 0.8]], [1, 1], False, 1),
        ([[0.1], [1.2], [1.9]], [0, 1, 2], False, 3),  # one output for three classes
    ],
)
def test_right_rows_are_counted(predicted: list[list[float]], y: list[int], zero: bool, right: int) -> None:
    labels = answers.read(np.array(y))
    assert answers.correct(np.array(predicted), np.array(y), labels, zero) == (right, len(y))


def test_a_label_for_each_position_counts_by_its_share() -> None:
    y = np.array([[0, 1, 2], [2, 1, 0]])
    predicted = np.zeros((2, 3, 3))
    predicted[..., 1] = 1.0
    assert answers.correct(predicted, y, answers.read(y), zero=False) == (1, 2)

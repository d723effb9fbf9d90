"""Ordinary classifiers find what is there, and a valid p-value where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.outcomes.ordinary_classifiers import best_accuracy, relation
from ablate.tasks import load
from tests.outcomes.test_chance_level import task_of


def test_p_values_are_uniform_where_labels_are_shuffled() -> None:
    rng = np.random.default_rng(0)
    found = [relation(task_of(rng.normal(size=(90, 5)), rng.permutation(np.arange(90) % 3))).p for _ in range(60)]
    assert np.mean(np.array(found) <= 0.05) <= 0.15
    assert 0.3 < np.mean(found) < 0.7


@pytest.mark.parametrize("kind", ["spirals", "checkerboard", "words", "digits"])
def test_a_relation_is_found_whatever_its_shape(kind: str) -> None:
    task = load({"kind": kind})
    found = relation(task)
    assert found.p == 0.005
    assert found.score > found.shuffled + 0.3
    assert best_accuracy(task) >= 0.95


def test_a_straight_relation_of_many_columns_is_found_by_least_squares() -> None:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(300, 60))
    labels = (inputs @ rng.normal(size=60) > 0).astype(int)
    assert relation(task_of(inputs, labels)).score > 0.8


def test_classes_weigh_alike() -> None:
    """A constant prediction of the larger class scores a half, whatever its share is."""
    rng = np.random.default_rng(0)
    found = relation(task_of(rng.normal(size=(400, 3)), (np.arange(400) % 20 == 0).astype(int)))
    assert found.score < 0.6
    assert found.p > 0.01


def test_rows_in_the_order_of_a_cycle_keep_their_classes() -> None:
    """Every third row of three classes in turn would be of one class."""
    inputs = np.repeat(np.arange(3.0)[None], 900, axis=0).reshape(-1, 1)
    found = relation(task_of(inputs, np.arange(2700) % 3))
    assert found.score == pytest.approx(1.0)

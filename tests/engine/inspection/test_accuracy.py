"""Accuracies are counted from predictions, whatever their shape."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.inspection import accuracy
from ablate.engine.inspection.rows import read

RNG = np.random.default_rng(0)
X = RNG.normal(size=(10, 3))


@pytest.mark.parametrize(
    ("batch", "training", "sizes"),
    [(4, False, [4, 4, 2]), (4, True, [4, 4]), (5, True, [5, 5]), (10, True, [10]), (16, True, [10])],
)
def test_a_last_batch_that_is_not_full_is_left_out_in_training(batch: int, training: bool, sizes: list[int]) -> None:
    seen: list[int] = []

    def model(x: Any, training: bool) -> Any:  # noqa: ARG001
        seen.append(len(x))
        return 2 * x

    made = accuracy.predictions(model, X, batch, training=training)
    assert seen == sizes
    np.testing.assert_array_equal(made, 2 * X[: sum(sizes)])


def model(outputs: int, activation: str | None = None, *, logits: bool = False) -> Any:
    """Return a linear model that passes on its inputs."""
    rule = keras.initializers.Identity() if outputs == 3 else keras.initializers.Ones()
    last = keras.layers.Dense(outputs, activation=activation, kernel_initializer=rule)
    made = keras.Sequential([keras.Input((3,)), last])
    made.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=logits))
    return made


def test_the_largest_output_is_the_label_and_what_is_not_finite_is_none() -> None:
    made = np.array([[0.1, 0.7, 0.2], [0.9, 0.0, 0.1], [np.nan, 1.0, 0.0], [0.0, np.inf, 0.0]])
    rows = read(X, np.arange(10) % 3, {})
    assert accuracy.named(model(3), rows, made).tolist() == [1, 0, -1, -1]
    labels = X.argmax(axis=1)
    labels[:3] = (labels[:3] + 1) % 3
    assert accuracy.accuracy(model(3), rows, X.astype("float32"), labels) == pytest.approx(0.7)
    assert accuracy.accuracy(model(3), rows, X.astype("float32"), labels, training=True) == pytest.approx(0.7)


@pytest.mark.parametrize(("logits", "middle"), [(False, 4.0), (True, 0.0)])
def test_a_single_output_is_cut_in_the_middle_of_the_labels_or_at_zero(logits: bool, middle: float) -> None:
    rows = read(X, np.resize([3.0, 5.0], 10), {})
    made = np.array([[middle - 0.1], [middle + 0.1], [middle]])
    assert accuracy.named(model(1, logits=logits), rows, made).tolist() == [3.0, 5.0, 3.0]


def test_a_loss_without_a_config_takes_logits_if_it_says_so() -> None:
    assert accuracy.takes_logits(SimpleNamespace(loss=SimpleNamespace(from_logits=True), _layers=[])) is True
    assert accuracy.takes_logits(SimpleNamespace(loss="mse", _layers=[])) is False


@pytest.mark.parametrize("seed", range(6))
def test_the_best_cut_is_the_best_of_all_cuts_in_both_directions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made, labels = rng.integers(0, 5, (9, 1)).astype(float), rng.permutation(9) % 2
    cuts = [np.mean((made[:, 0] > cut) == labels) for cut in np.arange(-0.5, 5)]
    assert accuracy.best_cut(made, 3 + 2 * labels) == pytest.approx(max(cuts + [1 - right for right in cuts]))


def test_how_far_means_lie_apart_is_counted_in_distances_of_labels() -> None:
    made = np.array([[0.0], [1.0], [4.0], [6.0]])
    assert accuracy.apart(made, np.array([1, 1, 3, 3])) == pytest.approx((5.0 - 0.5) / 2)
    assert accuracy.apart(-made, np.array([0, 0, 4, 4])) == pytest.approx(4.5 / 4)
    assert accuracy.most(np.array([2, 2, 5, 2])) == 0.75


@pytest.mark.parametrize(
    ("made", "labels"),
    [
        (np.ones((4, 2)), [0, 0, 1, 1]),
        (np.ones((4, 1)), [0, 0, 0, 0]),
        (np.ones((4, 1)), [0, 1, 2, 1]),
        (np.array([[1.0], [math.nan], [0.0], [1.0]]), [0, 0, 1, 1]),
        (np.array([[1.0], [math.inf], [0.0], [1.0]]), [0, 0, 1, 1]),
    ],
    ids=["outputs", "one label", "three labels", "nan", "infinite"],
)
def test_neither_is_known_of_other_outputs_or_labels(made: np.ndarray, labels: list[int]) -> None:
    assert accuracy.best_cut(made, np.array(labels)) is None
    assert accuracy.apart(made, np.array(labels)) is None

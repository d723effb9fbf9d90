"""Without gradients, the loss is differentiated by moving the logits a little."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.callback.any_observer import COLUMNS, AnyObserver, _of_output, moved

LABELS = np.array([0, 4, 1, 4])


def predicted(classes: int) -> np.ndarray:
    """Probabilities of four rows; the last class is always the strongest."""
    logits = np.random.default_rng(0).normal(size=(len(LABELS), classes))
    logits[:, -1] = 4.0
    return (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("shape", ["numbers", "column", "one hot"])
@pytest.mark.parametrize("classes", [6, COLUMNS, COLUMNS + 1])
def test_the_slope_of_cross_entropy_is_what_is_predicted_less_the_truth(classes: int, shape: str) -> None:
    made, truth = predicted(classes), np.eye(classes)[LABELS]
    y = {"numbers": LABELS, "column": LABELS[:, None], "one hot": truth}[shape]
    loss = "categorical_crossentropy" if shape == "one hot" else "sparse_categorical_crossentropy"
    wanted = made - truth
    if classes > COLUMNS:
        wanted[:, :-1] *= truth[:, :-1]
    assert AnyObserver(SimpleNamespace(loss=loss))._slope(y, made) == pytest.approx(wanted, abs=2e-4)


def test_a_slope_is_not_known_of_what_is_not_finite_no_table_or_raises() -> None:
    made = predicted(6)
    calls = itertools.count()

    def later(truth: Any, predicted: Any) -> Any:
        if next(calls):
            raise ValueError("only once")
        return keras.losses.sparse_categorical_crossentropy(truth, predicted)

    known = AnyObserver(SimpleNamespace(loss="sparse_categorical_crossentropy"))
    assert known._slope(LABELS, np.where(made > 0.5, np.nan, made)) is None
    assert known._slope(LABELS, made[:, :, None]) is None
    wide = COLUMNS + 1
    assert known._slope(LABELS + wide, predicted(wide)) is None, "a label beyond the outputs has no loss"
    fails = AnyObserver(SimpleNamespace(loss=later))
    assert fails._slope(LABELS, made) is None
    assert fails.error == "ValueError: only once"


def test_of_outputs_that_are_equal_nothing_is_read() -> None:
    """Rows that differ are read by a classifier; of rows without any spread there is nothing to read."""
    classes = np.arange(60) % 2
    seen = _of_output(np.ones((60, 3), np.float32), classes)
    assert (seen["readable"], seen["spread"], seen["dead"], seen["largest"], seen["width"]) == (None, 0.0, 0.0, 1.0, 3)
    told = _of_output(np.stack([classes, 0 * classes], 1).astype(np.float32), classes)
    assert (told["readable"], told["dead"]) == (1.0, 0.5)
    assert told["spread"] == pytest.approx(0.5**0.5 / 1, abs=0.3)
    assert _of_output(np.full((2, 2), np.nan), classes) == _of_output(np.ones(3), classes) == _of_output(None, classes)


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        ([[0.5], [0.2], [0.0], [1.0]], [[2 / 3], [1 / 3], [0.0], [1.0]]),
        ([[0.5], [1.5]], [[0.5 + np.log(2)], [1.5 + np.log(2)]]),
        ([[-0.5], [0.5]], [[-0.5 + np.log(2)], [0.5 + np.log(2)]]),
        ([[0.5, 0.5], [0.2, 0.8]], [[2 / 3, 1 / 3], [1 / 3, 2 / 3]]),
        ([[0.5, 0.7], [0.2, 0.8]], [[0.5 + np.log(2), 0.7], [0.2 + np.log(2), 0.8]]),
        ([[1.5, -0.5]], [[1.5 + np.log(2), -0.5]]),
    ],
    ids=["sigmoid", "above one", "below zero", "softmax", "no sum of one", "negative"],
)
def test_a_move_is_of_the_logits_of_probabilities_and_of_other_outputs_as_they_are(made: Any, wanted: Any) -> None:
    given = np.array(made)
    move = np.zeros(given.shape)
    move[:, 0] = np.log(2)
    assert moved(given, move) == pytest.approx(np.array(wanted))

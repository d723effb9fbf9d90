"""Each planted fault changes what it says, in the rows or in the loss, and leaves the arrays that it is given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.remedies import checked, fault, loss

X = np.arange(12.0, dtype=np.float32).reshape(4, 3) + 1
Y = np.array([0, 2, 1, 2])
TRUTH = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], np.float32)
LOGITS = np.array([[2.0, 0.0, -6.0], [-5.0, 0.5, 1.0]], np.float32)


def rows(kind: str, seed: int = 3) -> tuple[Any, Any]:
    given, labels = X.copy(), Y.copy()
    made = fault._data(checked("fault", {"kind": kind}), given, labels, 3, seed)
    np.testing.assert_array_equal(given, X)
    np.testing.assert_array_equal(labels, Y)
    return made


def test_one_number_of_the_first_row_is_nan() -> None:
    inputs, labels = rows("nan_row")
    assert np.argwhere(np.isnan(inputs)).tolist() == [[0, 0]]
    assert labels.tolist() == Y.tolist()


def test_labels_are_moved_up_by_one_and_around() -> None:
    inputs, labels = rows("labels_off_by_one")
    assert labels.tolist() == [1, 0, 2, 0]
    np.testing.assert_array_equal(inputs, X)


def test_labels_are_shuffled_by_a_stream_of_the_seed() -> None:
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([3, 3])))
    assert rows("labels_shuffled")[1].tolist() == stream.permutation(Y).tolist()


@pytest.mark.parametrize("kind", ["none", "log_zero", "sign_flipped"])
def test_a_fault_of_the_loss_leaves_the_rows(kind: str) -> None:
    inputs, labels = rows(kind)
    np.testing.assert_array_equal(inputs, X)
    np.testing.assert_array_equal(labels, Y)


def test_the_slot_and_the_program_have_the_planted_loss() -> None:
    params = {kind: checked("fault", {"kind": kind}) for kind in fault.KINDS}
    assert {kind: fault._slot(one, 0) for kind, one in params.items() if fault._slot(one, 0)} == {
        "log_zero": {"loss.kind": loss.SHARED.index(loss.LOG_ZERO), "loss.floor": 0.001},
        "sign_flipped": {"loss.sign": -1.0},
    }
    assert {kind: fault._choices(one) for kind, one in params.items() if fault._choices(one)} == {
        "log_zero": {"loss.kind": loss.SHARED}
    }


def test_probabilities_below_the_floor_have_the_logarithm_of_zero() -> None:
    probabilities = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    floors = {0.1: -np.log(probabilities[[0, 1], [0, 1]]).mean(), float(probabilities[1, 1]) + 0.01: np.inf}
    for floor, value in floors.items():
        (head,), cut = fault._keras_loss({"kind": "log_zero", "floor": floor}, ([], "mse"))
        assert float(cut(TRUTH, head(LOGITS))) == pytest.approx(value, rel=1e-5)
    _, at = fault._keras_loss({"kind": "log_zero", "floor": 0.5}, ([], "mse"))
    assert float(at(TRUTH[:1], np.array([[0.5, 0.25, 0.25]]))) == pytest.approx(np.log(2), rel=1e-6)


def test_the_sign_of_the_loss_is_turned() -> None:
    layers, flipped = fault._keras_loss({"kind": "sign_flipped"}, (["layers"], "mean_squared_error"))
    assert layers == ["layers"]
    np.testing.assert_allclose(flipped(TRUTH, LOGITS), -np.mean((TRUTH - LOGITS) ** 2, -1), rtol=1e-6)
    assert fault._keras_loss({"kind": "nan_row"}, (["layers"], "mse")) == (["layers"], "mse")
    assert (fault.REMEDY.problem, fault.REMEDY.order) == (True, 60)

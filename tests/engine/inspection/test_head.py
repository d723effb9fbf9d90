"""Output and loss are measured together: each number of the record follows from predictions and slopes."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.inspection import head

L = keras.layers
CLASSES = np.array([0, 1, 2, 1])


def model(*layers: Any, loss: Any = "sparse_categorical_crossentropy") -> Any:
    made = keras.Sequential([keras.Input((4,)), *layers])
    made.compile("sgd", loss)
    return made


@pytest.mark.parametrize(
    ("layers", "activation"),
    [
        (lambda: [L.Dense(3, activation="softmax")], "softmax"),
        (lambda: [L.Dense(3, activation="relu"), L.Dense(3)], "linear"),
        (lambda: [L.Dense(3), L.Softmax(), L.Reshape((3,))], "softmax"),
        (lambda: [L.Dense(3, activation="tanh"), L.Flatten(), L.Dropout(0.1)], "tanh"),
        (lambda: [L.Dense(3), L.LeakyReLU()], "leakyrelu"),
        (lambda: [L.Flatten(), L.Activation("sigmoid")], "sigmoid"),
        (lambda: [L.Flatten()], None),
        (lambda: [L.Activation("relu"), L.Activation("linear")], "linear"),
    ],
)
def test_the_last_activation_is_that_after_the_last_kernel(layers: Any, activation: str | None) -> None:
    assert head.last_activation(model(*layers())) == activation


@pytest.mark.parametrize(
    ("name", "takes"),
    [
        ("sparse_categorical_crossentropy", "sparse"),
        ("categorical_crossentropy", "one_hot"),
        ("kl_divergence", "one_hot"),
        ("binary_crossentropy", "binary"),
        ("squared_hinge", "binary"),
        ("mean_squared_error", "unknown"),
    ],
)
def test_what_a_loss_takes_is_in_its_name(name: str, takes: str) -> None:
    assert head._takes(name) == takes
    assert head._short("".join(part.capitalize() for part in name.split("_"))) == name


@pytest.mark.parametrize(
    ("slope", "share"),
    [
        ([[-1, 0, 1], [0, -1, 1], [0, 1, -1], [-1, 0, 0]], 0.75),
        ([[-1, 0, 1], [0, 0, 0], [0, 0, 0], [1, 0, -1]], 0.5),
        ([[0, 0, 0]] * 4, None),
        ([[-1, 0], [0, -1], [0, -1], [-1, 0]], None),
        ([[1], [-1], [-1], [0]], 1.0),
        ([[-1], [-1], [1], [-1]], 0.5),
        ([[0.5], [-0.5], [-2], [0]], 1.0),
    ],
)
def test_a_step_should_raise_the_true_class(slope: list[list[float]], share: float | None) -> None:
    assert head._agreement(np.array(slope, float), CLASSES) == share


@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [("softmax", 0, 1), ("sigmoid", 0.02, 0.98), ("tanh", -0.98, 0.98), ("relu", 0, 6), (None, -6, 6), ("elu", -6, 6)],
)
def test_a_head_has_a_range(activation: str | None, low: float, high: float) -> None:
    assert head._range(activation) == (low, high)


def cross(p: list[float]) -> float:
    """Return the cross-entropy where the true class has this probability in each of four rows."""
    return float(np.mean(-np.log(p)))


@pytest.mark.parametrize(
    ("activation", "loss", "units", "wanted"),
    [
        (
            "softmax",
            keras.losses.SparseCategoricalCrossentropy(),
            3,
            (cross([0.98 + 0.02 / 3]), cross([0.02 / 3]), cross([1 / 3])),
        ),
        (
            None,
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            3,
            (math.log(1 + 2 * math.exp(-12)), 12 + math.log(1 + 2 * math.exp(-12)), math.log(3)),
        ),
        ("sigmoid", keras.losses.BinaryCrossentropy(), 1, (cross([0.98]), cross([0.02]), cross([0.5]))),
        ("relu", keras.losses.MeanSquaredError(), 1, ((0 + 25) / 2, (36 + 1) / 2, (9 + 4) / 2)),
        ("softmax", keras.losses.SparseCategoricalCrossentropy(), 2, (None, None, None)),
    ],
)
def test_losses_of_right_wrong_and_undecided_predictions(
    activation: str | None, loss: Any, units: int, wanted: tuple[float | None, ...]
) -> None:
    classes = CLASSES if units > 1 else CLASSES % 2
    made = model(L.Dense(units, activation=activation), loss=loss)
    seen = head._compared(made, classes.astype("float32"), classes, np.zeros((4, units)), activation)
    assert seen == (pytest.approx(wanted, rel=1e-3, abs=1e-6) if wanted[0] is not None else wanted)
    assert head._compared(made, classes, classes, np.zeros((4, units, 1)), activation) == (None, None, None)
    assert head._compared(made, classes, classes + 2, np.zeros((4, 1)), activation) == (None, None, None)


def seen(predictions: np.ndarray, slope: np.ndarray, loss: float = 1.5, **more: Any) -> dict[str, Any]:
    return {"predictions": predictions, "slope": slope, "known": True, "fused": False, "loss": loss, **more}


def test_each_number_follows_from_predictions_and_slopes() -> None:
    made = model(L.Dense(3, activation="softmax"))
    predictions = np.array([[1, 0, 0], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0, 1, 0]])
    slope = np.array([[0, 0, 0], [0, -1.0, 1], [1.0, -1, 0], [0.0, 0, 0]])
    one = head.measured(made, seen(predictions, slope, untracked=7), CLASSES, CLASSES, "")
    assert (one.units, one.shape, one.takes, one.loss, one.from_logits) == (
        *(3, (3,), "sparse"),
        *("sparse_categorical_crossentropy", False),
    )
    assert [one.lowest, one.highest, one.sums, one.column_sums] == pytest.approx([0.0, 1.0, 1.0, 4 / 3])
    assert (one.zero_rows, one.agreement, one.start, one.flat, one.untracked) == (0.5, 0.5, 1.5, 0.5, 7)
    assert (one.finite, one.constant, one.wants_shares, one.pairs, one.fused) == (True, False, False, False, False)
    assert one.right is not None
    assert one.wrong is not None
    assert one.right < one.wrong
    unknown = head.measured(made, {**seen(predictions, slope), "known": False}, CLASSES, CLASSES, "")
    assert (unknown.zero_rows, unknown.agreement) == (1.0, None)
    even = head.measured(made, seen(np.full((4, 3), 1 / 3), slope), CLASSES, CLASSES, "")
    assert even.constant


def test_a_loss_that_is_no_number_on_raw_outputs_may_be_one_on_probabilities() -> None:
    def naive(y: Any, p: Any) -> Any:
        return -keras.ops.sum(keras.ops.one_hot(keras.ops.cast(y[:, 0], "int32"), 3) * keras.ops.log(p), -1)

    raw = np.array([[1.0, -2.0, 0.5]] * 4)
    for loss, wants in ((naive, True), (lambda y, p: -naive(y, p), False)):
        made = model(L.Dense(3), loss=loss)
        labels = CLASSES[:, None]
        one = head.measured(made, seen(raw, raw, math.nan), labels, CLASSES, "")
        assert (one.finite, one.wants_shares) == (False, wants)
    infinite = head.measured(made, seen(np.array([[math.inf, 0, 0]] * 4), raw), labels, CLASSES, "")
    assert (infinite.finite, infinite.wants_shares) == (False, False)


def test_without_a_pass_the_shape_alone_is_known() -> None:
    failed = head.measured(model(L.Dense(3)), None, CLASSES, CLASSES, "ValueError: no")
    assert (failed.units, failed.shape, failed.error) == (3, (3,), "ValueError: no")
    shapeless = SimpleNamespace(loss="mse", _layers=[])
    assert (head.measured(shapeless, None, CLASSES, CLASSES, "").units, head._has_shape(shapeless)) == (0, False)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.engine.inspection import rows, schedule
from ablate.engine.runtime import keras

X, Y = np.zeros((40, 2)), np.repeat([0, 1], [10, 30])


@pytest.fixture(scope="module")
def model() -> Any:
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.compile(keras.optimizers.Adam(0.25), "mse")
    return made


@pytest.mark.parametrize(
    ("fit", "nothing", "heaviest"),
    [
        ({}, 0.0, 0.75),
        ({"class_weight": {0: 0.0, 1: 1.0}}, 0.25, 1.0),
        ({"class_weight": {0: 3.0, 1: 1.0}}, 0.0, 0.5),
        ({"sample_weight": np.repeat([1.0, 0.0], 20)}, 0.5, 0.5),
    ],
)
def test_what_rows_count_follows_from_both_weights(
    model: Any, fit: dict[str, Any], nothing: float, heaviest: float
) -> None:
    steps = schedule.measured(model, rows.read(X, Y, fit), fit)
    assert (steps.row_weights, steps.heaviest) == (nothing, heaviest)


def test_the_first_rate_is_the_one_that_training_began_with(model: Any) -> None:
    taken = rows.read(X, Y, {})
    assert schedule.measured(model, taken, {}).rates == (0.25,) * 4
    assert schedule.measured(model, taken, {}, first=0.5).rates == (0.5,) * 4


def compiled(rate: Any = 0.25, **settings: Any) -> Any:
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, **settings)])
    made.compile(keras.optimizers.Adam(rate), "mse")
    return made


def test_rates_are_those_of_the_start_a_tenth_the_half_and_the_last_step() -> None:
    fit = {"epochs": 20}
    steps = schedule.measured(
        compiled(keras.optimizers.schedules.PolynomialDecay(1.0, 100, 0.0)), rows.read(X, Y, fit), fit
    )
    assert (steps.steps, steps.per_epoch, steps.schedule) == (40, 2, "PolynomialDecay")
    assert steps.rates == pytest.approx((1.0, 0.96, 0.8, 0.61))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (lambda _, rate: rate * 0.5, [0.25 * 0.5**epochs for epochs in (1, 3, 11, 20)]),
        (lambda epoch: 1.0 / (1 + epoch), [1.0, 1 / 3, 1 / 11, 1 / 20]),
    ],
)
def test_a_callback_sets_the_rate_of_an_epoch(model: Any, rate: Any, expected: list[float]) -> None:
    others = [keras.callbacks.EarlyStopping(), keras.callbacks.LearningRateScheduler(rate)]
    fit = {"epochs": 20, "callbacks": others}
    steps = schedule.measured(model, rows.read(X, Y, fit), fit)
    assert steps.rates == pytest.approx(expected)
    assert steps.schedule == "LearningRateScheduler"


def test_without_arguments_one_epoch_of_mixed_rows_is_fitted(model: Any) -> None:
    steps = schedule.measured(model, rows.read(X, Y, {}), {})
    assert (steps.steps, steps.schedule, steps.penalty, steps.class_weights) == (2, "", 0.0, 1.0)
    assert (steps.shuffled, steps.custom_step, steps.precision) == (True, False, "float32")
    whole = {"batch_size": 40, "shuffle": False}
    steps = schedule.measured(model, rows.read(X, Y, whole), whole)
    assert (steps.steps, steps.shuffled) == (1, False)


@pytest.mark.parametrize(
    ("weights", "ratio", "heaviest"),
    [
        ({0: 3.0}, 1.0, 0.5),
        ({0: 0.5, 1: 1.0}, 2.0, 30 / 35),
        ({0: 0.0, 1: 0.0}, 1.0, 0.0),
        ({0: 0.0, 1: 2.0}, 1.0, 1.0),
    ],
)
def test_class_weights_have_a_ratio(model: Any, weights: dict[int, float], ratio: float, heaviest: float) -> None:
    fit = {"class_weight": weights}
    steps = schedule.measured(model, rows.read(X, Y, fit), fit)
    assert (steps.class_weights, steps.heaviest) == pytest.approx((ratio, heaviest))


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "mixed_float16", "mixed_bfloat16"])
def test_the_lowest_precision_of_weights_is_told_from_that_of_computing(kind: str) -> None:
    assert schedule._precision(compiled(dtype=kind), "float32") == kind


def test_a_penalty_is_that_of_the_weights_there_are() -> None:
    made = compiled(kernel_regularizer=keras.regularizers.L2(0.5), kernel_initializer="ones")
    assert schedule.measured(made, rows.read(X, Y, {}), {}).penalty == pytest.approx(1.0)
    closed = keras.Sequential([keras.layers.Dense(1, kernel_regularizer="l2")])
    closed.compile("adam", "mse")
    assert schedule.measured(closed, rows.read(X, Y, {}), {}).penalty == 0.0

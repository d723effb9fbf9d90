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

"""What a layer's form holds for one row, by hand: it decides how many slots a stack has, and so the bits of trials."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.engine import layers
from ablate.engine.runtime import keras

L = keras.layers


@pytest.mark.parametrize(
    ("make", "before", "after", "numbers"),
    [
        (lambda: L.SimpleRNN(8), (6, 4), (8,), 6 * 8),
        (lambda: L.GRU(8), (6, 4), (8,), 6 * 8),
        (lambda: L.LSTM(8), (6, 4), (8,), 6 * 8 * 2),
        (lambda: L.RNN(L.LSTMCell(8)), (6, 4), (8,), 6 * 8 * 2),
        (lambda: L.Bidirectional(L.LSTM(8)), (6, 4), (16,), 2 * 6 * 8 * 2),
        (lambda: L.Bidirectional(L.RNN(L.GRUCell(8))), (6, 4), (16,), 2 * 6 * 8),
        (lambda: L.Conv1D(5, 3), (9, 4), (7, 5), 3 * 7 * 4),
        (lambda: L.Conv2DTranspose(5, (3, 2)), (4, 4, 2), (6, 5, 5), 3 * 2 * 16 * 5),
        (lambda: L.MaxPooling2D((2, 3)), (6, 6, 4), (3, 2, 4), 2 * 3 * 3 * 2 * 4),
        (lambda: L.Dense(5), (4,), (5,), 0),
        (lambda: L.TimeDistributed(L.Conv1D(2, 2)), (3, 5, 1), (3, 4, 2), 0),
    ],
)
def test_the_numbers_of_a_row(make: Any, before: tuple[int, ...], after: tuple[int, ...], numbers: int) -> None:
    layer = make()
    config = keras.saving.serialize_keras_object(layer)["config"]
    assert layers.held(type(layer).__name__, config, before, after) == numbers
    assert layers.why_alone(type(layer).__name__, config, before, after) == ""


def test_a_layer_trains_side_by_side_up_to_the_limit() -> None:
    config = {"kernel_size": [4], "data_format": "channels_last"}
    assert layers.why_alone("Conv1D", config, (16_384, 1), (16_384, 1)) == "", "65,536 numbers"
    assert layers.why_alone("Conv1D", config, (16_385, 1), (16_385, 1)).startswith("Conv1D: it holds 65540 numbers")

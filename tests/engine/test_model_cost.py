"""The multiplications of a model are counted as by hand, and shapes are followed as Keras follows them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ablate import configure
from ablate.engine import model_cost, program
from ablate.engine.runtime import keras
from ablate.remedies.model import MODEL
from benchmarks import work

layers = keras.layers

CASES: list[tuple[Any, tuple[int, ...]]] = [
    (layers.Dense(3), (5, 4)),
    (layers.Conv1D(6, 3, dilation_rate=2), (16, 4)),
    (layers.Conv1D(6, 3, padding="causal"), (16, 4)),
    (layers.Conv2D(6, (3, 2), strides=2), (9, 8, 4)),
    (layers.Conv2D(6, 3, strides=(2, 1), padding="same", groups=2), (9, 8, 4)),
    (layers.Conv2DTranspose(6, 3, strides=2), (4, 5, 2)),
    (layers.Conv2DTranspose(6, 3, strides=2, padding="same"), (4, 5, 2)),
    (layers.DepthwiseConv2D(3, depth_multiplier=2), (8, 8, 3)),
    (layers.SeparableConv2D(6, 3), (8, 8, 3)),
    (layers.MaxPooling2D(), (9, 8, 4)),
    (layers.AveragePooling1D(3, strides=1, padding="same"), (9, 4)),
    (layers.GlobalAveragePooling2D(), (8, 8, 3)),
    (layers.GlobalMaxPooling1D(keepdims=True), (8, 3)),
    (layers.LSTM(7), (6, 4)),
    (layers.GRU(7, return_sequences=True), (6, 4)),
    (layers.Bidirectional(layers.SimpleRNN(7)), (6, 4)),
    (layers.TimeDistributed(layers.Dense(7)), (6, 4)),
    (layers.Embedding(10, 7), (6,)),
    (layers.RepeatVector(3), (6,)),
    (layers.Permute((2, 1)), (6, 4)),
    (layers.Reshape((-1, 2)), (6, 4)),
    (layers.Flatten(), (6, 4)),
    (layers.LayerNormalization(), (6, 4)),
]

COUNTED: list[tuple[Any, tuple[int, ...], int]] = [
    (layers.Dense(3), (5, 4), 5 * 4 * 3),
    (layers.LSTM(7), (6, 4), 6 * 4 * 7 * (4 + 7)),
    (layers.GRU(7, return_sequences=True), (6, 4), 6 * 3 * 7 * (4 + 7)),
    (layers.Bidirectional(layers.SimpleRNN(7)), (6, 4), 2 * 6 * 7 * (4 + 7)),
    (layers.TimeDistributed(layers.Dense(7)), (6, 4), 6 * 4 * 7),
    (layers.Conv1D(6, 3), (16, 4), 14 * 3 * 4 * 6),
    (layers.Conv2D(6, (3, 2), groups=2), (9, 8, 4), 7 * 7 * 6 * 2 * 6),
    (layers.DepthwiseConv2D((3, 2), depth_multiplier=2), (9, 8, 3), 7 * 7 * 6 * 3 * 2),
    (layers.SeparableConv1D(6, 3, depth_multiplier=2), (8, 3), 6 * 3 * 3 * 2 + 6 * 3 * 2 * 6),
    (layers.MaxPooling1D(2), (8, 3), 4 * 2 * 3),
    (layers.MultiHeadAttention(2, 5), (6, 4), 4 * 6 * 4 * 10 + 2 * 6 * 6 * 10),
    (layers.GroupQueryAttention(5, 4, 2), (6, 4), 2 * 6 * 4 * 20 + 2 * 6 * 4 * 10 + 2 * 6 * 6 * 20),
    (layers.LayerNormalization(), (6, 4), 6 * 4),
]
"""A layer, the shape of a row, and its multiplications by hand; no two sizes of a row are equal."""

COUNTS = {
    "conv": 64 + 36 * 9 * 16 + 6 * 6 * 16 + 16 * 9 * 16 * 32 + 4 * 4 * 32 + 4 * 4 * 32 + 128 + 128 * 10,
    "lstm": 64 + 8 * 4 * 32 * (8 + 32) + 32 * 10,
}
"""Multiplications of a row, by hand."""


@pytest.mark.parametrize(("layer", "shape"), CASES, ids=[type(layer).__name__ for layer, _ in CASES])
def test_shapes_are_those_of_keras(layer: Any, shape: tuple[int, ...]) -> None:
    output, count = model_cost.of_layer(keras.saving.serialize_keras_object(layer), [shape])
    assert output == tuple(layer.compute_output_shape((1, *shape))[1:])
    assert count >= math.prod(output) or type(layer).__name__ == "Conv2DTranspose"


@pytest.mark.parametrize(("layer", "shape", "count"), COUNTED, ids=[type(layer).__name__ for layer, *_ in COUNTED])
def test_a_layer_is_counted_as_by_hand(layer: Any, shape: tuple[int, ...], count: int) -> None:
    assert model_cost.of_layer(keras.saving.serialize_keras_object(layer), [shape])[1] == count


def test_inputs_are_joined_along_the_axis() -> None:
    layer = keras.saving.serialize_keras_object(layers.Concatenate(axis=1))
    assert model_cost.of_layer(layer, [(2, 5), (3, 5)])[0] == (5, 5)


@pytest.mark.parametrize(("model", "count"), COUNTS.items())
def test_a_model_is_counted_as_by_hand(model: str, count: int) -> None:
    params = configure.compose([f"model={model}", "task=digits"]).baseline[MODEL].params
    assert model_cost.multiplications(params["template"]) == count


def test_a_larger_model_of_a_user_is_expected_to_take_longer() -> None:
    def seconds(model: str) -> float:
        stacks = program.stacks(work.trials([f"model={model}", "task=digits", "seed=range(100)", "steps=1000"]))
        return program.estimate(stacks, features=64, classes=10, workers=1).minutes * 60

    assert seconds("conv") > seconds("lstm") > 1.5 * seconds("mlp")
    step = 10 * (6.0 * COUNTS["lstm"] * 32 / 8e9 + 5e-5)
    assert seconds("lstm") == pytest.approx(10 * 1000 * step * 1.35 + 9 + 8), "10 stacks of 10 slots, batches of 32"

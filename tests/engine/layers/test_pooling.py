"""Pooling by windows, against TensorFlow's own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ablate.engine.layers import pooling
from ablate.engine.runtime import keras, tf
from tests.engine.layers.against import SHAPES, both


@pytest.mark.parametrize("pool", ["max", "average"])
@pytest.mark.parametrize("values", ["normal", "tied"])
@pytest.mark.parametrize(("places", "size", "strides", "padding"), SHAPES)
def test_pooling_is_tensorflows_also_where_values_are_equal(
    pool: str, values: str, places: tuple[int, ...], size: tuple[int, ...], strides: tuple[int, ...], padding: str
) -> None:
    x = np.random.default_rng(0).normal(size=(5, *places, 3))
    x = np.round(x) if values == "tied" else x
    one, other = {"max": (pooling.largest, keras.ops.max_pool), "average": (pooling.mean, keras.ops.average_pool)}[pool]
    for mine, theirs in both(
        lambda x: one(x, size, strides, padding),
        lambda x: other(x, size, strides=strides, padding=padding, data_format="channels_last"),
        x,
    ):
        assert np.allclose(mine, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("position", range(4))
def test_a_window_with_a_nan_in_it_is_nan(position: int) -> None:
    x = np.arange(8.0).reshape(1, 2, 4, 1)
    x[0, position // 2, position % 2, 0] = np.nan
    largest = np.asarray(pooling.largest(tf.constant(x), (2, 2), (2, 2), "valid")).ravel()
    assert math.isnan(largest[0])
    assert largest[1] == 7


@pytest.mark.parametrize("values", ["normal", "tied"])
@pytest.mark.parametrize(("places", "size"), [((8, 6), (2, 2)), ((7, 9), (3, 2)), ((11,), (4,))])
def test_windows_apart_have_tensorflows_gradient_also_for_rows_that_no_window_covers(
    values: str, places: tuple[int, ...], size: tuple[int, ...]
) -> None:
    x = np.random.default_rng(0).normal(size=(5, *places, 3))
    x = np.round(x) if values == "tied" else x
    for mine, theirs in both(
        lambda x: pooling.largest(x, size, size, "valid"),
        lambda x: keras.ops.max_pool(x, size, strides=size, data_format="channels_last"),
        x,
    ):
        assert np.array_equal(mine, theirs)


def test_the_gradient_of_a_nan_goes_to_the_nan() -> None:
    x = np.zeros((1, 2, 2, 1))
    x[0, 1, 0, 0] = np.nan
    with tf.GradientTape() as tape:
        given = tf.constant(x)
        tape.watch(given)
        total = tf.reduce_sum(pooling.largest(given, (2, 2), (2, 2), "valid"))
    assert np.asarray(tape.gradient(total, given)).ravel().tolist() == [0, 0, 1, 0]

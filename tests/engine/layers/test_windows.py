"""Convolutions and pooling by windows, against TensorFlow's own; the contract compares a whole network of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ablate.core.study import Trial
from ablate.engine import graph, template
from ablate.engine.layers import windows
from ablate.engine.program import slots_of
from ablate.engine.runtime import keras, tf
from tests.engine import nets, small

NETS = "tests.engine.nets"
SHAPES = [
    pytest.param((9, 7), (3, 2), (1, 1), "same", id="same"),
    pytest.param((9, 7), (3, 2), (2, 3), "same", id="same with strides"),
    pytest.param((9, 7), (3, 2), (1, 1), "valid", id="valid"),
    pytest.param((9, 7), (2, 3), (3, 2), "valid", id="valid with strides"),
    pytest.param((8,), (4,), (2,), "same", id="one dimension"),
    pytest.param((1, 5), (1, 5), (1, 1), "valid", id="a single window"),
]


def both(mine: Any, theirs: Any, *inputs: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return values and gradients by each input, of two functions, weighted by random numbers."""
    results = []
    for function in (mine, theirs):
        values = [tf.constant(array) for array in inputs]
        with tf.GradientTape() as tape:
            tape.watch(values)
            result = function(*values)
            total = tf.reduce_sum(result * np.random.default_rng(1).normal(size=result.shape))
        results.append([np.asarray(result), *map(np.asarray, tape.gradient(total, values))])
    return list(zip(*results, strict=True))


@pytest.mark.parametrize(("places", "size", "strides", "padding"), SHAPES)
def test_a_convolution_is_tensorflows(
    places: tuple[int, ...], size: tuple[int, ...], strides: tuple[int, ...], padding: str
) -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(5, *places, 3)), rng.normal(size=(*size, 3, 4))
    for mine, theirs in both(
        lambda x, kernel: windows.convolved(x, kernel, strides, padding),
        lambda x, kernel: keras.ops.conv(x, kernel, strides=strides, padding=padding, data_format="channels_last"),
        x,
        kernel,
    ):
        assert np.allclose(mine, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("pool", ["max", "average"])
@pytest.mark.parametrize("values", ["normal", "tied"])
@pytest.mark.parametrize(("places", "size", "strides", "padding"), SHAPES)
def test_pooling_is_tensorflows_also_where_values_are_equal(
    pool: str, values: str, places: tuple[int, ...], size: tuple[int, ...], strides: tuple[int, ...], padding: str
) -> None:
    x = np.random.default_rng(0).normal(size=(5, *places, 3))
    x = np.round(x) if values == "tied" else x
    one, other = {"max": (windows.largest, keras.ops.max_pool), "average": (windows.mean, keras.ops.average_pool)}[pool]
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
    largest = np.asarray(windows.largest(tf.constant(x), (2, 2), (2, 2), "valid")).ravel()
    assert math.isnan(largest[0])
    assert largest[1] == 7


def trial(builder: str) -> Trial:
    """Return a small trial of a user's model."""
    return small.trial(model={"kind": "keras", "builder": f"{NETS}:{builder}"})


def test_slots_follow_the_largest_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    one = trial("windowed")
    written = one.setting["model"].params["template"]
    assert written["windows"] == 8 * 8 * 9
    assert not written["alone"]
    assert slots_of(one) == 10
    monkeypatch.setitem(written, "windows", 20_000)
    assert slots_of(one) == 5
    assert slots_of(trial("stateful")) == 1
    assert slots_of(trial("branches")) == 20


def test_windows_that_take_too_much_memory_are_left_to_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    read = graph.of(nets.windowed())
    assert not template.read(read).template["alone"]
    monkeypatch.setattr(windows, "LARGEST", 8 * 8 * 9 - 1)
    assert template.read(read).template["alone"]


@pytest.mark.parametrize("groups", [2, 3])
def test_groups_of_channels_are_convolved_each_by_filters_of_its_own(groups: int) -> None:
    rng = np.random.default_rng(0)
    x, kernel = rng.normal(size=(5, 6, 7, 2 * groups)), rng.normal(size=(3, 2, 2, 4 * groups))
    parts = zip(np.split(x, groups, -1), np.split(kernel, groups, -1), strict=True)
    wanted = [keras.ops.conv(part, own, strides=(2, 1), padding="same") for part, own in parts]
    assert np.allclose(windows.convolved(x, kernel, (2, 1), "same"), np.concatenate(wanted, -1), rtol=1e-12, atol=1e-12)

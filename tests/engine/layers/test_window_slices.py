"""Compare the gradient of windows with XLA's gradient of slices, bit by bit: older studies were trained with that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.engine import batched
from ablate.engine.layers import window_slices
from ablate.engine.runtime import tf

WINDOWS = [
    pytest.param((8, 8), (3, 3), "same", 1, 1, id="one channel"),
    pytest.param((8, 8), (3, 3), "same", 1, 16, id="many channels"),
    pytest.param((9, 7), (3, 2), "valid", 1, 3, id="valid"),
    pytest.param((9, 7), (2, 3), "same", 2, 3, id="dilated"),
    pytest.param((9, 9), (5, 4), "valid", (2, 1), 2, id="dilated by dimension"),
    pytest.param((3, 3), (5, 4), "same", 1, 2, id="windows larger than the input"),
    pytest.param((12,), (4,), "same", 1, 4, id="one dimension"),
    pytest.param((12,), (3,), "causal", 2, 4, id="causal"),
    pytest.param((12,), (3,), "causal", 1, 1, id="causal, one channel"),
    pytest.param((5, 4, 5), (2, 2, 3), "same", 1, 2, id="three dimensions"),
]


@pytest.mark.parametrize(("places", "size", "padding", "dilation", "channels"), WINDOWS)
def test_value_and_gradient_have_the_bits_of_plain_slices(
    places: tuple[int, ...], size: tuple[int, ...], padding: str, dilation: Any, channels: int
) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4, *places, channels)).astype(np.float32)

    def plain(x: Any) -> Any:
        return tf.concat(window_slices.slices(x, size, 1, padding, 0.0, dilation), -1)

    def ours(x: Any) -> Any:
        return window_slices.joined(x, size, 1, padding, dilation)

    weights = rng.normal(size=plain(x[0]).shape[1:]).astype(np.float32)

    def with_gradient(cut: Any) -> Any:
        def one(x: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                windows = cut(x)
                total = tf.reduce_sum(tf.sin(windows * weights))
            return windows, tape.gradient(total, x)

        return tf.function(lambda x: batched.for_each_slot(one, x), jit_compile=True, autograph=False)(x)

    for mine, theirs in zip(with_gradient(ours), with_gradient(plain), strict=True):
        assert np.array_equal(np.asarray(mine), np.asarray(theirs))


def test_strides_keep_the_gradient_of_slices() -> None:
    x = tf.constant(np.arange(6.0).reshape(1, 6, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        windows = window_slices.joined(x, (2,), 3, "valid")
        total = tf.reduce_sum(windows)
    assert np.asarray(windows).tolist() == [[[0, 1], [3, 4]]]
    assert np.asarray(tape.gradient(total, x)).ravel().tolist() == [1, 1, 0, 1, 1, 0]

"""Shapes of windows, and a comparison of two functions with their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.engine.runtime import tf

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

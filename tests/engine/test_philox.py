"""Compare random numbers of many keys with those that TensorFlow's own kernel draws for each key."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.engine import philox
from ablate.engine.runtime import tf

PHILOX = 1
"""TensorFlow's number of the generator."""

LAST = 2**64 - 1
KEYS = [[3], [LAST], [2**40 + 5]]
COUNTERS = [[0, 0], [LAST - 1, 7], [2**33, LAST]]
"""The second one carries over into the upper half of the counter."""


def slots() -> tuple[Any, Any]:
    """Return a key and a counter for each slot."""
    return tf.constant(KEYS, tf.uint64), tf.constant(COUNTERS, tf.uint64)


@pytest.mark.parametrize("shape", [(), (5,), (3, 7)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniform_and_normal_numbers_are_those_of_tensorflow(dtype: str, shape: tuple[int, ...]) -> None:
    keys, counters = slots()
    for ours, theirs, apart in (
        (philox.uniform, tf.raw_ops.StatelessRandomUniformV2, 0.0),
        (philox.normal, tf.raw_ops.StatelessRandomNormalV2, 1e-5 if dtype == "float32" else 1e-13),
    ):
        wanted = [
            theirs(shape=list(shape), key=key, counter=counter, alg=PHILOX, dtype=dtype)
            for key, counter in zip(keys, counters, strict=True)
        ]
        made = ours(keys, counters, shape, dtype)
        assert made.dtype == dtype
        np.testing.assert_allclose(made, np.stack(wanted), rtol=0, atol=apart)

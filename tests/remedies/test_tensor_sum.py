"""Sums of whole tensors as products: as good as NumPy's, and what is not finite stays so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ablate.engine.runtime import tf
from ablate.remedies._tensor_sum import total


@pytest.fixture(scope="module")
def compiled() -> object:
    """Both sums for two slots at once, as the engine maps them, in one program."""

    def both(pair: object) -> object:
        return total(pair), total(pair, 0.0)

    return tf.function(lambda x: tf.vectorized_map(both, x, fallback_to_while_loop=False), jit_compile=True)


@pytest.mark.parametrize(("shape", "near"), [((7,), 1e-6), ((64, 10), 1e-6), ((64, 64), 3e-6), ((1024, 1024), 5e-5)])
def test_a_total_is_the_sum(compiled: object, shape: tuple[int, ...], near: float) -> None:
    rng = np.random.default_rng(0)
    values = np.square(rng.normal(size=(2, *shape))).astype(np.float32)
    sums, zeros = compiled(values)  # type: ignore[operator]
    exact = [math.fsum(slot.ravel().tolist()) for slot in values]
    np.testing.assert_allclose(sums, exact, rtol=near)
    assert np.asarray(zeros).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 63, 64 * 64 - 1])
def test_one_number_that_is_not_finite_is_seen_in_its_slot_alone(compiled: object, bad: float, place: int) -> None:
    values = np.full((2, 64, 64), 3e38, np.float32)
    values[1].ravel()[place] = bad
    zeros = np.asarray(compiled(values)[1])  # type: ignore[operator]
    assert zeros[0] == 0.0
    assert math.isnan(zeros[1])


def test_its_slope_is_one_everywhere() -> None:
    tensor = tf.constant(np.arange(6.0).reshape(2, 3))
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        value = total(tf.square(tensor))
    assert float(value) == 55.0
    np.testing.assert_array_equal(tape.gradient(value, tensor), 2 * np.arange(6.0).reshape(2, 3))

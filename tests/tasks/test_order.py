"""The order of rows: whole passes over the data, cut into batches, and never another order for a seed."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ablate.tasks import order


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**31), st.integers(1, 50), st.integers(1, 80), st.integers(1, 20))
def test_order_is_whole_passes(seed: int, rows: int, batch_size: int, steps: int) -> None:
    batches = order(seed, rows, batch_size, steps)
    assert batches.shape == (steps, batch_size)
    assert batches.dtype == np.int32
    flat = batches.ravel()
    for start in range(0, len(flat) - rows + 1, rows):
        assert np.array_equal(np.sort(flat[start : start + rows]), np.arange(rows))
    assert np.array_equal(flat, order(seed, rows, 1, steps * batch_size).ravel()), "the same for every batch size"


def test_order_never_changes_and_differs_by_seed() -> None:
    assert order(0, 10, 5, 2).tolist() == [[0, 4, 6, 3, 9], [5, 7, 1, 8, 2]]
    assert not np.array_equal(order(0, 1541, 32, 400), order(1, 1541, 32, 400))
    first, second = order(3, 100, 100, 2)
    assert not np.array_equal(first, second), "every pass has a permutation of its own"

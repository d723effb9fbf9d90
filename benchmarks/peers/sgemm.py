"""What a core can do: NumPy's product of two square float32 matrices, on one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import work
from benchmarks.work import Case

SIDE, TIMES = 1024, 60


def prepare(case: Case) -> Callable[[], Any]:  # noqa: ARG001  the same for every case
    """Return a function that multiplies TIMES times."""
    left, right = (np.random.default_rng(seed).random((SIDE, SIDE), np.float32) for seed in (0, 1))
    out = left @ right

    def run() -> Any:
        for _ in range(TIMES):
            np.matmul(left, right, out=out)
        return work.answer({}, flops=2.0 * SIDE**3 * TIMES)

    return run

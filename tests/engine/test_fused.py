"""An operation that cannot be stacked is an error."""

from __future__ import annotations

from typing import Any

import pytest

from ablate.engine import fused
from ablate.engine.runtime import tf


def test_an_operation_that_cannot_be_stacked_is_an_error_and_no_slow_loop() -> None:
    def convolve(slot: Any) -> Any:
        return tf.nn.conv2d(tf.ones([1, 4, 4, 1]), tf.reshape(slot, [2, 2, 1, 1]), 1, "SAME")

    with pytest.raises(ValueError, match="Conv2D"):
        fused._mapped(convolve, tf.zeros([3, 4]))

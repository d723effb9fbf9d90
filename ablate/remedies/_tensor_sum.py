"""Fast sums of whole tensors under XLA."""

from __future__ import annotations

from typing import Any

from ablate.remedies._lazy import tf


def total(tensor: Any, factor: float = 1.0) -> Any:
    """Return a factor times the sum of all numbers, computed as a product with a vector.

    XLA compiles a plain sum to three kernels, which take two to three times as long (`benchmarks/README.md`).

    Args:
        tensor: any shape.
        factor: multiplies the sum.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def summed(tensor: Any) -> Any:
        flat = tf.reshape(tensor, [1, -1])
        weight = tf.cast(factor, flat.dtype)
        value = tf.reshape(tf.matmul(flat, tf.fill([flat.shape[1], 1], weight)), [])
        return value, lambda upstream: tf.fill(tensor.shape, upstream * weight)  # no product: XLA can fuse it

    return summed(tensor)

"""The focal loss (Lin et al. 2017, "Focal Loss for Dense Object Detection") as a level of the factor `loss`."""

from __future__ import annotations

from typing import Any


def focal(truth: Any, logits: Any, *, gamma: float = 2.0) -> Any:
    """Return the mean of -(1 - p)^gamma log p of the true class.

    Args:
        truth: one-hot rows, [rows, classes].
        logits: [rows, classes].
        gamma: reduces the weight of rows that are right already; 0 is the plain cross-entropy.
    """
    import tensorflow as tf

    log_p = tf.reduce_sum(truth * tf.nn.log_softmax(logits), -1)
    return tf.reduce_mean(-((1.0 - tf.exp(log_p)) ** gamma) * log_p)

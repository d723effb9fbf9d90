"""What the probe's logits tell: the signals that need no weights, read for all looks and slots at once.

Read apart from training, because their program depends on nothing but the shape of the logits and the losses: the many
programs of a study share it, instead of each compiling its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ablate.engine import program_cache
from ablate.engine.network import precision
from ablate.engine.runtime import tf
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss

NAMES = (
    "loss",
    "correct",
    "accuracy",
    "top_share",
    "prediction_entropy",
    "logit_mean",
    "logit_gap",
    "zero_gradient_share",
)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a reading program depends on; hashable."""

    slots: int
    choices: tuple[tuple[str, tuple[int, ...]], ...]
    dtype: str


def signals(logits: Any, labels: Any) -> dict[str, Any]:
    """The signals of one look at one trial, scalars by name.

    Args:
        logits: [rows, classes].
        labels: int32 [rows].
    """
    truth = tf.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    value, slope = loss.value_and_slope(truth, logits)
    predicted = tf.argmax(logits, -1, tf.int32)
    correct = tf.reduce_sum(tf.cast(tf.equal(predicted, labels), logits.dtype))
    shares = tf.reduce_mean(tf.one_hot(predicted, logits.shape[-1], dtype=logits.dtype), 0)
    return {
        "loss": value,
        "correct": correct,
        "accuracy": correct / tf.cast(tf.shape(labels)[0], logits.dtype),
        "top_share": tf.reduce_max(shares),
        "prediction_entropy": -tf.reduce_sum(tf.math.xlogy(shares, shares)),
        "logit_mean": tf.reduce_mean(logits),
        "logit_gap": tf.reduce_mean(tf.reduce_max(logits, -1) - tf.reduce_sum(logits * truth, -1)),
        "zero_gradient_share": tf.reduce_mean(tf.cast(tf.reduce_all(tf.equal(slope, 0), -1), logits.dtype)),
    }


@lru_cache(maxsize=16)
def reader(reading: Reading) -> Callable[..., Any]:
    """The compiled program: logits [looks, slots, rows, classes], labels, the slots' loss numbers -> [looks, slots]."""
    choices = dict(reading.choices)

    def read(logits: Any, labels: Any, numbers: Any) -> dict[str, Any]:
        def one(slot: Any) -> Any:
            own, number = slot
            with precision(reading.dtype), scope.slot(number, choices):
                return signals(own, labels)

        return dict(tf.vectorized_map(one, (logits, numbers), fallback_to_while_loop=False))

    def read_all(logits: Any, labels: Any, numbers: Any) -> dict[str, Any]:
        flat = tf.reshape(logits, [-1, *logits.shape[2:]])
        repeated = {name: tf.tile(value, [logits.shape[0]]) for name, value in numbers.items()}
        found = read(flat, labels, repeated)
        return {name: tf.reshape(value, logits.shape[:2]) for name, value in found.items()}

    compiled: Callable[..., Any] = tf.function(read_all, jit_compile=True, autograph=False)
    return program_cache.once(repr(reading), compiled)

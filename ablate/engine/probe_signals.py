"""The signals that follow from the logits of the validation rows, derived for all evaluations and slots at once.

A program of its own derives them. It depends only on the logits' shape and on the losses, so the many training programs
of a study share it; otherwise each of them would compile these signals again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ablate.engine import program_cache
from ablate.engine.network import precision
from ablate.engine.runtime import tf
from ablate.outcomes.curves import PROBE_LOSS
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Everything that the compiled program depends on; hashable. The fields are those of `fused.Shapes`."""

    slots: int
    choices: tuple[tuple[str, tuple[str, ...]], ...]
    dtype: str


@lru_cache(maxsize=16)
def reader(reading: Reading) -> Callable[..., Any]:
    """Return the compiled program.

    It takes the logits [evaluations, slots, rows, classes], the labels [rows] and the slots' loss numbers, and returns
    the signals by name, [evaluations, slots] each.
    """
    choices = dict(reading.choices)

    def read(logits: Any, labels: Any, numbers: Any) -> dict[str, Any]:
        def one(slot: Any) -> Any:
            slot_logits, slot_numbers = slot
            with precision(reading.dtype), scope.slot(slot_numbers, choices):
                return _signals(slot_logits, labels)

        return dict(tf.vectorized_map(one, (logits, numbers), fallback_to_while_loop=False))

    def read_all(logits: Any, labels: Any, numbers: Any) -> dict[str, Any]:
        flat = tf.reshape(logits, [-1, *logits.shape[2:]])
        repeated = {name: tf.tile(value, [logits.shape[0]]) for name, value in numbers.items()}
        signals = read(flat, labels, repeated)
        return {name: tf.reshape(value, logits.shape[:2]) for name, value in signals.items()}

    return program_cache.cached(repr(reading), read_all)


def _signals(logits: Any, labels: Any) -> dict[str, Any]:
    """Return the signals of one evaluation of one trial, scalars by name.

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
        PROBE_LOSS: value,
        "correct": correct,
        "accuracy": correct / tf.cast(tf.shape(labels)[0], logits.dtype),
        "top_share": tf.reduce_max(shares),
        "prediction_entropy": -tf.reduce_sum(tf.math.xlogy(shares, shares)),
        "logit_mean": tf.reduce_mean(logits),
        "logit_gap": tf.reduce_mean(tf.reduce_max(logits, -1) - tf.reduce_sum(logits * truth, -1)),
        "zero_gradient_share": tf.reduce_mean(tf.cast(tf.reduce_all(tf.equal(slope, 0), -1), logits.dtype)),
    }

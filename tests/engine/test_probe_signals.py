"""Signals of one evaluation are the formulas over its logits."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.engine import probe_signals
from ablate.engine.runtime import tf
from ablate.remedies import _slot_numbers as scope
from ablate.remedies import loss

LOGITS = np.array([[2.0, 0.0, 1.0], [0.5, 0.0, 0.1], [0.0, 3.0, 1.0], [60.0, 0.0, 0.0], [1.0, 0.2, 0.1]])
LABELS = np.array([0, 1, 1, 2, 2])


def test_signals_are_their_formulas() -> None:
    numbers = loss.REMEDY.slot({"kind": "clipped", "eps": 1e-7}, 0)
    scalars = {name: tf.constant(x, tf.int32 if name == "loss.kind" else tf.float32) for name, x in numbers.items()}
    with scope.slot(scalars, {"loss.kind": loss.SHARED}):
        seen = probe_signals._signals(tf.constant(LOGITS, tf.float32), tf.constant(LABELS, tf.int32))
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    of_label = np.clip(p[np.arange(5), LABELS], 1e-7, 1)
    shares = np.array([0.8, 0.2])
    wanted = {
        "loss": np.mean(-np.log(of_label)),
        "correct": 2,
        "accuracy": 0.4,
        "top_share": 0.8,
        "prediction_entropy": -np.sum(shares * np.log(shares)),
        "logit_mean": LOGITS.mean(),
        "logit_gap": np.mean([0, 0.5, 0, 60, 0.9]),
        "zero_gradient_share": 0.2,
    }
    assert {name: float(value) for name, value in seen.items()} == pytest.approx(wanted, rel=1e-4)


def test_all_evaluations_and_slots_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_signals.program_cache, "cached", lambda _, function: function)
    monkeypatch.setattr(
        probe_signals,
        "_signals",
        lambda logits, labels: {"sum": tf.reduce_sum(logits) * scope.number("by"), "n": labels[1]},
    )
    reading = probe_signals.Reading(slots=2, choices=(), dtype="float64")
    logits = np.arange(3 * 2 * 4 * 5.0).reshape(3, 2, 4, 5)
    read = probe_signals.reader.__wrapped__(reading)
    seen = read(tf.constant(logits), tf.constant([7.0, 9.0]), {"by": tf.constant([1.0, 10.0], tf.float64)})
    np.testing.assert_allclose(seen["sum"], logits.sum((2, 3)) * [1.0, 10.0])
    assert seen["n"].numpy().tolist() == [[9.0, 9.0]] * 3

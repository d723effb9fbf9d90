"""An operation that cannot be stacked is an error."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ablate.core.study import Budget
from ablate.engine import fused
from ablate.engine.runtime import tf
from ablate.remedies import _slot_numbers as scope


def test_an_operation_that_cannot_be_stacked_is_an_error_and_no_slow_loop() -> None:
    def convolve(slot: Any) -> Any:
        return tf.nn.conv2d(tf.ones([1, 4, 4, 1]), tf.reshape(slot, [2, 2, 1, 1]), 1, "SAME")

    with pytest.raises(ValueError, match="Conv2D"):
        fused._mapped(convolve, tf.zeros([3, 4]))


RATES = np.array([[0.5, 0.25, 1.0, 2.0, 4.0], [8.0, 3.0, 0.125, 5.0, 7.0]], np.float32)
ORDER = np.array([[[0, 1], [2, 1], [0, 2], [1, 1], [2, 0]], [[2, 2], [0, 1], [1, 0], [2, 1], [0, 0]]])
INPUTS = np.array([[1.0], [10.0], [100.0]], np.float32)
LABELS = np.array([[3, 5, 7], [2, 4, 6]], np.int32)


def initial(net: Any, weights: Any, buffers: Any, moments: Any, rate: Any) -> Any:
    assert net is NET
    return {"weights": weights[0] + buffers[0] + moments[0] + rate, "steps": tf.zeros([], tf.int32)}


def step(_: Any, state: Any, x: Any, labels: Any, rate: Any, done: Any) -> Any:
    """Add what tells all rows, labels, rates and steps apart, with the slot's own number."""
    assert scope.choices("kind") == ("a", "b")
    more = rate * tf.reduce_sum(x) + tf.cast(tf.reduce_sum(labels * [1, 100]), x.dtype)
    own = scope.number("own") * scope.number("shared")
    return {
        "weights": state["weights"] + more + own * tf.cast(scope.number("step") + 1, x.dtype),
        "steps": state["steps"] + tf.cast(done, tf.int32),
    }


def evaluate(_: Any, state: Any, before: Any, x: Any, labels: Any, passed: Any) -> Any:
    values = [state["weights"], state["weights"] - before, passed, scope.number("step"), scope.number("own"), 7]
    names = [*fused.SIGNALS, *(f"{name}_{layer}" for name in fused.LAYER_SIGNALS for layer in (1, 2))]
    signals = {name: tf.cast(value, x.dtype) for name, value in zip(names, [*values, 1, 2, 3, 4], strict=True)}
    logits = state["weights"] + x * [[1.0, 2.0, 3.0]] + tf.cast(labels, x.dtype)[:, None]
    return {**state, "weights": state["weights"] * 2.0}, {**signals, "logits": logits}


NET: Any = SimpleNamespace(hidden_outputs=2)


@pytest.mark.parametrize("slots", [1, 2])
def test_steps_and_evaluations_are_taken_in_order_in_each_slot(monkeypatch: pytest.MonkeyPatch, slots: int) -> None:
    monkeypatch.setattr(fused, "single", SimpleNamespace(initial=initial, step=step, evaluate=evaluate))
    shapes = fused.Shapes(
        baked="{}", slots=slots, features=1, classes=3, numbers=("own",), common=("shared",),
        choices=(("kind", ("a", "b")),), budget=Budget(steps=5, looks=2), dtype="float32",
    )  # fmt: skip
    assert shapes.budget.schedule == (0, 2, 5)
    begin = [
        [tf.constant(np.array(values, np.float32)[:slots])] for values in ([1.0, 2.0], [10.0, 20.0], [100.0, 300.0])
    ]
    own, probe, truth = np.array([2.0, 3.0], np.float32), np.array([[1.0], [4.0]], np.float32), np.array([5, 9])
    state, signals = fused._loop(NET, shapes)(
        begin, {"own": tf.constant(own[:slots])}, {"shared": tf.constant(10.0)}, tf.constant(RATES[:slots]),
        tf.constant(ORDER[:slots]), tf.constant(INPUTS), tf.constant(LABELS[:slots]), tf.constant(probe), truth,
    )  # fmt: skip
    for slot in range(slots):
        weight, wanted, done = sum(float(part[0][slot]) for part in begin) + RATES[slot, 0], [], 0
        for stop in (0, 2, 5):
            before, passed = weight, stop - done
            for at in range(done, stop):
                rows = ORDER[slot, at]
                weight += RATES[slot, at] * INPUTS[rows].sum() + (LABELS[slot, rows] * [1, 100]).sum()
                weight += own[slot] * 10.0 * (at + 1)
            wanted.append([weight, weight - before, passed, stop, own[slot], 7, 1, 2, 3, 4])
            logits = signals["logits"][len(wanted) - 1, slot]
            np.testing.assert_allclose(logits, weight + probe * [[1.0, 2.0, 3.0]] + truth[:, None], rtol=1e-6)
            weight, done = weight * 2, stop
        names = [name for name in signals if name != "logits"]
        assert names == [*fused.SIGNALS, "dead_share_1", "dead_share_2", "unit_spread_1", "unit_spread_2"]
        np.testing.assert_allclose(np.transpose([signals[name][:, slot] for name in names]), wanted, rtol=1e-6)
        assert float(state["weights"][slot]) == pytest.approx(weight, rel=1e-6)
        assert int(state["steps"][slot]) == sum(range(5))

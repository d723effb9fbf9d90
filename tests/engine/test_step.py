"""A step that makes a weight NaN from finite gradients is noted with that weight."""

from __future__ import annotations

from typing import Any, cast

import pytest

from ablate.engine import step, training
from ablate.engine.runtime import tf
from ablate.remedies import _slot_numbers as scope
from tests.engine import small

pytestmark = pytest.mark.usefixtures("short_switches")


def test_a_weight_that_is_nan_is_named_before_it_spoils_the_loss() -> None:
    """Adam without epsilon divides 0 by 0 where a pixel is never on and its gradients are 0."""
    adam = {"kind": "adam", "beta_1": 0.9, "beta_2": 0.999, "epsilon": 0.0}
    wild = small.trial(seed=1, optimizer=adam, input_scale="raw")
    (curves,) = training.train(small.only([wild]))
    assert (curves.bad_step, curves.bad_tensor) == (1, "weight dense_1/kernel")


def test_a_weight_that_turns_nan_in_the_last_step_is_named_at_the_look_after_it() -> None:
    adam = {"kind": "adam", "beta_1": 0.9, "beta_2": 0.999, "epsilon": 0.0}
    wild = small.trial(seed=1, optimizer=adam, input_scale="raw", steps=1, looks=1)
    (curves,) = training.train(small.only([wild]))
    assert (curves.bad_step, curves.bad_tensor) == (1, "weight dense_1/kernel")


@pytest.mark.parametrize("passed", [0, 1, 4])
def test_what_an_evaluation_says_of_steps_is_their_mean(monkeypatch: pytest.MonkeyPatch, passed: int) -> None:
    """The update is that of one step, over the norm of the weights; before the first step there is none."""
    hidden = tf.constant([[0.0, 1.0, 3.0], [0.0, 2.0, 0.0]])
    monkeypatch.setattr(step, "forward", lambda *_, **__: ([tf.constant([[1.0, 2.0]]), hidden], [], []))
    sums = {"loss_sum": 6.0, "correct_sum": 3.0, "rows_seen": 4.0, "gradient_norm": 0.5}
    state: Any = {name: tf.constant(value) for name, value in (sums | {"bad_step": 0, "bad_tensor": 0}).items()}
    state |= {"weights": [tf.constant([3.0, 4.0])], "buffers": []}
    before, none = [tf.constant([3.0, 2.0])], cast("Any", None)
    with scope.slot({"step": tf.constant(passed)}, {}):
        after, seen = step.evaluate(none, state, before, none, none, tf.constant(passed))
    wanted = {
        "train_loss": 1.5,
        "train_accuracy": 0.75,
        "gradient_norm": 0.5 if passed else float("nan"),
        "weight_norm": 5.0,
        "update_ratio": 2 / 5 / passed if passed else 0.0,
        "finite": 1.0,
        "dead_share_1": 1 / 3,
        "unit_spread_1": 3.0,
    }
    assert {name: float(seen[name]) for name in wanted} == pytest.approx(wanted, nan_ok=True)
    assert [float(after[name]) for name in ("loss_sum", "correct_sum", "rows_seen")] == [0.0, 0.0, 0.0]

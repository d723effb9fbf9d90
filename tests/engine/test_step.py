"""A step that makes a weight NaN from finite gradients is noted with that weight."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
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
    hidden = tf.constant([[0.0, -1.0, 3.0], [0.0, 2.0, 0.0]])
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
        "unit_spread_1": 4.0,
    }
    assert {name: float(seen[name]) for name in wanted} == pytest.approx(wanted, nan_ok=True)
    assert [float(after[name]) for name in ("loss_sum", "correct_sum", "rows_seen")] == [0.0, 0.0, 0.0]


X = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]], np.float32)
LABELS = np.array([0, 1, 1], np.int32)
WEIGHTS = [np.array([[0.5, -1.0], [0.25, 2.0]], np.float32), np.array([0.5, -0.25], np.float32)]
FACTORS = {
    "penalty": SimpleNamespace(penalty=lambda by, kernels, hidden: by * tf.reduce_sum(kernels[0] ** 2) * hidden[0][0]),
    "gradients": SimpleNamespace(gradients=lambda by, gradients: [by * gradient for gradient in gradients]),
    "project": SimpleNamespace(project=lambda by, kernel: kernel + by),
}


class Descent:
    """Gradient descent whose rate is the second of its variables, and the first counts steps."""

    def stateless_apply(self, moments: Any, gradients: Any, weights: Any) -> Any:
        moved = [weight - moments[1] * slope for weight, slope in zip(weights, gradients, strict=True)]
        return moved, [moments[0] + 1.0, moments[1]]


@pytest.fixture
def linear(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes a linear network with squared loss, with these factors' levels."""
    for one in FACTORS.values():
        for hook in ("penalty", "gradients", "project"):
            vars(one).setdefault(hook, None)
    monkeypatch.setattr(step, "registry", lambda: FACTORS)
    slope = SimpleNamespace(value_and_slope=lambda y, p: (0.5 * tf.reduce_sum((p - y) ** 2), p - y))
    monkeypatch.setattr(step, "loss", slope)
    monkeypatch.setattr(step, "optimizer", SimpleNamespace(set_numbers=lambda *_: None))

    def made(own: float = 0.0, **levels: float) -> Any:
        def forward(_: Any, weights: Any, buffers: Any, x: Any, training: bool) -> Any:
            penalties = [own * tf.reduce_sum(weights[1] ** 2)] if own else []
            moved = [buffers[0] + (1.0 if training else 0.0)]
            return [tf.matmul(x, weights[0]) + weights[1], tf.constant([1.0])], moved, penalties

        monkeypatch.setattr(step, "forward", forward)
        baked = {"optimizer": {}, **levels}
        return SimpleNamespace(hidden_kernels=[0], rate_index=1, optimizer=Descent(), baked=baked, names=("k", "b"))

    return made


def begun(net: Any, *weights: np.ndarray, **changed: float) -> Any:
    tensors = [tf.constant(weight) for weight in weights or WEIGHTS]
    state = step.initial(net, tensors, [tf.constant(5.0)], [tf.constant(7.0), tf.constant(99.0)], tf.constant(0.1))
    return state | {name: tf.constant(value) for name, value in changed.items()}


@pytest.mark.parametrize(
    ("own", "levels"),
    [(0.0, {}), (0.0, {"penalty": 0.3}), (0.2, {}), (0.2, {"penalty": 0.3, "gradients": 0.5, "project": 2.0})],
)
def test_a_step_is_a_step_of_descent_with_what_factors_change(linear: Any, own: float, levels: Any) -> None:
    net = linear(own, **levels)
    state = begun(net, loss_sum=10.0, correct_sum=4.0, rows_seen=8.0)
    after = step.step(net, state, tf.constant(X), tf.constant(LABELS), tf.constant(0.1), tf.constant(3))
    kernel, bias = WEIGHTS
    error = X @ kernel + bias - np.eye(2)[LABELS]
    strength = levels.get("penalty", 0.0)
    slopes = [X.T @ error + 2 * strength * kernel, error.sum(0) + 2 * own * bias]
    value = 0.5 * np.sum(error**2) + strength * np.sum(kernel**2) + own * np.sum(bias**2)
    share, shift = levels.get("gradients", 1.0), levels.get("project", 0.0)
    np.testing.assert_allclose(after["weights"][0], kernel - 0.1 * share * slopes[0] + shift, rtol=1e-5)
    np.testing.assert_allclose(after["weights"][1], bias - 0.1 * share * slopes[1], rtol=1e-5)
    right = (np.argmax(X @ kernel + bias, -1) == LABELS).sum()
    wanted = {
        "loss_sum": 10.0 + 3 * value,
        "correct_sum": 4.0 + right,
        "rows_seen": 11.0,
        "gradient_norm": np.sqrt(sum(np.sum(slope**2) for slope in slopes)),
        "bad_step": 0,
        "bad_tensor": 0,
    }
    assert {name: float(after[name]) for name in wanted} == pytest.approx(wanted, rel=1e-5)
    assert [float(part) for part in (after["buffers"][0], *after["moments"])] == pytest.approx([6.0, 8.0, 0.1])


def test_a_plateaus_rate_is_taken_in_place_of_the_schedules(linear: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step.schedule, "start", lambda rate: {"rate": rate * 5.0, "waited": tf.constant(2.0)})
    net = linear(schedule={})
    state = begun(net)
    after = step.step(net, state, tf.constant(X), tf.constant(LABELS), tf.constant(0.1), tf.constant(3))
    assert float(after["moments"][1]) == 0.5
    followed = lambda old, value, _: {"rate": value, "waited": old["waited"] + 1.0}  # noqa: E731
    monkeypatch.setattr(step.schedule, "follow", followed)
    error = X @ WEIGHTS[0] + WEIGHTS[1] - np.eye(2)[LABELS]
    for passed, rate, waited in ((0, 0.5, 2.0), (1, 0.5 * np.sum(error**2), 3.0)):
        with scope.slot({"step": tf.constant(passed)}, {}):
            done, _ = step.evaluate(
                net, state, state["weights"], tf.constant(X), tf.constant(LABELS), tf.constant(passed)
            )
        assert [float(done["plateau"][name]) for name in ("rate", "waited")] == pytest.approx([rate, waited], rel=1e-5)


@pytest.mark.parametrize(
    ("kernel", "bias", "when", "name"),
    [
        (1.0, np.nan, 3, "weight b"),
        (np.inf, 1.0, 3, "weight k"),
        (1e19, 1.0, 4, "loss"),
        (2e38, 1.0, 4, "loss"),
        (1e10, 1.0, 0, ""),
    ],
)
def test_the_first_tensor_that_is_not_finite_is_noted(
    linear: Any, kernel: float, bias: float, when: int, name: str
) -> None:
    net = linear()
    state = begun(net, np.full((2, 2), kernel, np.float32), np.full(2, bias, np.float32))
    after = step.step(net, state, tf.constant(X), tf.constant(LABELS), tf.constant(0.1), tf.constant(3))
    assert int(after["bad_step"]) == when
    assert not when or step.tensor_name(net, int(after["bad_tensor"])) == name


def test_what_was_noted_before_stays_and_gradients_are_named(linear: Any) -> None:
    net = linear()
    marks = [tf.constant(value) for value in (1.0, np.nan, np.inf)]
    fresh = step._note_bad(begun(net), marks, 0, tf.constant(6))
    assert (int(fresh["bad_step"]), step.tensor_name(net, int(fresh["bad_tensor"]))) == (6, "gradient k")
    again = step._note_bad(fresh, marks[::-1], 3, tf.constant(9))
    assert (int(again["bad_step"]), int(again["bad_tensor"])) == (6, 1)
    late = step._note_bad(begun(net), marks, 3, tf.constant(9))
    assert (int(late["bad_step"]), int(late["bad_tensor"])) == (9, 4)


def test_without_hidden_layers_there_is_nothing_to_punish(linear: Any) -> None:
    net = linear(penalty=0.3)
    net.hidden_kernels = []
    assert step._penalty(net, WEIGHTS, [1.0], []) is None

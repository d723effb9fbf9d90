"""A probe trains on few rows under one changed condition, as long as it may, and from the same start."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any, ClassVar

import keras
import numpy as np
import pytest
import tensorflow as tf

from ablate.engine.inspection import probes
from ablate.engine.inspection.rows import read

L = keras.layers
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype("float32")
Y = np.arange(40) % 3


class Time:
    """A clock by which each reading takes a second."""

    made: ClassVar[list[int]] = []
    taken: ClassVar[list[Any]] = []

    def __init__(self) -> None:
        Time.made.append(len(Time.taken))
        self.read = 0

    def seconds(self) -> float:
        self.read += 1
        return float(self.read)


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "STEPS", 5)
    monkeypatch.setattr(probes, "Clock", Time)
    Time.made.clear()
    Time.taken.clear()


def test_classes_are_held_in_equal_parts_as_far_as_there_are_rows() -> None:
    labels = np.repeat([4, 7, 9], [10, 3, 1])
    chosen = probes._balanced(labels, 7)
    assert chosen.tolist() == sorted(chosen)
    assert np.unique(labels[chosen], return_counts=True)[1].tolist() == [3, 3, 1]
    order = np.random.default_rng(2).permutation(14)
    assert set(chosen[labels[chosen] == 4]) == set(order[order < 10][:3])
    assert len(probes._balanced(labels, 50)) == 14


@pytest.mark.parametrize(("seconds", "steps"), [(0.0, 2), (1.0, 2), (1.5, 3), (2.0, 3), (2.5, 4), (99.0, 5)])
def test_a_compiled_probe_takes_steps_while_time_lasts(
    monkeypatch: pytest.MonkeyPatch, seconds: float, steps: int
) -> None:
    monkeypatch.setattr(probes, "unchanged", lambda _: contextlib.nullcontext())
    monkeypatch.setattr(
        probes,
        "accuracy",
        lambda _model, _rows, x, truth, training=False: (len(x) + len(truth)) * (2 if training else 1),
    )
    taken = Time.taken
    resets: list[int] = []

    def step(batches: Any) -> Any:
        ((x, y),) = list(batches)
        taken.append((x, y))
        return {"loss": 8.0 / 2 ** len(taken)}

    model = SimpleNamespace(
        make_train_function=lambda: None, train_function=step, reset_metrics=lambda: resets.append(len(taken))
    )
    seen = probes.compiled_probe(model, read(X, Y, {}), seconds)
    assert (seen.steps, seen.rows, seen.start, seen.end) == (steps, 32, 4.0, 8.0 / 2**steps)
    assert (seen.accuracy, seen.train_mode, seen.chance) == (64, 128, 11 / 32)
    assert resets == list(range(1, steps + 1))
    assert len(taken[0][0]) == len(taken[0][1]) == 32
    assert Time.made == [0, 1], "the first step, which compiles, does not count"


def model(*parts: Any, kind: Any = keras.Sequential) -> Any:
    made = kind([keras.Input((3,)), *parts, L.Dense(3)])
    made.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return made


class OwnLoss(keras.Sequential):
    """Computes its loss itself."""

    def compute_loss(self, *given: Any, **named: Any) -> Any:
        return super().compute_loss(*given, **named)


def probed(monkeypatch: pytest.MonkeyPatch, made: Any, x: Any = X, seconds: float = 0.0) -> tuple[Any, dict[Any, Any]]:
    """Return the probes of a model whose steps are not taken, and what each step was given, by its settings."""
    given: dict[Any, Any] = {}

    def make(_: Any, adam: Any, left_out: Any = None, training: bool = True) -> Any:
        assert float(adam.learning_rate) == pytest.approx(0.003)

        def step(x: Any, y: Any) -> Any:
            Time.taken.append(y)
            if len(given.get((left_out is not None, training), [])) % 2 == 0 and not seconds:
                assert not np.asarray(adam.variables[2]).any(), "as it began"
            given.setdefault((left_out is not None, training), []).append((x, np.asarray(y)))
            if len(given[left_out is not None, training]) % 2 == 0:
                adam.variables[2].assign(adam.variables[2] + 1.0)
            return 1.0

        return step

    monkeypatch.setattr(probes, "_step", make)
    return probes.free_probes(made, read(x, Y, {}), seconds), given


def test_conditions_are_changed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, given = probed(monkeypatch, model())
    assert list(seen) == ["adam", "shuffled", "zeroed", "scaled"]
    assert {one.steps for one in seen.values()} == {2}
    (taken,) = given.values()
    adam, shuffled, zeroed, scaled = taken[::2]
    few = probes._balanced(Y, 32)
    np.testing.assert_array_equal(adam[0], X[few])
    np.testing.assert_array_equal(adam[1], Y[few])
    np.testing.assert_array_equal(shuffled[0], X[few])
    np.testing.assert_array_equal(shuffled[1], Y[few][np.random.default_rng(3).permutation(32)])
    assert not np.any(zeroed[0])
    np.testing.assert_array_equal(zeroed[1], Y[few])
    np.testing.assert_allclose(scaled[0], ((X - X.mean(0)) / X.std(0))[few], rtol=1e-5, atol=1e-6)


def test_penalties_and_noise_are_left_out_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, given = probed(monkeypatch, model(L.Dense(4, kernel_regularizer="l2"), L.Dropout(0.5)))
    assert list(seen) == ["adam", "shuffled", "zeroed", "scaled", "free", "quiet"]
    assert {settings: len(steps) for settings, steps in given.items()} == {
        (False, True): 8, (True, True): 2, (False, False): 2,
    }  # fmt: skip
    own = model(L.Dense(4, kernel_regularizer="l2"), kind=OwnLoss)
    assert "free" not in probed(monkeypatch, own)[0], "its loss may hold no penalties"


def test_whole_numbers_are_not_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(probed(monkeypatch, model(), (9 * X).astype(int))[0]) == ["adam", "shuffled", "zeroed"]


@pytest.mark.parametrize(("seconds", "steps"), [(1.0, 2), (1.5, 3), (2.5, 4), (99.0, 5)])
def test_a_free_probe_takes_steps_while_time_lasts(monkeypatch: pytest.MonkeyPatch, seconds: float, steps: int) -> None:
    seen, _ = probed(monkeypatch, model(), (9 * X).astype(int), seconds)
    assert {one.steps for one in seen.values()} == {steps}
    assert Time.made == [at * steps + first for at in range(3) for first in (0, 1)]


def test_every_probe_begins_with_the_same_weights_and_a_fresh_optimizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "STEPS", 2)
    made = model(L.Dense(4, kernel_regularizer="l2"))
    before = [np.array(weight) for weight in made.get_weights()]
    few = probes._balanced(Y, 32)
    alone = float(made.compute_loss(y=Y[few], y_pred=made(X[few]))) - (penalty := float(tf.add_n(made.losses)))
    seen = probes.free_probes(made, read(X, Y, {}), 99.0)
    assert seen["free"].start == pytest.approx(alone, rel=1e-5)
    assert seen["adam"].start == pytest.approx(alone + penalty, rel=1e-5)
    assert seen["adam"].end < seen["adam"].start
    for weight, value in zip(made.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, value)


def test_a_step_lowers_the_loss_without_what_is_left_out() -> None:
    made = model()
    adam = keras.optimizers.Adam(0.5)
    adam.build(made.trainable_variables)
    kernel, bias = (np.array(weight) for weight in made.get_weights())
    step = probes._step(made, adam, left_out=lambda: 2.0 * made.layers[0].bias[0])
    made.layers[0].bias.assign([0.25, 0.0, 0.0])
    loss = float(step(tf.constant(X), tf.constant(Y)))
    logits = X @ kernel + [0.25, 0.0, 0.0]
    wanted = np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(40), Y])
    assert loss == pytest.approx(wanted - 0.5, rel=1e-5)
    assert made.layers[0].bias.numpy()[0] == pytest.approx(0.75, abs=1e-3), "Adam's first step is the rate"
    assert bias.tolist() == [0.0] * 3


def test_weights_without_a_gradient_stay() -> None:
    x = keras.Input((3,))
    unused = L.Dense(3)
    unused(x)
    made = keras.Model(x, L.Dense(3)(x))
    made._tracker.unlock()
    made.unused = unused
    made.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    adam = keras.optimizers.Adam(0.5)
    adam.build(made.trainable_variables)
    before = unused.kernel.numpy()
    assert len(made.trainable_variables) == 4
    probes._step(made, adam)(tf.constant(X), tf.constant(Y))
    np.testing.assert_array_equal(unused.kernel.numpy(), before)


def test_inputs_are_scaled_by_what_is_finite_and_constants_stay_finite() -> None:
    x = np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 900.0], [8.0, 5.0]], np.float32)
    whole = {"a": x, "b": 10 * x[:, :1]}
    rows = read(whole, np.arange(4), {})
    made = probes._standard(rows, {"a": x[:3], "b": whole["b"][[3]]})
    mean, deviation = 4.0, np.std([1.0, 3.0, 8.0])
    np.testing.assert_allclose(made["a"], [[-3 / deviation, 0], [-1 / deviation, 0], [0, 895.0]], rtol=1e-6)
    np.testing.assert_allclose(made["b"], [[(8 - mean) / deviation]], rtol=1e-6)
    assert made["a"].dtype == np.float32

"""The reference engine trains as plain Keras does, and measures by formulas that are checked here by hand."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from ablate import tasks
from ablate.core.study import Budget
from ablate.engine import data, reference
from ablate.engine.plain_keras import Plain
from ablate.engine.runtime import keras, tf
from ablate.engine.starts import Variables
from tests.engine import small

L = keras.layers
NONE = cast("Any", None)


def test_an_evaluation_is_computed_from_logits_hidden_units_and_loss() -> None:
    logits = np.array([[2.0, 1.0, -3.0], [0.0, 5.0, 1.0], [4.0, 0.5, 0.0], [1.0, 0.0, 6.0]])
    units = np.array([[0.0, 2.0, 0.0, 0.5], [0.0, 0.0, 7.0, 1.0], [0.0, 3.0, 0.0, 1.0], [0.0, 1.0, 2.0, 0.25]])
    other = np.array([[1.0, -2.0], [3.0, 3.0], [2.0, 2.5], [-4.0, 0.0]])
    rows = data.Rows(
        inputs=NONE, labels=NONE, probe=np.zeros((4, 1)), probe_labels=np.array([0, 2, 0, 2], np.int32), classes=3
    )
    modes: list[bool] = []

    def inner(x: Any, training: bool) -> Any:  # noqa: ARG001
        modes.append(training)
        return [tf.constant(logits), tf.constant(units), tf.constant(other)]

    def loss(truth: Any, output: Any) -> Any:  # without a gradient in the third row
        return tf.reduce_sum(truth * output, -1) * tf.constant([1.0, 2.0, 0.0, 3.0], tf.float64)

    plain = Plain(model=NONE, inner=inner, head=[lambda x: x * 2.0], loss=loss, callbacks=[])
    seen = {name: float(value) for name, value in reference._evaluation(plain, rows)().items()}
    assert seen == pytest.approx(
        {
            "loss": (2 * 2 + 2 * 2 * 1 + 0 + 3 * 2 * 6) / 4,
            "correct": 3.0,
            "accuracy": 0.75,
            "top_share": 0.5,
            "prediction_entropy": -(0.5 * np.log(0.5) + 2 * 0.25 * np.log(0.25)),
            "logit_mean": logits.mean(),
            "logit_gap": (0 + 4 + 0 + 0) / 4,
            "zero_gradient_share": 0.25,
            "dead_share_1": 0.25,
            "unit_spread_1": 7.0,
            "dead_share_2": 0.0,
            "unit_spread_2": 4.0,
        }
    )
    assert modes == [False]
    single = dataclasses.replace(plain, inner=lambda x, training: tf.constant(logits))  # noqa: ARG005
    assert "dead_share_1" not in reference._evaluation(single, rows)()


def test_a_norm_is_that_of_all_numbers_and_a_bad_weight_is_found() -> None:
    assert reference._norm([np.array([2.0, 3.0]), np.array([[6.0]])]) == 7.0
    weights = [keras.Variable([[1.0, 2.0]]), keras.Variable([np.nan, 3.0]), keras.Variable([np.inf])]
    bad = reference._bad(SimpleNamespace(trainable_variables=weights))
    assert bad().numpy().tolist() == [False, True, True]


def network(rate_index: int = 1) -> Any:
    names, buffers = ("first/kernel", "norm/gamma"), ("norm/mean", "norm/variance")
    return SimpleNamespace(names=names, buffer_names=buffers, rate_index=rate_index)


class Counts(L.Layer):  # type: ignore[misc]
    """Counts steps, as the masks of dropout do."""

    def build(self, _: Any) -> None:
        self.add_weight(name="count", dtype="int32", trainable=False, initializer="zeros", shape=())

    def call(self, x: Any) -> Any:
        return x


def model(optimizer: Any) -> Any:
    """A model with buffers, and with a count of steps that is none."""
    layers = [keras.Input((2,)), L.Dense(2, use_bias=False), L.BatchNormalization(center=False), Counts()]
    made = keras.Sequential(layers)
    made.compile(optimizer, "mse")
    return made


@pytest.mark.parametrize("kind", [keras.optimizers.SGD, keras.optimizers.Nadam])
def test_variables_are_put_in_and_taken_out_by_name_and_place(kind: Any) -> None:
    made, net = model(kind(0.25)), network()
    made.optimizer.build(made.trainable_variables)
    variables = reference._variables(made)[2]
    first = {id(variable): at for at, variable in reversed(list(enumerate(variables)))}  # one may be there twice
    moments = [np.full(variable.shape, 3 + first[id(variable)], np.float32) for variable in variables]
    moments.insert(net.rate_index, np.asarray(99.0))
    start = Variables(
        weights={"norm/gamma": np.array([5.0, 6.0]), "first/kernel": np.array([[1.0, 2.0], [3.0, 4.0]])},
        buffers={"norm/variance": np.array([7.0, 8.0]), "norm/mean": np.array([-1.0, -2.0])},
        moments=tuple(moments),
    )
    reference._load(made, net, start)
    assert made.layers[0].kernel.numpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert made.layers[1].moving_mean.numpy().tolist() == [-1.0, -2.0]
    saved = reference._saved(made, net)
    for name, value in (start.weights | start.buffers).items():
        np.testing.assert_array_equal((saved.weights | saved.buffers)[name], value)
    assert float(saved.moments[1]) == 0.25, "the rate is the optimizer's own"
    for at, (one, other) in enumerate(zip(saved.moments, moments, strict=True)):
        if at != net.rate_index:
            np.testing.assert_array_equal(one, other)


class Untrained:
    """Takes batches as a model does: the first weight moves by 3 and 4 a step, and breaks at a step that is told."""

    def __init__(self, broken: int, lost: int) -> None:
        self.trainable_variables = [keras.Variable([1.0, 0.0]), keras.Variable([2.0])]
        self.broken, self.lost, self.taken, self.resets = broken, lost, [], 0

    def reset_metrics(self) -> None:
        self.resets += 1

    def train_on_batch(self, x: Any, y: Any) -> Any:
        self.taken.append((x, y))
        step = len(self.taken)
        self.trainable_variables[0].assign_add([3.0, 4.0])
        if step == self.broken:
            self.trainable_variables[1].assign([np.nan])
        return [np.inf if step == self.lost else 0.5 * step, 0.1 * step]


def trained(monkeypatch: Any, broken: int = -1, lost: int = -1) -> tuple[Any, Untrained, list[Any]]:
    trial = small.trial(seed=2, steps=3, looks=2, batch_size=2)
    assert trial.budget == Budget(steps=3, looks=2)
    rows = SimpleNamespace(inputs=np.arange(10.0).reshape(5, 2), labels=np.array([0, 2, 1, 2, 0]), classes=3)
    seen: list[Any] = []
    callback = SimpleNamespace(on_epoch_end=lambda index, logs: seen.append((index, logs)))
    values = iter([0.9, 0.7, 0.4, 0.3])
    monkeypatch.setattr(reference, "_evaluation", lambda *_: None)
    monkeypatch.setattr(reference, "_saved", lambda *_: "saved")
    function = lambda given, autograph: given or (lambda: {"loss": next(values)})  # noqa: ARG005, E731
    monkeypatch.setattr(reference, "tf", SimpleNamespace(**{**vars(tf), "function": function}))
    made = Untrained(broken, lost)
    plain = Plain(model=made, inner=NONE, head=[], loss=NONE, callbacks=[callback])
    return reference._trained(trial, network(), cast("Any", rows), plain), made, seen


def test_a_trial_is_trained_step_by_step_and_evaluated_as_budgeted(monkeypatch: pytest.MonkeyPatch) -> None:
    result, made, seen = trained(monkeypatch)
    order = tasks.order(2, 5, 2, 3)
    rows, truth = np.arange(10.0).reshape(5, 2), np.eye(3)[[0, 2, 1, 2, 0]]
    assert made.resets == 3
    for (x, y), chosen in zip(made.taken, order, strict=True):
        np.testing.assert_array_equal(x, rows[chosen])
        np.testing.assert_array_equal(y, truth[chosen])
    assert [(index, logs) for index, logs in seen] == [(1, {"val_loss": 0.7}), (2, {"val_loss": 0.4})]
    norms = [np.sqrt((1 + 3 * step) ** 2 + (4 * step) ** 2 + 4) for step in (0, 2, 3)]
    wanted = {
        "step": [0, 2, 3],
        "loss": [0.9, 0.7, 0.4],
        "train_loss": [np.nan, 0.75, 1.5],
        "train_accuracy": [np.nan, 0.15, 0.3],
        "weight_norm": norms,
        "update_ratio": [0.0, 10 / 2 / norms[1], 5 / norms[2]],
        "finite": [1.0, 1.0, 1.0],
        "gradient_norm": [np.nan] * 3,
    }
    assert set(result.signals) == set(wanted)
    for name, values in wanted.items():
        np.testing.assert_allclose(result.signals[name], values, rtol=1e-6, err_msg=name)
        assert result.signals[name].dtype == np.float32
    assert (result.bad_step, result.bad_tensor, result.variables) == (-1, "", "saved")


@pytest.mark.parametrize(
    ("broken", "lost", "step", "tensor", "finite"),
    [
        (1, 3, 1, "weight norm/gamma", [1, 0, 0]),
        (3, -1, 3, "weight norm/gamma", [1, 1, 0]),
        (-1, 2, 2, "loss", [1, 0, 0]),
        (2, 2, 2, "loss", [1, 0, 0]),
    ],
)
def test_the_first_number_that_is_not_finite_is_noted(
    monkeypatch: pytest.MonkeyPatch, broken: int, lost: int, step: int, tensor: str, finite: list[int]
) -> None:
    result, _, _ = trained(monkeypatch, broken, lost)
    assert (result.bad_step, result.bad_tensor) == (step, tensor)
    assert result.signals["finite"].tolist() == finite


def test_a_trial_goes_on_from_the_steps_that_its_optimizer_has_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    callback = SimpleNamespace(set_model=told.append, on_train_begin=lambda: told.append("begin"))

    def build(trial: Any, rows: Any, done: int) -> Any:
        told.append((trial, rows, done, keras.config.floatx()))
        return SimpleNamespace(model="model", callbacks=[callback])

    monkeypatch.setattr(reference.plain_keras, "build", build)
    monkeypatch.setattr(reference, "_load", lambda *given: told.append(given))
    monkeypatch.setattr(reference, "_trained", lambda *given: given[:3])
    start = Variables(weights={}, buffers={}, moments=(np.asarray(7), np.asarray(9)))
    given: list[Any] = ["trial", "net", "rows"]
    assert reference.run(*given, start, "float64") == ("trial", "net", "rows")
    assert told == [("trial", "rows", 7, "float64"), ("model", "net", start), "model", "begin"]

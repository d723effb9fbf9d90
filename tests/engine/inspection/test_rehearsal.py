"""A rehearsal reads losses and updates from a running `fit`, stops it in time, and says what came of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from ablate.engine.inspection import rehearsal
from ablate.engine.inspection.rows import Rows, read


class Weight:
    """A weight that can be read."""

    def __init__(self, *values: float) -> None:
        self.values = np.array(values, np.float32)

    def numpy(self) -> np.ndarray:
        return self.values


class Time:
    """A clock that shows what it is told."""

    made = 0
    shown = 0.0

    def __init__(self) -> None:
        Time.made += 1

    def seconds(self) -> float:
        return Time.shown


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "Clock", Time)
    Time.made, Time.shown = 0, 0.0


def stopped(seconds: float = 5.0, **params: Any) -> Any:
    """Return the callback as `fit` begins."""
    made = rehearsal._Stopped(seconds)
    optimizer = SimpleNamespace(learning_rate=0.5)
    made.set_model(SimpleNamespace(optimizer=optimizer, trainable_weights=[Weight(3.0, 4.0)], stop_training=False))
    made.set_params(params)
    return made


def test_losses_of_single_steps_are_read_from_running_means() -> None:
    made, clocks = stopped(), []
    for rate, means in ((0.5, [4.0, 3.0, 5.0]), (0.25, [6.0, 3.5])):
        made.model.optimizer.learning_rate = rate
        made.on_epoch_begin(0)
        for batch, mean in enumerate(means):
            made.on_train_batch_begin(batch)
            made.on_train_batch_end(batch, {"loss": mean})
            clocks.append(Time.made)
    assert made.losses == [4.0, 2.0, 9.0, 6.0, 1.0]
    assert made.rates == [0.5, 0.5, 0.5, 0.25, 0.25]
    made.on_train_batch_end(2, None)
    assert np.isnan(made.losses[-1])
    made.on_epoch_end(0, {"loss": 2, "accuracy": 0.5})
    assert made.reported == {"loss": 2.0, "accuracy": 0.5}
    made.on_epoch_end(1, None)
    assert made.reported == {}
    assert clocks == [2] * 5, "it begins anew after the first step, which compiles"


def test_updates_are_measured_at_the_first_steps_and_at_every_tenth() -> None:
    made, weight = stopped(), Weight(3.0, 4.0)
    made.model.trainable_weights = [weight]
    made.on_epoch_begin(0)
    wanted = []
    for step in range(31):
        made.on_train_batch_begin(step)
        before = weight.values
        weight.values = weight.values + np.array([0.0, 1.0 + step], np.float32)
        made.on_train_batch_end(step, {"loss": 1.0})
        if step in (*range(8), 10, 20, 30):
            wanted.append((1.0 + step) / float(np.linalg.norm(before)))
    assert made.updates == pytest.approx(wanted)


def test_an_update_is_relative_to_the_weights_before_unless_they_are_zero() -> None:
    one, other = np.array([0.3, 0.4]), np.array([0.3, 0.8])
    assert rehearsal._relative([one], [other]) == pytest.approx(0.8)
    assert rehearsal._relative([one, np.array([1.2])], [other, np.array([1.2])]) == pytest.approx(0.4 / 1.3)
    assert rehearsal._relative([np.zeros(2)], [np.array([3.0, 4.0])]) == 5.0


@pytest.mark.parametrize(
    ("params", "losses", "shown", "soon"),
    [
        ({"steps": 10, "epochs": 2}, 5, 2.0, True),
        ({"steps": 10, "epochs": 2}, 5, 2.01, False),
        ({"steps": 10, "epochs": 2}, 5, 0.0, False),
        ({"steps": 10, "epochs": 2}, 5, 0.01, True),
        ({"steps": 10, "epochs": 2}, 1, 0.5, True),
        ({"steps": 10, "epochs": 2}, 1, 0.51, False),
        ({"steps": None, "epochs": 2}, 5, 1.0, False),
        ({"steps": 10}, 5, 1.0, False),
    ],
)
def test_the_end_is_waited_for_if_all_of_fit_takes_twice_the_time(
    params: dict[str, Any], losses: int, shown: float, *, soon: bool
) -> None:
    made = stopped(**params)
    made.losses = [1.0] * losses
    Time.shown = shown
    assert made._ends_soon() is soon


@pytest.mark.parametrize(
    ("epochs", "shown", "over"), [(100, 5.0, False), (100, 5.1, True), (1, 10.0, False), (1, 10.1, True)]
)
def test_fit_is_stopped_when_its_time_is_over(epochs: int, shown: float, *, over: bool) -> None:
    made = stopped(steps=10, epochs=epochs)
    made.on_epoch_begin(0)
    made.losses, made.rates = [1.0] * 11, [1.0] * 11
    Time.shown = shown
    made.on_train_batch_end(0, {"loss": 1.0})
    assert (made.over, made.model.stop_training) == (over, over)


X = np.array([[3.0, 1.0, 2.0], [1.0, 5.0, 2.0], [1.0, 2.0, 6.0], [9.0, 1.0, 2.0], [0.0, 1.0, 2.0]], np.float32)
Y = np.array([0, 1, 0, 0, 2])


class Model:
    """Answers with its inputs, in training mode with the last one first; its `fit` takes steps with given losses."""

    def __init__(self, losses: list[float], logs: dict[str, float] | None = None, error: str = "") -> None:
        self.losses, self.logs, self.error = losses, logs or {}, error
        self.trainable_weights = [Weight(3.0, 4.0)]
        self.optimizer, self.stop_training = SimpleNamespace(learning_rate=0.5), False
        self.given: dict[str, Any] = {}

    def __call__(self, x: Any, training: bool) -> Any:
        return x[:, ::-1] if training else x

    def fit(self, **given: Any) -> None:
        self.given, (*_, callback) = given, given["callbacks"]
        callback.set_model(self)
        callback.set_params({})
        callback.on_epoch_begin(0)
        means = np.cumsum(self.losses) / np.arange(1, len(self.losses) + 1)
        for batch, mean in enumerate(means):
            callback.rate = 0.5 / (batch + 1)
            callback.on_train_batch_begin(batch)
            self.trainable_weights[0].values = self.trainable_weights[0].values * 2.0
            callback.on_train_batch_end(batch, {"loss": mean})
            if self.stop_training:
                break
        callback.on_epoch_end(0, self.logs)
        if self.error:
            raise ValueError(self.error)


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr(rehearsal, "unchanged", lambda _: contextlib.nullcontext())
    monkeypatch.setattr(rehearsal.schedule, "penalty", lambda _: 0.75)
    monkeypatch.setattr(rehearsal.observe, "records", lambda _model, seen, readable: ("layers", seen["loss"], readable))

    def run(model: Model, rows: Rows | None = None, look: Any = None, **fit: Any) -> Any:
        rows = rows or read(X, Y, {"batch_size": 2})
        return rehearsal.rehearse(model, rows, fit, 5.0, look)

    return run


def test_a_whole_fit_is_rehearsed(rehearse: Any) -> None:
    losses = [float(value) for value in np.random.default_rng(0).normal(3.0, 1.0, 30)]
    model = Model(losses, {"val_accuracy": 0.25, "loss": 3.0, "accuracy": 0.5})
    held = (X[:2], np.array([0, 0]))
    seen = rehearse(model, read(X, Y, {"validation_data": held}), epochs=2, callbacks=["theirs"], shuffle=False)
    assert {**model.given, "callbacks": model.given["callbacks"][:-1]} == {
        "x": model.given["x"],
        "y": model.given["y"],
        "epochs": 2,
        "shuffle": False,
        "verbose": 0,
        "callbacks": ["theirs"],
    }
    assert (seen.steps, seen.complete, seen.bad_step, seen.error) == (30, True, -1, "")
    parts = np.array_split(losses, 25)
    assert seen.losses == pytest.approx([float(part.mean()) for part in parts])
    ends = np.cumsum([len(part) for part in parts])
    assert seen.rates == pytest.approx([0.5 / end for end in ends])
    assert (seen.metric, seen.reported, seen.reported_validation) == ("accuracy", 0.5, 0.25)
    assert (seen.chance, seen.validation_chance, seen.penalty) == (0.6, 1.0, 0.75)
    assert (seen.train, seen.train_mode, seen.top_share) == (0.8, 0.4, 0.4)
    assert (seen.validation, seen.best_cut, seen.apart) == (0.5, None, None)
    assert (seen.first_update, seen.update, seen.drift) == (1.0, 1.0, 2.0**30)
    assert (seen.loss, seen.zero_rows, seen.layers) == (None, None, ())
    assert seen.slope == pytest.approx(rehearsal.slope(np.array(losses)), rel=1e-6)


def test_updates_at_both_ends_are_means_of_eight(rehearse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    values = iter([*range(1, 8), 9.0, 100.0, 200.0])
    monkeypatch.setattr(rehearsal, "_relative", lambda *_: next(values))
    seen = rehearse(Model([1.0] * 21))
    assert (seen.first_update, seen.update) == (37 / 8, (3 + 4 + 5 + 6 + 7 + 9 + 300) / 8)
    none = rehearse(Model([]))
    assert (none.first_update, none.update, none.steps, none.losses, none.rates) == (None, None, 0, (), ())


def test_without_validation_rows_metrics_and_weights_nothing_is_said_of_them(rehearse: Any) -> None:
    model = Model([2.0, 1.0, 3.0], {"loss": 1.0, "val_acc": 0.5})
    model.trainable_weights[0].values[:] = 0.0
    seen = rehearse(model)
    assert (seen.validation, seen.validation_chance, seen.drift) == (None, 0.0, None)
    assert (seen.metric, seen.reported, seen.reported_validation) == ("", None, None)


@pytest.mark.parametrize(
    ("steps", "fit", "stops", "error", "complete"),
    [
        (6, {"epochs": 2}, True, "", True),
        (5, {"epochs": 2}, True, "", False),
        (5, {"epochs": 2}, False, "", True),
        (3, {}, True, "", True),
        (2, {}, True, "", False),
        (2, {}, False, "broken", False),
        (3, {}, False, "broken", True),
    ],
)
def test_fit_is_complete_if_it_took_all_steps_or_ended_by_itself(
    rehearse: Any, steps: int, fit: Any, *, stops: bool, error: str, complete: bool
) -> None:
    model = Model([1.0] * steps, error=error)

    class Late(Time):
        def seconds(self) -> float:
            return 99.0 if stops and len(model.given["callbacks"][-1].losses) == steps else 0.0

    rehearsal.Clock = Late  # type: ignore[misc]  # the fixture puts it back
    seen = rehearse(model, **fit)
    assert (seen.steps, seen.complete) == (steps, complete)
    assert seen.error == (f"ValueError: {error}" if error else "")
    assert (seen.train is None) is bool(error)


def test_the_first_loss_that_is_not_finite_is_noted(rehearse: Any) -> None:
    seen = rehearse(Model([1.0, 2.0, np.inf, 3.0, np.nan]))
    assert seen.bad_step == 2


@pytest.mark.parametrize(("known", "error"), [(True, ""), (False, ""), (True, "broken")])
def test_layers_are_looked_at_on_some_rows_if_fit_raised_nothing(rehearse: Any, *, known: bool, error: str) -> None:
    sizes: list[int] = []
    slopes = np.array([[[0.0, 0.0]], [[0.0, 1.0]], [[0.0, 0.0]], [[2.0, 0.0]], [[0.5, 0.5]]])

    def look(x: Any, y: Any, weights: Any) -> Any:
        sizes.append(len(x))
        assert weights is None
        np.testing.assert_array_equal(np.asarray(y), Y[[X.tolist().index(row) for row in np.asarray(x).tolist()]])
        return {"loss": np.float32(1.5), "known": known, "slope": slopes}

    rows = read(np.tile(X, (60, 1)), np.tile(Y, 60), {"batch_size": 2})
    seen = rehearse(Model([1.0], error=error), rows, look)
    if error:
        assert (sizes, seen.loss, seen.layers, seen.zero_rows) == ([], None, (), None)
        return
    assert sizes == [256]
    assert (seen.loss, seen.layers) == (1.5, ("layers", 1.5, None))
    assert seen.zero_rows == (0.4 if known else None)


def test_the_rows_that_are_judged_are_drawn_anew_from_one_seed(rehearse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "JUDGED", 3)
    judged: list[Any] = []
    monkeypatch.setattr(rehearsal, "_own", lambda _model, _rows, chosen: judged.append(chosen) or {})
    rehearse(Model([1.0]))
    assert judged[0].tolist() == np.random.default_rng(1).permutation(5)[:3].tolist()


def test_only_some_validation_rows_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "JUDGED", 2)
    rows = read(X, Y, {"validation_data": (X[::-1], np.array([0, 0, 9, 9, 9]))})
    assert rehearsal._own(Model([]), rows, np.array([0, 2]))["validation"] == 0.5


def test_a_norm_is_that_of_all_weights() -> None:
    model = SimpleNamespace(trainable_weights=[Weight(2.0, 3.0), Weight(6.0)])
    assert rehearsal._norm(cast("Any", model)) == 7.0

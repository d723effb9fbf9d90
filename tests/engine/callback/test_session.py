"""What a session remembers of a `fit`: rows, looks, updates and figures, each counted by hand here."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.callback import session as sessions
from ablate.engine.callback.any_observer import AnyObserver
from ablate.engine.callback.call_of_fit import Call
from ablate.engine.callback.observer import Observer
from ablate.engine.callback.session import Session

ANSWERS = np.array([0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 0, 1, 2, 0, 0])
X = np.eye(3, dtype=np.float32)[ANSWERS]
Y = np.where(np.arange(15) == 9, 1, ANSWERS)
HELD = (np.eye(3, dtype=np.float32)[[0, 1, 2, 2, 1]], np.array([0, 1, 2, 0, 2]))


class Weight:
    """A weight that can be read."""

    def __init__(self, *values: float) -> None:
        self.values = np.array(values, np.float32)
        self.shape = self.values.shape

    def numpy(self) -> np.ndarray:
        return self.values


class Sees:
    """An observer to which the inputs are the model's answers, and their number is the loss."""

    gradients = True

    def __init__(self, loss: float | None = None) -> None:
        self.error, self.given, self.loss = "", [], loss
        self.made: Any = None

    def judged(self, x: Any, y: Any, weights: Any) -> Any:
        self.given.append((x, y, weights))
        if isinstance(self.made, Exception):
            raise self.made
        return (x if self.made is None else self.made[: len(x)]), self.loss, 0.25


@pytest.fixture(autouse=True)
def sees(monkeypatch: pytest.MonkeyPatch) -> Sees:
    seen = Sees(1.5)
    monkeypatch.setattr(sessions, "_observer", lambda _: seen)
    monkeypatch.setattr(sessions, "untouched", lambda _: contextlib.nullcontext())
    return seen


def model(*weights: Weight) -> Any:
    trained = list(weights) or [Weight(3.0, 4.0)]
    rate = SimpleNamespace(learning_rate=0.5)
    return SimpleNamespace(trainable_variables=trained, weights=[*trained, Weight(1.0)], optimizer=rate)


def watched(x: Any = X, y: Any = Y, validation: Any = None, held: Any = None, **arguments: Any) -> Session:
    """Return the session of a `fit` of four epochs, from the second, of five steps each."""
    call = Call(x=x, y=y, validation=held, arguments=arguments)
    return Session(model(), call, validation, {"steps": 5, "epochs": 4})


def test_steps_are_counted_from_what_fit_says() -> None:
    assert (watched().per_epoch, watched().total) == (5, 20)
    assert watched(initial_epoch=1).total == 15
    for params, total in (({"steps": 5}, 5), ({"steps": 5, "epochs": None}, 5), ({"epochs": 3}, None)):
        assert Session(model(), Call(x=X, y=Y), None, params).total == total
    fresh = watched()
    assert (fresh.step, fresh.ended, fresh.bad, fresh.cut, fresh.first) == (0, False, None, None, [])
    assert (fresh.foreign, watched(validation=HELD).foreign) == (False, True)


def test_a_call_that_nobody_saw_hides_the_rows() -> None:
    blind = Session(model(), None, None, {})
    assert (blind.hidden, blind.rows, blind.labels, blind.counted) == (["how `fit` was called"], None, None, False)
    look = blind.look(3, 1)
    assert (look.step, look.epoch, look.rate, look.train, look.loss) == (3, 1, 0.5, None, None)
    course = blind.course()
    assert (course.train_rows, course.validation_rows, course.chance, course.validation_chance) == (0, 0, 0.0, 0.0)
    assert (course.classes, course.backend) == (0, "tensorflow")


def test_rows_that_cannot_be_read_are_those_of_the_validation() -> None:
    generator = iter([])
    none = watched(generator, None)
    assert none.rows is None
    assert none.hidden[0].endswith("give `validation=(x, y)`")
    assert watched(generator, None, held=(X,)).rows is None
    for one in (watched(generator, None, held=HELD), watched(generator, None, validation=HELD, held=(X, Y))):
        assert one.rows is not None
        np.testing.assert_array_equal(one.rows.x, HELD[0])
        np.testing.assert_array_equal(one.rows.y, HELD[1])
        assert one.rows.validation is not None


def test_rows_of_a_look_are_few_if_they_are_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "ROWS", 8)
    monkeypatch.setattr(sessions, "NUMBERS", 12)
    assert watched(batch_size=2).count == 4, "12 numbers are 4 rows of 3"
    assert watched(batch_size=6).count == 6, "a batch of `fit` may be looked at"
    assert watched(batch_size=10).count == 8
    monkeypatch.setattr(sessions, "NUMBERS", 3000)
    wide = watched(np.zeros((15, 2, 2)), batch_size=2)
    assert (wide.count, wide.few.tolist()) == (8, [0, 2, 4, 6, 8, 10, 12, 14])
    assert watched(X[:5], Y[:5]).count == 5
    monkeypatch.setattr(sessions, "NUMBERS", 5)
    assert watched(np.zeros(15), batch_size=2).count == 5, "a row of no shape is one number"


def test_labels_that_are_no_classes_hide_accuracies() -> None:
    amounts = watched(y=np.linspace(0, 1, 15))
    assert (amounts.kind, amounts.counted) == ("regression", False)
    assert amounts.hidden == ["accuracy: the labels are no classes"]
    look = amounts.look(0, 0)
    assert (look.train, look.validation, look.loss, look.zero_rows) == (None, None, 1.5, 0.25)
    course = amounts.course()
    assert (course.train_rows, course.chance, course.validation_rows) == (0, 0.0, 0)
    names = watched(y=np.array(list("aabbccaabbccaab")))
    assert (names.kind, names.counted, names.hidden) == ("texts", False, [])
    assert watched().counted


def test_a_look_judges_training_and_validation_rows(sees: Sees, monkeypatch: pytest.MonkeyPatch) -> None:
    one = watched(held=HELD)
    look = one.look(7, 2)
    assert (look.train, look.top_share, look.loss, look.zero_rows, look.finite) == (14 / 15, 7 / 15, 1.5, 0.25, True)
    assert (look.validation, look.validation_loss) == (0.6, 1.5)
    assert len(sees.given[1][0]) == 15, "as many rows as the training part has"
    assert (look.norm, look.still, look.update, one.cut) == (None, False, None, None)
    assert one.looks == [look]
    course = one.course()
    assert (course.train_rows, course.validation_rows, course.classes) == (15, 5, 3)
    assert (course.chance, course.validation_chance) == (7 / 15, 0.4)
    assert (course.looks, course.total, course.per_epoch, course.ended) == ((look,), 20, 5, False)
    monkeypatch.setattr(sessions, "ROWS", 2)
    parts = watched(held=HELD, batch_size=1)
    sees.given.clear()
    losses = iter([9.0, 1.0, 4.0])
    monkeypatch.setattr(sees, "judged", lambda x, *_: (x, next(losses), None))
    look = parts.look(0, 0)
    assert (look.validation, look.validation_loss) == (0.75, 2.5), "two whole parts of two rows each"


def test_a_validation_part_as_large_as_the_training_part_is_whole(sees: Sees, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "ROWS", 5)
    assert watched(held=HELD, batch_size=1).look(0, 0).validation == 0.6
    sees.loss = None
    look = watched(held=HELD).look(0, 0)
    assert (look.loss, look.validation_loss, look.validation) == (None, None, 0.6)


def test_answers_that_are_not_finite_or_raise_are_noted(sees: Sees) -> None:
    sees.made = np.full((15, 3), np.nan)
    assert not watched().look(0, 0).finite
    sees.made = np.zeros((15, 2, 3))
    several = watched()
    several.look(0, 0)
    assert (several.kind, several.counted) == ("several answers a row", False)
    assert several.hidden == ["accuracy: a row has an output of shape (2, 3)"]
    sees.made = ValueError("broken\nby the user")
    broken = watched(held=HELD)
    look = broken.look(0, 0)
    assert (look.train, broken.rows) == (None, None)
    assert broken.hidden[0].startswith("predictions: ")
    sees.error = "no loss"
    assert broken.course().hidden == (*broken.hidden, "the loss: no loss")
    assert broken.course().train_rows == 0


def test_one_output_is_cut_where_it_is_best(sees: Sees) -> None:
    sees.made = np.array([[0.9], [0.8], [0.3], [0.1]])
    one = watched(X[:4], np.array([0, 0, 1, 1]))
    one.model.loss = "binary_crossentropy"
    assert one.look(0, 0).train == 0.0
    assert one.cut == 1.0


def test_norms_and_updates_are_measured_from_the_weights() -> None:
    one = watched()
    one.keep_first()
    weight = one.model.trainable_variables[0]
    look = one.look(0, 0)
    assert (look.norm, look.still, look.finite) == (5.0, False, True)
    one.after_step()
    assert one.looks[-1].update is None, "no step was taken"
    one.step = 1
    weight.values = np.array([3.0, 6.0], np.float32)
    one.after_step()
    assert one.looks[-1].update == pytest.approx(2 / 5)
    one.after_step()
    assert one.before == []
    weight.values = np.array([3.0, 4.0], np.float32)
    assert [one.look(step, 0).still for step in (1, 2)] == [True, True]
    weight.values = np.array([np.inf, 4.0], np.float32)
    last = one.look(3, 0)
    assert (last.still, last.finite, len(one.looks)) == (False, False, 4)


@pytest.mark.parametrize(("before", "after", "update"), [((0.0, 0.0), (3.0, 4.0), 5.0), ((0.3, 0.4), (0.3, 0.8), 0.8)])
def test_an_update_is_relative_unless_the_weights_were_zero(before: Any, after: Any, update: float) -> None:
    one = watched()
    one.model.trainable_variables[0].values = np.array(before, np.float32)
    one.keep_first()
    one.look(2, 0)
    one.look(4, 0)
    one.step = 5
    one.model.trainable_variables[0].values = np.array(after, np.float32)
    one.after_step()
    assert [look.update for look in one.looks] == [None, pytest.approx(update)]


def test_a_look_that_was_not_finite_stays_so(sees: Sees) -> None:
    sees.made = np.full((15, 3), np.inf)
    one = watched()
    one.keep_first()
    assert not one.look(0, 0).finite


@pytest.mark.parametrize(("limit", "kept"), [(2, True), (1, False)])
def test_weights_of_a_large_model_are_not_copied(monkeypatch: pytest.MonkeyPatch, limit: int, *, kept: bool) -> None:
    monkeypatch.setattr(sessions, "WEIGHTS", limit)
    one = watched()
    one.keep_first()
    assert (len(one.first), len(one.hidden)) == ((1, 0) if kept else (0, 1))
    assert kept or one.hidden[0].startswith("the size of updates")
    monkeypatch.setattr(sessions, "KEPT", limit + 1)
    assert [part.tolist() for part in one.weights_now()] == ([[3.0, 4.0], [1.0]] if kept else [])


def test_figures_of_an_epoch_are_single_numbers() -> None:
    one = watched()
    one.reported(5, 0, {"loss": np.float32(0.5), "matrix": np.ones(2), "accuracy": 1})
    one.reported(10, 1, None)
    assert [(epoch.step, epoch.epoch, epoch.logs) for epoch in one.course().epochs] == [
        (5, 0, {"loss": 0.5, "accuracy": 1.0}),
        (10, 1, {}),
    ]


def test_a_rate_is_read_from_variables_and_numbers_and_may_be_missing() -> None:
    rates = [0.25, keras.Variable(0.5), None]
    assert [sessions._rate(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=rate))) for rate in rates] == [
        0.25, 0.5, None,
    ]  # fmt: skip


def test_seconds_of_a_look_are_what_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([10.0, 12.5])
    monkeypatch.setattr(sessions, "time", SimpleNamespace(perf_counter=lambda: next(times)))
    assert watched().look(0, 0).seconds == 2.5


@pytest.mark.parametrize(("held", "pair"), [((1, 2), True), ([1, 2, 3], True), ((1,), False), ("ab", False)])
def test_rows_and_labels_are_a_pair(held: Any, *, pair: bool) -> None:
    assert sessions._is_pair(held) is pair


def test_tensorflow_is_looked_into_by_its_own_observer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert type(sessions._observer(model())) is Observer
    backend = SimpleNamespace(backend=lambda: "jax")
    monkeypatch.setattr(sessions, "keras", SimpleNamespace(backend=backend))
    monkeypatch.setattr(AnyObserver, "__init__", lambda *_: None)
    assert type(sessions._observer(model())) is AnyObserver

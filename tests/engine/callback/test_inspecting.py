"""The record that is judged is made of what a session saw: the training so far stands for its rehearsal."""

from __future__ import annotations

import contextlib
import dataclasses
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from ablate.engine.callback import inspecting
from ablate.engine.callback.records import Epoch, Look
from ablate.engine.inspection.rows import read

X = np.arange(36.0, dtype=np.float32).reshape(12, 3)
Y = np.array([4, 4, 4, 7, 7, 7, 9, 9, 9, 9, 9, 9])


@dataclasses.dataclass(frozen=True)
class Measured:
    """Stands for a record of inputs or of steps."""

    steps: int = 40
    bad_rows: int = 5
    names: bool = False


class Weight:
    """A weight that can be read and set."""

    def __init__(self, value: float) -> None:
        self.value = value

    def assign(self, value: float) -> None:
        self.value = value


class Plain:
    """A model that takes Keras' own steps."""

    train_step = keras.Model.train_step

    def __init__(self, weights: list[Weight]) -> None:
        self.trainable_variables = weights


class Own(Plain):
    """A model that takes steps of its own."""

    train_step = None


class Sees:
    """An observer whose pass is told; layers are what they were made of."""

    def __init__(self, gradients: bool = True) -> None:
        self.gradients, self.error, self.weights = gradients, "", [Weight(9.0)]

    def passed(self, rows: Any, few: np.ndarray) -> Any:
        if self.error:
            raise ValueError(self.error)
        return {"rows": rows, "few": few, "weight": self.weights[0].value}

    def layers(self, seen: Any, classes: Any) -> Any:
        return (seen["weight"], None if classes is None else classes.tolist())


def look(step: int, **seen: Any) -> Look:
    return Look(step=step, epoch=0, **seen)


def watched(**changed: Any) -> Any:
    """Return a session after six steps."""
    observer = changed.pop("observer", Sees())
    course = SimpleNamespace(chance=0.5, validation_chance=0.25)
    made = SimpleNamespace(
        rows=read(X, Y, {"batch_size": 4}),
        labels="labels",
        model=Plain(observer.weights),
        observer=observer,
        few=np.arange(12),
        first=[2.0],
        hidden=["hidden"],
        bad_rows=None,
        looks=[look(0, rate=0.5, norm=4.0), look(6, rate=0.25, norm=6.0, train=0.75, loss=1.5, zero_rows=0.0)],
        epochs=[Epoch(step=6, epoch=0, logs={"val_accuracy": 0.5, "loss": 1.0, "accuracy": 0.625})],
        losses=[(step, float(step % 5)) for step in range(1, 31)],
        bad=None,
        step=6,
        total=12,
        per_epoch=3,
        ended=False,
        counted=True,
        cut=0.875,
        foreign=False,
        call=SimpleNamespace(arguments={"epochs": 2}, callbacks=()),
        course=lambda: course,
    )
    vars(made).update(changed)
    return made


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Measure nothing: remember with what each part was asked."""
    asked: dict[str, Any] = {"untouched": []}

    def noted(name: str, answer: Any) -> Any:
        def measure(*given: Any, **named: Any) -> Any:
            asked[name] = (*given, named) if named else given
            if isinstance(answer, Exception):
                raise answer
            return answer

        return measure

    def untouched(_: Any, *, trained: bool = False) -> Any:
        asked["untouched"].append(trained)
        return contextlib.nullcontext()

    monkeypatch.setattr(inspecting, "untouched", untouched)
    monkeypatch.setattr(inspecting, "leaves", noted("leaves", [None] * 3))
    monkeypatch.setattr(inspecting, "taken", noted("taken", (True, "float32")))
    monkeypatch.setattr(inspecting.data, "inputs", noted("inputs", Measured()))
    monkeypatch.setattr(inspecting.data, "reference", noted("reference", "reference"))
    monkeypatch.setattr(inspecting.head, "measured", noted("head", "head"))
    monkeypatch.setattr(inspecting.schedule, "measured", noted("steps", Measured()))
    monkeypatch.setattr(inspecting.schedule, "penalty", noted("penalty", 0.125))
    monkeypatch.setattr(inspecting, "accuracy", noted("accuracy", 0.375))
    monkeypatch.setattr(inspecting, "_probes", noted("probes", {"adam": "probe"}))
    asked["noted"] = noted
    return asked


@pytest.mark.parametrize("missing", [{"rows": None}, {"labels": None}])
def test_without_rows_nothing_is_inspected(missing: Any) -> None:
    assert inspecting.before(watched(**missing)) is None
    assert inspecting.during(watched(**missing)) is None


def test_before_the_first_step_nothing_is_trained(told: dict[str, Any]) -> None:
    seen = inspecting.before(watched())
    assert seen is not None
    assert (seen.labels, seen.inputs, seen.head, seen.steps) == ("labels", Measured(), "head", Measured(12))
    assert (seen.layers, seen.reference, seen.rehearsal, seen.probes) == ((9.0, None), None, None, {})
    assert (seen.seconds, seen.unchecked, told["untouched"]) == (0.0, ("hidden",), [False])
    _, passed, y, classes, error = told["head"]
    assert (passed["weight"], y.tolist(), error) == (9.0, Y.tolist(), "")
    assert len(classes) == 12
    assert "probes" not in told


@pytest.mark.parametrize(("count", "passed"), [(120, True), (121, False)])
def test_a_model_of_many_layers_is_not_passed_through(
    monkeypatch: pytest.MonkeyPatch, count: int, *, passed: bool
) -> None:
    monkeypatch.setattr(inspecting, "leaves", lambda _: [None] * count)
    seen = inspecting.before(watched())
    assert seen is not None
    assert seen.layers == ((9.0, None) if passed else ())


def test_an_error_of_the_pass_is_the_heads_unless_the_model_steps_itself(told: dict[str, Any]) -> None:
    observer = Sees()
    observer.error = "broken\nby the user"
    session = watched(observer=observer)
    seen = inspecting.before(session)
    assert seen is not None
    assert (seen.layers, told["head"][1]) == ((), None)
    assert told["head"][-1] == "ValueError: broken by the user"
    inspecting.before(watched(observer=observer, model=Own(observer.weights)))
    assert told["head"][-1] == ""


def test_all_is_measured_on_the_first_weights(told: dict[str, Any]) -> None:
    session = watched()
    seen = inspecting.during(session)
    assert seen is not None
    classes = np.unique(Y, return_inverse=True)[1].tolist()
    assert seen.layers == (2.0, classes)
    assert (seen.reference, seen.probes, seen.unchecked) == ("reference", {"adam": "probe"}, ("hidden",))
    assert told["reference"] == (session.rows, False)
    assert told["untouched"] == [False, True], "the rehearsal's look, then what moves weights"
    assert seen.rehearsal is not None
    assert seen.rehearsal.layers == (9.0, None), "as they are now"


@pytest.mark.parametrize(
    ("labels", "readable"), [([1] * 3 + [2] * 9, True), ([1] * 2 + [2] * 10, False), ([1] * 12, False)]
)
def test_layers_are_read_if_each_class_has_three_rows(labels: list[int], *, readable: bool) -> None:
    seen = inspecting.during(watched(rows=read(X, np.array(labels), {})))
    assert seen is not None
    assert (seen.layers[1] is not None) is readable  # type: ignore[comparison-overlap]


def test_what_cannot_be_measured_is_said(monkeypatch: pytest.MonkeyPatch, told: dict[str, Any]) -> None:
    monkeypatch.setattr(inspecting.data, "inputs", lambda *_: Measured(names=True))
    monkeypatch.setattr(inspecting, "_probes", told["noted"]("probes", ValueError("no probe")))
    seen = inspecting.during(watched())
    assert seen is not None
    assert (seen.probes, seen.unchecked) == ({}, ("training on few rows: ValueError: no probe", "hidden"))
    assert told["reference"][1] is True
    monkeypatch.setattr(inspecting.data, "inputs", lambda *_: None)
    monkeypatch.setattr(inspecting.data, "reference", told["noted"]("reference", KeyError("none")))
    told.pop("probes")
    seen = inspecting.during(watched(observer=Sees(gradients=False), first=[]))
    assert seen is not None
    assert seen.unchecked[0].startswith("reference classifiers: KeyError")
    assert seen.unchecked[1:] == ("gradients by layer: only the TensorFlow back end shows them", "hidden")
    assert (seen.inputs, told["reference"][1], "probes" in told) == (None, False, False)
    assert seen.layers[0] == 9.0, "without first weights those of now"  # type: ignore[comparison-overlap]


@pytest.mark.parametrize(("first", "error", "probed"), [([2.0], "", True), ([], "", False), ([2.0], "broken", False)])
def test_few_rows_are_trained_on_if_weights_and_a_pass_are_known(
    told: dict[str, Any], first: list[float], error: str, *, probed: bool
) -> None:
    observer = Sees()
    observer.error = error
    inspecting.during(watched(observer=observer, first=first))
    assert ("probes" in told) is probed


def test_bad_rows_are_those_of_all_rows_if_they_were_counted(told: dict[str, Any], monkeypatch: Any) -> None:
    assert inspecting._inputs(watched()) == Measured()
    assert inspecting._inputs(watched(bad_rows=0)) == Measured(bad_rows=0)
    assert told["inputs"][1:] == (True, "float32")
    monkeypatch.setattr(inspecting.data, "inputs", lambda *_: None)
    assert inspecting._inputs(watched(bad_rows=3)) is None


def test_steps_are_those_that_fit_says(told: dict[str, Any]) -> None:
    session = watched()
    assert inspecting._steps(session).steps == 12
    _, rows, fit, first = told["steps"]
    assert (rows.per_epoch, rows.batch, fit, first) == (3, 4, {"epochs": 2, "callbacks": []}, 0.5)
    session = watched(total=None, per_epoch=None, looks=[])
    session.rows = dataclasses.replace(session.rows, per_epoch=7)
    assert inspecting._steps(session).steps == 40
    assert told["steps"][1].per_epoch == 7
    assert told["steps"][3] is None


def test_only_harmless_callbacks_are_told(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(inspecting.schedule, "measured", told["noted"]("steps", Measured()))
    stops, other = keras.callbacks.EarlyStopping(), keras.callbacks.LambdaCallback()
    assert "EarlyStopping" in inspecting.schedule.HARMLESS
    inspecting._steps(watched(call=SimpleNamespace(arguments={}, callbacks=(other, stops))))
    assert told["steps"][2] == {"callbacks": [stops]}


def test_the_training_so_far_is_its_rehearsal() -> None:
    seen = inspecting._rehearsal(watched())
    values = [float(step % 5) for step in range(1, 31)]
    assert seen.losses == pytest.approx([float(part.mean()) for part in np.array_split(values, 25)])
    assert (seen.steps, seen.complete, seen.bad_step) == (6, False, -1)
    assert (seen.train, seen.train_mode, seen.validation, seen.loss) == (0.75, 0.375, None, 1.5)
    assert (seen.metric, seen.reported, seen.reported_validation) == ("accuracy", 0.625, 0.5)
    assert (seen.chance, seen.validation_chance, seen.penalty) == (0.5, 0.25, 0.125)
    assert (seen.drift, seen.zero_rows, seen.best_cut) == (1.5, 0.0, 0.875)
    assert (seen.update, seen.first_update, seen.layers) == (None, None, (9.0, None))
    assert seen.slope == pytest.approx(inspecting.slope(np.array(values)))


@pytest.mark.parametrize(
    ("changed", "complete"),
    [({"ended": True}, True), ({"step": 12}, True), ({"step": 11}, False), ({"total": None}, False)],
)
def test_a_training_is_complete_at_its_end_or_its_last_step(changed: dict[str, Any], *, complete: bool) -> None:
    session = watched(**changed)
    session.looks.append(look(session.step))
    assert inspecting._rehearsal(session).complete is complete


def test_what_is_missing_is_none() -> None:
    session = watched(epochs=[], counted=False, foreign=True, looks=[look(6)])
    seen = inspecting._rehearsal(session)
    assert (seen.train_mode, seen.metric, seen.reported, seen.drift, seen.rates) == (None, "", None, None, ())
    metric = Epoch(step=6, epoch=0, logs={"val_acc": 0.5, "mse": 1.0})
    assert inspecting._rehearsal(watched(epochs=[metric])).metric == ""
    assert inspecting._rehearsal(watched(foreign=True)).reported_validation is None
    for norms in ((None, 6.0), (0.0, 6.0), (4.0, None)):
        looks = [look(0, norm=norms[0]), look(6, norm=norms[1])]
        assert inspecting._rehearsal(watched(looks=looks)).drift is None


def test_the_last_moment_is_looked_at_if_it_was_not() -> None:
    for looks in ([], [look(0)]):
        session = watched(looks=looks, step=7, epochs=[Epoch(step=6, epoch=0)] * 2)
        session.look = lambda step, epoch, session=session: session.looks.append(look(step, loss=float(epoch)))
        assert inspecting._rehearsal(session).loss == 2.0
        assert session.looks[-1].step == 7


def test_the_first_look_that_was_not_finite_is_noted_unless_a_step_is_known() -> None:
    looks = [look(0), look(3, finite=False), look(5, finite=False), look(6)]
    assert inspecting._rehearsal(watched(looks=looks)).bad_step == 3
    assert inspecting._rehearsal(watched(looks=looks, bad=(1, 2))).bad_step == 2


def test_updates_at_both_ends_are_means_of_eight() -> None:
    looks = [look(step, update=float(step) if step % 2 else None) for step in range(1, 24)]
    seen = inspecting._rehearsal(watched(looks=looks, step=23))
    assert (seen.first_update, seen.update) == (8.0, 16.0)


def test_rates_are_those_at_the_ends_of_25_parts() -> None:
    looks = [look(1, rate=0.5), look(2), look(30, rate=0.25), look(49, rate=0.125)]
    rates = inspecting._rates(watched(looks=looks, step=50))
    assert rates == (0.5,) * 14 + (0.25,) * 10 + (0.125,)
    assert inspecting._rates(watched(looks=[look(3, rate=0.0)], step=50)) == (0.0,) * 25
    assert inspecting._rates(watched(looks=[look(0, rate=0.5), look(3, rate=0.25)], step=55))[:2] == (0.5, 0.25)


def test_training_mode_is_asked_for_on_the_rows_of_a_look(told: dict[str, Any]) -> None:
    session = watched(few=np.array([1, 8]))
    assert inspecting._in_training_mode(session) == 0.375
    _, rows, x, labels, named = told["accuracy"]
    assert (rows is session.rows, x.tolist(), labels.tolist()) == (True, X[[1, 8]].tolist(), [4, 9])
    assert named == {"training": True}

"""What looking cost, as the callback tells it."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import pytest

from ablate.core.errors import FitError
from ablate.engine.callback import listener as listeners
from ablate.engine.callback.listener import Listener
from ablate.engine.callback.pace import Pace
from ablate.engine.callback.records import Cost, Look


def listener(*, ended: bool, **given: float) -> Any:
    """Return a callback in a `fit` that began at 100 seconds."""
    own: Any = Listener()
    own.session = SimpleNamespace(ended=ended)
    own._pace, own._started, own._before = Pace(0.03), 100.0, 4.0
    own._pace.looking, own._pace.finding, own._pace.steps = 3.0, 2.0, 1.0
    for name, value in given.items():
        setattr(own, name, value)
    return own


def test_without_a_fit_nothing_was_spent() -> None:
    assert Listener().cost == Cost()


@pytest.mark.parametrize(
    ("ended", "finished", "training"),
    [(True, 150.0, 44.0), (False, 150.0, 154.0), (True, 105.0, 0.0)],
)
def test_training_is_what_passed_without_looks(
    monkeypatch: pytest.MonkeyPatch, finished: float, training: float, *, ended: bool
) -> None:
    monkeypatch.setattr("time.perf_counter", lambda: 260.0)
    cost = listener(ended=ended, _finished=finished).cost
    assert cost == Cost(before=4.0, looking=3.0, finding=2.0, steps=1.0, training=training)


def test_a_fit_that_told_no_end_lasts_until_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.perf_counter", lambda: 260.0)
    assert listener(ended=True).cost.training == 154.0


class Loss:
    """A running loss that notes what it is asked."""

    def __init__(self, *, at: int = 99, reads: bool = True, jumped: bool = False) -> None:
        self.at, self.reads, self.jumped = at, reads, jumped
        self.begun, self.read_from = 0, -1

    def begins(self) -> None:
        self.begun += 1

    def read(self, first: int) -> bool:
        self.read_from = first
        return self.reads


class Heard(Listener):
    """Notes what a subclass hears."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.heard: list[Any] = []

    def begun(self, inspection: Any) -> None:
        self.heard.append(("begun", inspection))

    def declined(self) -> None:
        self.heard.append("declined")

    def looked(self, look: Any) -> None:
        self.heard.append(("looked", look.step))

    def over(self) -> None:
        self.heard.append("over")


def session(**changed: Any) -> Any:
    """Return a session of 600 steps in epochs of 40; a look is remembered with its step and epochs."""
    made = SimpleNamespace(
        model=SimpleNamespace(), step=0, before=[], looks=[], epochs=[], losses=[], bad=None, ended=False,
        total=600, per_epoch=40, updates=0,
    )  # fmt: skip

    def look(step: int, epoch: int) -> Look:
        made.looks.append(Look(step=step, epoch=epoch))
        return made.looks[-1]  # type: ignore[no-any-return]

    def reported(step: int, epoch: int, logs: Any) -> None:
        made.epochs.append(SimpleNamespace(step=step, epoch=epoch, logs=logs))

    def after_step() -> None:
        made.updates += 1

    vars(made).update(look=look, reported=reported, after_step=after_step, **changed)
    return made


def hearing(*, nested: int = 1, base: int = 0, every: int | None = None, loss: Any = None, **changed: Any) -> Any:
    """Return a listener in the middle of a `fit`."""
    own: Any = Heard(every=every)
    own.session, own._nested, own._base = session(**changed), nested, base
    own._pace, own._loss, own._began, own._started = Pace(0.03), loss or Loss(), 0.0, 0.0
    own._pace.next = 99
    return own


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let a second pass at each reading of the clock."""
    times = itertools.count(100)
    monkeypatch.setattr(listeners, "time", SimpleNamespace(perf_counter=lambda: float(next(times))))
    return times


@pytest.mark.parametrize(("depth", "begins"), [(0, True), (1, True), (2, False)])
def test_only_the_outer_of_two_fits_is_heard(monkeypatch: pytest.MonkeyPatch, depth: int, *, begins: bool) -> None:
    own, began = hearing(), []
    own.problems = ["before"]
    monkeypatch.setattr(listeners.call_of_fit, "depth", lambda _: depth)
    monkeypatch.setattr(own, "_begin", lambda: began.append(True))
    own.on_train_begin()
    assert (bool(began), own.problems, own._nested) == (begins, [] if begins else ["before"], max(1, depth))


@pytest.mark.parametrize(("nested", "heard"), [(1, True), (2, False), (0, False)])
def test_what_keras_tells_counts_in_the_outer_fit_alone(
    monkeypatch: pytest.MonkeyPatch, nested: int, *, heard: bool
) -> None:
    own, told = hearing(nested=nested, base=80), []
    monkeypatch.setattr(own, "_epoch", lambda epoch, logs: told.append((epoch, logs)))
    own.on_epoch_begin(2)
    own.on_epoch_end(2, {"loss": 1.0})
    own.on_train_batch_begin(3)
    assert (own._loss.begun, told, own.session.step) == ((1, [(2, {"loss": 1.0})], 83) if heard else (0, [], 0))
    silent = Listener()
    silent._nested = 1
    silent.on_epoch_begin(0)
    silent.on_epoch_end(0)
    silent.on_train_batch_begin(0)
    silent.on_train_end()
    assert (silent.problems, silent._nested) == ([], 0)


@pytest.mark.parametrize(("nested", "left", "ends"), [(2, 1, False), (1, 0, True), (0, 0, True)])
def test_the_end_of_the_outer_fit_is_the_end(
    monkeypatch: pytest.MonkeyPatch, nested: int, left: int, *, ends: bool
) -> None:
    own, ended = hearing(nested=nested), []
    monkeypatch.setattr(own, "_end", lambda: ended.append(True))
    own.on_train_end()
    assert (own._nested, bool(ended)) == (left, ends)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("before", "at", "following", "steps"),
    [([1], 99, 99, True), ([], 5, 99, True), ([], 99, 5, True), ([], 6, 6, False), ([], 4, 9, True)],
)
def test_a_step_is_looked_into_if_something_is_due(
    monkeypatch: pytest.MonkeyPatch, before: Any, at: int, following: int, *, steps: bool
) -> None:
    own, taken = hearing(before=before, loss=Loss(at=at)), []
    own._pace.next = following
    monkeypatch.setattr(own, "_step", lambda: taken.append(own.session.step))
    own.on_train_batch_begin(5)
    assert taken == ([5] if steps else [])
    assert own._pace.steps == (0.0 if steps else 1.0)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("weights", "every", "following"), [(1, None, 1), (0, None, 1), (1, 7, 7)])
def test_the_untrained_model_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, weights: int, every: int | None, following: int
) -> None:
    made = session(model=SimpleNamespace(trainable_variables=[None] * weights), keep_first=lambda: None)
    given: list[Any] = []
    monkeypatch.setattr(listeners, "Session", lambda *call: given.append(call) or made)
    monkeypatch.setattr(listeners, "_refusal", lambda _: "")
    monkeypatch.setattr(listeners.call_of_fit, "read", lambda _: "call")
    monkeypatch.setattr(listeners.inspecting, "before", lambda _: "inspection")
    own: Any = Heard(every=every, validation="held")
    own.set_model("model")
    own.set_params({"steps": 3})
    own._begin()
    assert given == [("model", "call", "held", {"steps": 3})]
    assert [(look.step, look.epoch) for look in made.looks] == [(0, 0)]
    assert own.heard == [("begun", "inspection"), ("looked", 0)]
    assert (own._pace.next, own._pace.looking, own._base, own.problems) == (following, 0.0, 0, [])
    assert (own._began, own._before, own._started) == (100.0, 1.0, 102.0)
    own.set_params(None)
    monkeypatch.setattr(made, "look", lambda *_: 1 / 0)
    own.heard.clear()
    own._begin()
    assert (own.heard, len(own.problems), given[-1][-1]) == ([("begun", "inspection")], 1, {})
    monkeypatch.setattr(listeners, "_refusal", lambda _: "distributed")
    own._begin()
    assert (own.session, own.refused, own.heard[-1]) == (None, "distributed", "declined")


def test_a_model_without_weights_is_built_by_a_look_at_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    made = session(model=SimpleNamespace(trainable_variables=[]))
    steps: list[Any] = []
    made.look = lambda step, epoch: steps.append((step, epoch)) or Look(step=step, epoch=epoch)
    made.keep_first = lambda: steps.append("first")
    monkeypatch.setattr(listeners, "Session", lambda *_: made)
    monkeypatch.setattr(listeners, "_refusal", lambda _: "")
    monkeypatch.setattr(listeners.call_of_fit, "read", lambda _: None)
    monkeypatch.setattr(listeners.inspecting, "before", lambda _: None)
    own: Any = Heard()
    own.set_model("model")
    own._begin()
    assert steps == [(0, 0), "first", (0, 0)]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("step", "changed", "looks", "following"),
    [
        (20, {"next": 20}, True, None),
        (19, {"next": 20}, False, 20),
        (0, {"next": 0}, False, 1),
        (40, {"next": 20, "looking": 9.0}, False, 42),
        (10, {"next": 10, "looking": 9.0}, False, 11),
        (19, {"next": 20, "bad": (4, 9)}, True, None),
        (19, {"next": 20, "bad": (4, 9), "seen": 9}, False, 20),
        (0, {"next": 20, "bad": (0, 0), "seen": 0}, False, 20),
    ],
)
def test_a_look_is_made_when_it_is_due_and_affordable_or_a_loss_is_bad(
    monkeypatch: pytest.MonkeyPatch, step: int, changed: Any, following: int | None, *, looks: bool
) -> None:
    own = hearing(step=step, bad=changed.get("bad"))
    own._pace.next, own._pace.looking = changed["next"], changed.get("looking", 0.0)
    own.session.looks = [Look(step=changed["seen"], epoch=0)] if "seen" in changed else []
    made: list[int] = []
    monkeypatch.setattr(own, "_look", lambda: made.append(step))
    own._step()
    assert bool(made) is looks
    assert following is None or own._pace.next == following
    due = looks or (step == 0 and changed["next"] == 0)
    assert own._pace.steps == (0.0 if due else 1.0)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("looking", "looks"), [(14.0, True), (16.0, False)])
def test_looks_may_cost_their_share_of_the_time_since_the_beginning(looking: float, *, looks: bool) -> None:
    own = hearing(step=99)
    own._began, own._pace.looking = -400.0, looking  # 500 seconds ago
    own._step()
    assert bool(own.session.looks) is looks


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("at", "jumped", "every", "alarm"),
    [
        (9, True, None, True),
        (10, True, None, True),
        (11, True, None, False),
        (9, False, None, False),
        (9, True, 5, False),
    ],
)
def test_a_jump_of_the_loss_is_an_alarm(at: int, jumped: bool, every: int | None, *, alarm: bool) -> None:
    own = hearing(step=10, base=7, every=every, loss=Loss(at=at, jumped=jumped), before=[1])
    own._step()
    assert (own._pace.urgent > 0) is alarm
    assert own.session.updates == 1
    assert own._loss.read_from == (7 if at <= 10 else -1)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("backend", "before", "following", "synced"),
    [("jax", [1], 99, True), ("jax", [], 10, True), ("jax", [], 11, False), ("tensorflow", [1], 10, False)],
)
def test_weights_of_jax_are_fetched_before_they_are_read(
    monkeypatch: pytest.MonkeyPatch, backend: str, before: Any, following: int, *, synced: bool
) -> None:
    calls: list[bool] = []
    monkeypatch.setattr(listeners, "keras", SimpleNamespace(backend=SimpleNamespace(backend=lambda: backend)))
    own = hearing(step=10, before=before, model=SimpleNamespace(jax_state_sync=lambda: calls.append(True)))
    own._pace.next = following
    own._look = lambda: None
    own._step()
    assert bool(calls) is synced


@pytest.mark.parametrize(
    ("total", "per_epoch", "every", "urgent", "gap"),
    [
        (600, 40, None, 0, 10), (6000, 40, None, 0, 100), (600, None, None, 0, 10), (None, 80, None, 0, 20),
        (30, 3, None, 0, 1), (None, None, None, 0, 10_000), (600, 40, 7, 0, 7), (6000, 40, None, 1, 10),
        (6000, 3, None, 1, 1), (None, None, None, 1, 1),
    ],
)  # fmt: skip
def test_the_gap_is_a_sixtieth_of_fit_or_a_quarter_of_an_epoch(
    total: int | None, per_epoch: int | None, every: int | None, urgent: int, gap: int
) -> None:
    own = hearing(total=total, per_epoch=per_epoch, every=every)
    own._pace.urgent = urgent
    assert own._gap() == gap


@pytest.mark.parametrize(
    ("total", "per_epoch", "step", "seen", "every", "counts"),
    [
        (600, 9, 20, 11, None, False), (600, 9, 20, 10, None, True), (600, 10, 20, 15, None, True),
        (600, 9, 600, 599, None, True), (600, 9, 20, 19, 5, True), (600, None, 20, 11, None, False),
        (None, None, 20, 19, None, True), (600, 9, 9, None, None, False), (600, 9, 10, None, None, True),
    ],
)  # fmt: skip
def test_of_many_short_epochs_not_each_is_looked_at(
    total: int | None, per_epoch: int | None, step: int, seen: int | None, every: int | None, *, counts: bool
) -> None:
    own = hearing(total=total, per_epoch=per_epoch, step=step, every=every)
    own.session.looks = [] if seen is None else [Look(step=1, epoch=0), Look(step=seen, epoch=0)]
    assert own._epoch_counts() is counts


@pytest.mark.parametrize(
    ("seen", "bad", "told"), [([], None, False), ([0], None, True), ([9], (4, 9), True), ([9, 8], (4, 9), False)]
)
def test_a_bad_loss_is_told_by_a_look_after_it(seen: list[int], bad: Any, *, told: bool) -> None:
    own = hearing(bad=bad)
    own.session.looks = [Look(step=step, epoch=0) for step in seen]
    assert own._told_bad() is told


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("reads", "at"), [(True, 18), (False, 11)])
def test_the_loss_is_read_again_after_as_many_steps_as_it_may(reads: bool, at: int) -> None:
    own = hearing(step=10, base=4, loss=Loss(reads=reads))
    own._pace.steps, own._pace.every = 9e9, 4
    own._read_loss()
    assert (own._loss.at, own._loss.read_from) == (at, 4)
    asked: list[float] = []
    own._pace.read, own._started = asked.append, 50.0
    own._read_loss()
    assert asked == ([51.0] if reads else [])


@pytest.mark.usefixtures("clock")
def test_finding_causes_is_no_part_of_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    own = hearing(step=10)
    own.looked = lambda _: setattr(own._pace, "finding", own._pace.finding + 0.25)
    own._pace.finding = 3.0
    own._heard(Look(step=10, epoch=0), 90.0)
    assert (own._pace.looking, own._pace.next) == (9.75, 11)
    own.every = 30
    own._heard(Look(step=10, epoch=0), 101.0)
    assert own._pace.next == 40
    own = hearing(step=10, epochs=[1, 2])
    own._look()
    assert [(look.step, look.epoch) for look in own.session.looks] == [(10, 2)]
    assert (own.heard, own._loss.read_from) == ([("looked", 10)], 0)
    monkeypatch.setattr(listeners.inspecting, "during", lambda _: "inspection")
    own._pace.finding = 2.0
    assert (own.inspected(), own._pace.finding) == ("inspection", 3.0)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("per_epoch", "executed", "step", "end"), [(40, 1, 100, 120), (None, 1, 100, 101), (None, 5, 100, 105)]
)
def test_an_epoch_ends_after_its_steps(per_epoch: int | None, executed: int, step: int, end: int) -> None:
    model = SimpleNamespace(steps_per_execution=executed)
    own = hearing(per_epoch=per_epoch, step=step, base=80, model=model, before=[1])
    own._epoch(2, {"loss": 1.0})
    assert (own._base, own.session.step, own._loss.at, own._loss.begun) == (end, end, end + 1, 1)
    assert [(one.step, one.epoch, one.logs) for one in own.session.epochs] == [(end, 2, {"loss": 1.0})]
    assert [(look.step, look.epoch) for look in own.session.looks] == [(end, 1)]
    assert (own.session.before, own.session.bad, own.heard) == ([], None, [("looked", end)])
    del own.session.model.steps_per_execution
    own.session.per_epoch = None
    own._epoch(3, {})
    assert (own._base, own.session.bad) == (end + 1, None)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("losses", "known", "bad"),
    [([], None, (0, 40)), ([(3, 1.0), (7, 2.0)], None, (7, 40)), ([(7, 2.0)], (1, 2), (1, 2))],
)
def test_a_reported_loss_that_is_not_finite_is_bad(losses: Any, known: Any, bad: Any) -> None:
    own = hearing(losses=losses, bad=known)
    own._epoch(0, {"loss": float("nan")})
    assert own.session.bad == bad


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("looking", "seen", "bad", "looks"),
    [(0.0, 1, None, True), (9.0, 1, None, False), (9.0, 1, (2, 30), True), (9.0, 30, (2, 30), False)],
)
def test_an_epoch_is_looked_at_if_it_may_cost_that_or_is_bad(
    looking: float, seen: int, bad: Any, *, looks: bool
) -> None:
    own = hearing(bad=bad)
    own.session.looks, own._pace.looking = [Look(step=seen, epoch=0)], looking
    own._epoch(0, {"loss": 1.0})
    assert (len(own.session.looks) == 2) is looks
    rare = hearing(per_epoch=1)
    rare.session.looks = [Look(step=0, epoch=0)]
    rare._epoch(0, {"loss": 1.0})
    assert len(rare.session.looks) == 1
    late = hearing()
    late._began, late._pace.looking = -400.0, 15.0
    late._epoch(0, {"loss": 1.0})
    assert len(late.session.looks) == 1, "3 % of 500 seconds"


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("seen", "looks"), [([7], 2), ([6, 8], 2), ([], 0)])
def test_the_last_step_is_looked_at_once(seen: list[int], looks: int) -> None:
    own = hearing(step=8, epochs=[1, 2, 3])
    own.session.looks = [Look(step=step, epoch=0) for step in seen]
    own._end()
    assert (own.session.ended, len(own.session.looks), own.heard, own._finished) == (True, looks, ["over"], 100.0)
    assert not seen or own.session.looks[-1].step == 8
    assert len(seen) != 1 or own.session.looks[-1].epoch == 3


def test_errors_of_its_own_are_noted_three_at_most_and_those_asked_for_are_raised() -> None:
    own = Listener()

    def broken() -> None:
        raise ValueError("broken")

    for _ in range(4):
        own._safely(broken)
    (problem, *_) = own.problems
    assert len(own.problems) == 3
    line = broken.__code__.co_firstlineno + 1
    assert problem == f"ValueError: broken (test_listener.py:{line})"

    def asked() -> None:
        raise FitError("asked for")

    own.problems.clear()
    with pytest.raises(FitError):
        own._safely(asked)


class Mirrored:
    """A strategy of several replicas."""

    def __init__(self, replicas: int) -> None:
        self.num_replicas_in_sync = replicas


_DefaultDistributionStrategy = type("_DefaultDistributionStrategy", (Mirrored,), {})


@pytest.mark.parametrize(
    ("given", "distribution", "why"),
    [
        ({}, None, ""),
        ({"_distribute_strategy": None}, None, ""),
        ({"_distribute_strategy": _DefaultDistributionStrategy(1)}, None, ""),
        ({"_distribute_strategy": _DefaultDistributionStrategy(2)}, None, "(_DefaultDistributionStrategy, 2 replicas)"),
        ({"distribute_strategy": Mirrored(1)}, None, "(Mirrored, 1 replicas)"),
        ({"distribute_strategy": object()}, None, "(object, 1 replicas)"),
        ({}, Mirrored(3), "(Mirrored): weights lie on several devices"),
    ],
)
def test_a_distributed_training_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: Any, distribution: Any, why: str
) -> None:
    keras = SimpleNamespace(distribution=SimpleNamespace(distribution=lambda: distribution))
    monkeypatch.setattr(listeners, "keras", keras)
    refusal = listeners._refusal(SimpleNamespace(**given))
    assert why in refusal
    assert bool(refusal) is bool(why)

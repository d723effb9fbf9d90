"""How often a training is looked at, and what that may take."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

import ablate
from ablate.engine.callback import pace
from ablate.engine.callback.pace import FREE, Pace
from ablate.engine.callback.records import Look
from ablate.engine.callback.running_loss import RunningLoss
from tests.engine.callback import kinds


@pytest.mark.parametrize(("passed", "spent"), [(10.0, FREE), (100.0, 3.0), (1000.0, 30.0)])
def test_looks_take_their_share_and_no_more(passed: float, spent: float) -> None:
    kept = Pace(0.03)
    kept.looking = spent - 0.01
    assert kept.affords(passed)
    kept.steps = 0.02
    assert not kept.affords(passed)
    kept.alarm(7)
    assert kept.affords(passed)


@pytest.mark.parametrize(
    ("step", "gap", "fixed", "following"),
    [(0, 50, False, 1), (20, 50, False, 23), (100, 50, False, 115), (1000, 50, False, 1050), (10, 7, True, 17),
     (100, 0, False, 101), (100, 0, True, 100)],
)  # fmt: skip
def test_the_next_look_is_a_share_of_the_steps_away_and_a_gap_at_most(
    step: int, gap: int, fixed: bool, following: int
) -> None:
    kept = Pace(0.03)
    assert (kept.next, kept.every) == (1, 1)
    kept.looked(step, 0.25, gap, fixed=fixed)
    assert kept.next == following
    assert [kept.due(at, 10.0) for at in (following - 1, following)] == [False, True]
    assert (kept.looking, kept.longest) == (0.25, 0.25)
    kept.looked(step, 0.1, gap)
    assert (kept.looking, kept.longest) == pytest.approx((0.35, 0.175))


def test_an_alarm_asks_for_five_looks_and_there_are_three() -> None:
    kept = Pace(0.0)
    kept.looking = FREE + 0.1
    for at in (10, 20, 30, 40):
        kept.alarm(at)
        assert (kept.urgent, kept.alarms) == ((5, 2 - at // 10 + 1) if at < 40 else (0, 0))
        kept.alarm(at + 5)
        assert kept.next == (at if at < 40 else 31), "an alarm while one is answered is none"
        for left in (4, 3, 2, 1, 0, 0):
            kept.looked(30, 0.0, 1)
            assert kept.urgent == (left if at < 40 else 0)
    assert not kept.affords(10.0)


def test_the_loss_is_read_less_often_while_other_steps_are_dear() -> None:
    kept = Pace(0.03)
    kept.steps = 0.05
    seen = []
    for passed in (10.0, 9.9, 9.9, 9.9, 9.9, 9.9, 9.9, 9.9, 10.0, 10.0):
        kept.read(passed)
        seen.append(kept.every)
    assert seen == [1, 2, 4, 8, 16, 32, 64, 64, 32, 16]


def test_many_short_epochs_are_not_all_looked_at() -> None:
    watch = ablate.Watch()
    kinds.dense().fit(kinds.X, kinds.Y, batch_size=192, epochs=130, verbose=0, callbacks=[watch])
    assert watch.course is not None
    looks = [look.step for look in watch.course.looks]
    assert 60 <= len(looks) <= 85
    assert looks[-1] == 130
    assert max(b - a for a, b in itertools.pairwise(looks)) <= 3


@pytest.mark.parametrize("rate", [1000.0, 0.05])
def test_a_loss_that_jumps_to_that_of_guessing_is_looked_at_at_once(
    rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "STEP_SHARE", 1e9)
    monkeypatch.setattr(Pace, "affords", lambda self, _passed: self.urgent > 0 or self.next < 100)
    keras.utils.set_random_seed(0)
    watch, model = ablate.Watch(), kinds.dense()
    rates = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, _logs: setattr(model.optimizer, "learning_rate", rate if epoch == 10 else 0.05)
    )
    model.fit(kinds.X, kinds.Y, batch_size=16, epochs=12, verbose=0, callbacks=[watch, rates])
    assert watch.course is not None
    late = [look.step for look in watch.course.looks if 120 < look.step < 144]
    assert len(late) == (pace.ALARM if rate > 1 else 0)
    assert not late or late[0] <= 126


@pytest.mark.parametrize(
    ("looked", "losses", "jumped"),
    [
        (0.5, [(11, 2.2), (12, 2.1), (13, 2.2)], True),
        (0.5, [(11, 2.2), (12, 1.9), (13, 2.2)], False),
        (1.3, [(11, 2.2), (12, 2.2), (13, 2.2)], False),
        (0.5, [(9, 2.2), (12, 2.2), (13, 2.2)], False),
        (None, [(11, 2.2), (12, 2.2), (13, 2.2)], False),
        (1.15, [(11, 2.2), (12, 2.2), (13, 2.2)], True),
        (1.16, [(11, 2.2), (12, 2.2), (13, 2.2)], False),
        (0.5, [(11, 2.08), (12, 2.2), (13, 2.2)], True),
        (0.5, [(11, 2.07), (12, 2.2), (13, 2.2)], False),
        (0.5, [(10, 2.2), (12, 2.2), (13, 2.2)], False),
        (0.5, [(12, 2.2), (13, 2.2)], False),
        (0.5, [(8, 1.0), (11, 2.2), (12, 2.2), (13, 2.2)], True),
    ],
)
def test_a_loss_jumps_if_three_readings_since_a_low_look_are_near_ln_n(
    looked: float | None, losses: list[tuple[int, float]], jumped: bool
) -> None:
    session: Any = SimpleNamespace(
        looks=[Look(step=10, epoch=1, loss=looked)], losses=losses, labels=SimpleNamespace(classes=10)
    )
    assert RunningLoss(session).jumped is jumped


def held(value: float) -> SimpleNamespace:
    """Return what holds a number as a variable of Keras does."""
    return SimpleNamespace(numpy=lambda: np.asarray(value))


def test_the_running_mean_is_read_as_the_mean_since_the_last_reading() -> None:
    tracker = SimpleNamespace()
    session: Any = SimpleNamespace(model=SimpleNamespace(_loss_tracker=tracker), losses=[], bad=None, step=0)
    loss = RunningLoss(session)
    told = [(5, 10.0, 4.0, 5), (6, 10.0, 4.0, 0), (6, 10.0, 4.0, 0), (8, 16.0, 6.0, 0), (9, math.inf, 7.0, 0)]
    for step, total, count, first in told:
        session.step, tracker.total, tracker.count = step, held(total), held(count)
        assert loss.read(first)
    assert session.losses == [(6, 2.5), (8, 3.0), (9, math.inf)]
    assert session.bad == (8, 9)
    loss.begins()
    session.step, tracker.total, tracker.count = 12, held(4.0), held(2.0)
    assert loss.read(10)
    assert session.losses[-1] == (12, 2.0)

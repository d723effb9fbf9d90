"""How often a training is looked at, and what that may take."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import keras
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
    ],
)
def test_a_loss_jumps_if_three_readings_since_a_low_look_are_near_ln_n(
    looked: float | None, losses: list[tuple[int, float]], jumped: bool
) -> None:
    session: Any = SimpleNamespace(
        looks=[Look(step=10, epoch=1, loss=looked)], losses=losses, labels=SimpleNamespace(classes=10)
    )
    assert RunningLoss(session).jumped is jumped

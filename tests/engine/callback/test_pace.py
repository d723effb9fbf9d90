"""How often a training is looked at, and what that may take."""

from __future__ import annotations

import itertools

import keras
import pytest

import ablate
from ablate.engine.callback import pace
from ablate.engine.callback.pace import FREE, Pace
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

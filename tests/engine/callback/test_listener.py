"""What looking cost, as the callback tells it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ablate.engine.callback.listener import Listener
from ablate.engine.callback.pace import Pace
from ablate.engine.callback.records import Cost


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

"""How often a training is looked at, and what that may take."""

from __future__ import annotations

import itertools

import pytest

import ablate
from ablate.engine.callback.pace import FREE, Pace
from tests.engine.callback import kinds


@pytest.mark.parametrize(("passed", "spent"), [(10.0, FREE), (100.0, 3.0), (1000.0, 30.0)])
def test_looks_take_their_share_and_no_more(passed: float, spent: float) -> None:
    pace = Pace(0.03)
    pace.looking = spent - 0.01
    assert pace.affords(passed)
    pace.looking = spent + 0.01
    assert not pace.affords(passed)


def test_many_short_epochs_are_not_all_looked_at() -> None:
    watch = ablate.Watch()
    kinds.dense().fit(kinds.X, kinds.Y, batch_size=192, epochs=130, verbose=0, callbacks=[watch])
    assert watch.course is not None
    looks = [look.step for look in watch.course.looks]
    assert 60 <= len(looks) <= 85
    assert looks[-1] == 130
    assert max(b - a for a, b in itertools.pairwise(looks)) <= 3

"""States and gains of trials."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.engine.as_is.records import Ending
from ablate.try_remedies import judging
from tests.try_remedies.fake_lab import ending

BAR = judging.bar(np.arange(100) % 10, reachable=0.9)


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (ending(0.9), "escaped"),
        (ending(0.1), "stuck"),
        (Ending(error="ValueError: no"), "failed"),
        (Ending(steps=tuple(range(6)), correct=(10, 90, 90, 90, 10, 10), losses=(1.0,) * 6, rows=100), "collapsed"),
        (
            Ending(steps=(0, 1, 2, 3), correct=(10,) * 4, losses=(1.0, 1.0, 1.0, float("nan")), rows=100, bad_step=2),
            "diverged",
        ),
    ],
)
def test_states(one: Ending, state: str) -> None:
    assert judging.state_of(one, BAR) == state


def test_a_little_above_chance_is_escaped_and_not_learned() -> None:
    seen = judging.tally([ending(0.3), ending(0.9)], BAR)
    assert (seen.escaped, seen.learned) == (2, 1)
    assert not seen.works
    assert seen.words == "2 of 2 above chance, accuracy 0.30 to 0.90"
    assert judging.tally([], BAR).words == "not trained"


def test_the_bar_is_above_the_most_frequent_class() -> None:
    few = judging.bar(np.array([0] * 14 + [1] * 10))
    assert few.majority == pytest.approx(14 / 24)
    assert 20 <= few.count < 24

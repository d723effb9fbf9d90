from __future__ import annotations

import numpy as np
import pytest

from ablate.outcomes.chance_level import Chance
from ablate.outcomes.explanation import explanation
from ablate.outcomes.states import outcome_of
from tests.outcomes.test_states import LOW, curves

CHANCE = Chance(rows=256, classes=10, majority=0.1, luck=0.2, reference=0.98)
NEAR = Chance(rows=100, classes=2, majority=0.5, luck=0.6, reference=0.9)


@pytest.mark.parametrize(
    ("chance", "correct", "state", "said"),
    [
        (CHANCE, [LOW] * 26, "stuck", []),
        (CHANCE, [LOW, *[230] * 10, *[77] * 5], "collapsed", [
            "It held 89.8% for three evaluations, and ends at 30.1%."]),
        (NEAR, [50, *[75] * 25], "unclear", [
            ("It ends at 75.0%: luck gets up to 80.0% right, and half of what an ordinary classifier learns is 70.0%. "
             "More validation rows may tell.")]),
        (CHANCE, [*range(0, 52, 2)], "slow", [
            ("It is on its way: if accuracy goes on as in the last half of training, it is above chance in about "
             "200 more steps.")]),
        (CHANCE, [100, *[99] * 25], "stuck", [
            "This network was right about 39.1% before training, by luck; it is above chance with more than 51.2%."]),
    ],
)  # fmt: skip
def test_what_is_said_beside_a_state(chance: Chance, correct: list[int], state: str, said: list[str]) -> None:
    record = curves(correct, np.linspace(2.4, 2.0, len(correct)))
    assert outcome_of(record, chance).state == state
    first, *rest = explanation(state, record, chance)
    assert first == f"Here {chance.text()}."
    assert rest == said

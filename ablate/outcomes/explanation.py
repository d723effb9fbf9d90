"""Say why a trial's state is what it is: its bar, how deep it fell, how many more steps it would need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ablate.outcomes import states
from ablate.outcomes.curves import PROBE_LOSS
from ablate.outcomes.on_its_way import steps_more

if TYPE_CHECKING:
    from ablate.outcomes.chance_level import Chance
    from ablate.outcomes.curves import Curves


def explanation(state: str, curves: Curves, chance: Chance) -> list[str]:
    """Return sentences on how a trial ended; the first says what is above chance.

    Args:
        state: the trial's state.
        curves: its record.
        chance: the chance level of its task.
    """
    return list(_sentences(state, curves, chance))


def _sentences(state: str, curves: Curves, chance: Chance) -> Iterator[str]:
    yield f"Here {chance.text()}."
    correct = curves.signals.get("correct", np.zeros(0))
    if not len(correct):
        return
    fresh = "start_correct" not in curves.signals
    bar, end = states.least(correct, chance, fresh=fresh) - 1, float(np.median(correct[-3:])) / chance.rows
    if bar > chance.count:
        yield (
            f"This network was right about {correct[0] / chance.rows:.1%} before training, by luck; it is above chance "
            f"with more than {bar / chance.rows:.1%}."
        )
    if state == "collapsed":
        yield f"It held {states.held(correct) / chance.rows:.1%} for three evaluations, and ends at {end:.1%}."
    if state == "slow":
        yield _slow(curves, bar, known=max(int(correct[0]) if fresh else 0, chance.constant))
    if state == "unclear":
        half = (chance.majority + chance.reference) / 2
        yield (
            f"It ends at {end:.1%}: luck gets up to {bar / chance.rows:.1%} right, and half of what an ordinary "
            f"classifier learns is {half:.1%}. More validation rows may tell."
        )


def _slow(curves: Curves, bar: int, *, known: int) -> str:
    steps, correct, loss = (curves.signals[name] for name in ("step", "correct", PROBE_LOSS))
    more = steps_more(steps, correct, loss, bar, known=known)
    if not more:
        return "It is above chance at the end, but not yet for three evaluations: train on."
    return (
        f"It is on its way: if accuracy goes on as in the last half of training, it is above chance in about {more:,} "
        "more steps."
    )

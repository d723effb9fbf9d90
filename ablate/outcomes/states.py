"""How a trial ended, read from its stored curves alone. If the chance level changes, nothing is trained again.

The first state that fits is taken, in this order: failed, diverged, escaped, collapsed, slow, unclear, stuck. An
evaluation is above chance if more rows are right than luck explains, for a network that started as this one did
(`Chance.bar`). "Sustained" means three evaluations in a row; the end is the median of the last three.

- escaped: was sustained above chance, ends above chance, and has kept at least half of what it had won.
- collapsed: was sustained above chance, and ends at chance or has lost more than half of what it had won.
- slow: was never sustained above chance, and is on its way there (`on_its_way`).
- unclear: was never sustained above chance, and ends where luck and half of all learning cannot be told apart.
- stuck: the rest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ablate.outcomes.chance_level import RUN
from ablate.outcomes.curves import PROBE_LOSS
from ablate.outcomes.on_its_way import steps_more

if TYPE_CHECKING:
    import numpy as np

    from ablate.outcomes.chance_level import Chance
    from ablate.outcomes.curves import Curves

STATES = ("failed", "diverged", "escaped", "collapsed", "slow", "unclear", "stuck")

ABOVE_CHANCE = "above_chance"
"""State of a first phase that lost more than half of what it had won, but ended above chance. The network is not at
1/N, so a trial that continues from there cannot show an escape."""

OUTCOME_COLUMNS = (
    "state",
    "time",
    "escaped",
    "after_escape",
    "start_state",
    "best_accuracy",
    "final_accuracy",
    "bad_step",
    "bad_tensor",
    "message",
    "wall_seconds",
    "task_hash",
)
"""Columns of a frame of trials that say how they ended; its other columns are `id`, `seed` and the factors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a trial ended; runner, store and sources of trials pass on this record.

    Attributes:
        state: one of STATES.
        time: training steps until the first evaluation of the first sustained run above chance; None if there was none.
            A collapsed trial, and one that diverged after it escaped, has a time too.
        after_escape: whether a diverged trial had been sustained above chance before its bad step.
        start_state: the state in which the first phase ended, or ABOVE_CHANCE if it collapsed but left the network
            above chance; empty if the trial has none.
        best_accuracy: largest share of correct validation rows at any evaluation; NaN without evaluations.
        final_accuracy: share of correct validation rows at the last evaluation; NaN without evaluations.
        attempt: how often the trial has been trained, this time included; more than 1 only after failures.
    """

    state: str
    time: int | None = None
    after_escape: bool = False
    start_state: str = ""
    best_accuracy: float = math.nan
    final_accuracy: float = math.nan
    attempt: int = 1


def outcome_of(curves: Curves, chance: Chance) -> Outcome:
    """Return how a trial ended.

    Args:
        curves: the trial's record.
        chance: the chance level of its task.
    """
    signals = curves.signals
    start = _start_state(signals, chance) if "start_correct" in signals else ""
    if curves.message or "correct" not in signals or len(signals["correct"]) == 0:
        return Outcome(state="failed", start_state=start)
    correct, steps = signals["correct"], signals["step"]
    state, first = state_of(steps, correct, signals[PROBE_LOSS], chance, curves.bad_step, fresh=not start)
    return Outcome(
        state=state,
        time=None if first is None else int(steps[first]),
        after_escape=state == "diverged" and first is not None,
        start_state=start,
        best_accuracy=float(correct.max()) / chance.rows,
        final_accuracy=float(correct[-1]) / chance.rows,
    )


def state_of(
    steps: np.ndarray,
    correct: np.ndarray,
    loss: np.ndarray,
    chance: Chance,
    bad_step: int = -1,
    *,
    fresh: bool = True,
) -> tuple[str, int | None]:
    """Return the state of a trial that did not fail, and when it first rose above chance.

    Args:
        steps: training steps before each evaluation, [evaluations + 1].
        correct: number of correct validation rows, [evaluations + 1].
        loss: loss on the validation rows, [evaluations + 1].
        chance: the chance level of the task.
        bad_step: the step that broke the trial, or -1; evaluations from there on do not count as above chance.
        fresh: whether the first evaluation is of an untrained network.

    Returns:
        One of STATES, and the index of the first evaluation of the first sustained run above chance; None without one.

    Examples:
        >>> import numpy as np
        >>> from ablate.outcomes.chance_level import Chance
        >>> ten = Chance(rows=256, classes=10, majority=0.1, luck=0.2, reference=1.0)
        >>> steps, loss = np.arange(6) * 10, np.full(6, 2.3)
        >>> state_of(steps, np.array([9, 9, 80, 80, 80, 80]), loss, ten)
        ('escaped', 2)
        >>> state_of(steps, np.array([9, 230, 230, 230, 90, 90]), loss, ten)
        ('collapsed', 1)
    """
    start = int(correct[0]) if fresh else 0
    bar = chance.bar(start)
    above = correct > bar
    if bad_step >= 0:
        return "diverged", _sustained(above & (steps < bad_step))
    first = _sustained(above)
    end = float(sorted(correct[-RUN:].tolist())[len(correct[-RUN:]) // 2])
    if first is not None:
        return ("escaped" if end >= keeps(correct, chance, fresh=fresh) else "collapsed"), first
    if steps_more(steps, correct, loss, bar, known=max(start, chance.constant)) is not None:
        return "slow", None
    # A network whose start was lucky has a higher bar; it may have learned as much as another that escapes.
    return ("unclear" if end > max(start, chance.bar(0, chance.half - 1e-6)) else "stuck"), None


def least(correct: np.ndarray, chance: Chance, *, fresh: bool = True) -> int:
    """Return the fewest correct rows with which an evaluation of this trial is above chance.

    Args:
        correct: number of correct validation rows, [evaluations + 1].
        chance: the chance level of the task.
        fresh: whether the first evaluation is of an untrained network.
    """
    return chance.bar(int(correct[0]) if fresh else 0) + 1


def keeps(correct: np.ndarray, chance: Chance, *, fresh: bool = True) -> float:
    """Return the correct rows below which a trial that was above chance has fallen: to chance, or by half of its gain.

    Args:
        correct: number of correct validation rows, [evaluations + 1].
        chance: the chance level of the task.
        fresh: whether the first evaluation is of an untrained network.
    """
    known = max(int(correct[0]) if fresh else 0, chance.constant)
    return max(least(correct, chance, fresh=fresh), known + (held(correct) - known) / 2)


def held(correct: np.ndarray) -> float:
    """Return the most correct rows that a trial held for three evaluations in a row."""
    import numpy as np

    return float(np.lib.stride_tricks.sliding_window_view(correct, min(RUN, len(correct))).min(axis=1).max())


def _sustained(above: np.ndarray) -> int | None:
    """Return the index at which the first RUN evaluations in a row above chance begin; None if there are no such."""
    in_a_row = 0
    for index, is_above in enumerate(above.tolist()):
        in_a_row = in_a_row + 1 if is_above else 0
        if in_a_row == RUN:
            return index - RUN + 1
    return None


def _start_state(signals: Mapping[str, np.ndarray], chance: Chance) -> str:
    """Return the state of the first phase, by `state_of`, or ABOVE_CHANCE.

    A first phase diverged if its loss is not finite at an evaluation.
    """
    import numpy as np

    if len(signals["start_correct"]) == 0:
        return "failed"
    loss, steps, correct = signals["start_loss"], signals["start_step"], signals["start_correct"]
    broken = np.flatnonzero(~np.isfinite(loss))
    bad_step = int(steps[broken[0]]) if len(broken) else -1
    state = state_of(steps, correct, loss, chance, bad_step)[0]
    return ABOVE_CHANCE if state == "collapsed" and correct[-1] >= least(correct, chance) else state

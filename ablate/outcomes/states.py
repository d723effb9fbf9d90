"""How a trial ended, read from its stored curves alone. If the chance level changes, nothing is trained again.

The first state that fits is taken, in this order: failed, diverged, escaped, collapsed, slow, stuck. An evaluation is
above chance if more than `Chance.count` of the validation rows are correct. "Sustained" means three in a row.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ablate.outcomes.curves import PROBE_LOSS

if TYPE_CHECKING:
    import numpy as np

    from ablate.outcomes.chance_level import Chance
    from ablate.outcomes.curves import Curves

STATES = ("failed", "diverged", "escaped", "collapsed", "slow", "stuck")

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

RUN = 3
"""Evaluations in a row above chance that count as sustained."""

TREND = 0.01
"""A trial is `slow` if the Mann-Kendall test has a p-value below this, and the loss falls by more than this share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a trial ended; runner, store and sources of trials pass on this record.

    Attributes:
        state: one of STATES.
        time: training steps until the first evaluation of the first sustained run above chance; None if there was none.
            A collapsed trial, and one that diverged after it escaped, has a time too.
        after_escape: whether a diverged trial had been sustained above chance before its bad step.
        start_state: the state in which the first phase ended; empty if the trial has none.
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
    state, first = state_of(steps, correct, signals[PROBE_LOSS], chance.count, curves.bad_step)
    return Outcome(
        state=state,
        time=None if first is None else int(steps[first]),
        after_escape=state == "diverged" and first is not None,
        start_state=start,
        best_accuracy=float(correct.max()) / chance.rows,
        final_accuracy=float(correct[-1]) / chance.rows,
    )


def state_of(
    steps: np.ndarray, correct: np.ndarray, loss: np.ndarray, count: int, bad_step: int = -1
) -> tuple[str, int | None]:
    """Return the state of a trial that did not fail, and when it first rose above chance.

    Args:
        steps: training steps before each evaluation, [evaluations + 1].
        correct: number of correct validation rows, [evaluations + 1].
        loss: loss on the validation rows, [evaluations + 1].
        count: an evaluation is above chance if more than this many rows are correct.
        bad_step: the step that broke the trial, or -1; evaluations from there on do not count as above chance.

    Returns:
        One of STATES, and the index of the first evaluation of the first sustained run above chance; None without one.

    Examples:
        >>> import numpy as np
        >>> steps, loss = np.arange(6) * 10, np.full(6, 2.3)
        >>> state_of(steps, np.array([9, 9, 80, 80, 80, 80]), loss, 70)
        ('escaped', 2)
        >>> state_of(steps, np.array([9, 80, 80, 80, 9, 9]), loss, 70)
        ('collapsed', 1)
    """
    above = correct > count
    if bad_step >= 0:
        return "diverged", _sustained(above & (steps < bad_step))
    first = _sustained(above)
    if first is not None:
        return ("escaped" if above[-RUN:].all() else "collapsed"), first
    return ("slow" if _falls(loss[-(len(loss) // 2) :]) else "stuck"), None


def _sustained(above: np.ndarray) -> int | None:
    """Return the index at which the first RUN evaluations in a row above chance begin; None if there are no such."""
    in_a_row = 0
    for index, is_above in enumerate(above.tolist()):
        in_a_row = in_a_row + 1 if is_above else 0
        if in_a_row == RUN:
            return index - RUN + 1
    return None


def _start_state(signals: Mapping[str, np.ndarray], chance: Chance) -> str:
    """Return the state of the first phase, by `state_of`; it diverged if its loss is not finite at an evaluation."""
    import numpy as np

    if len(signals["start_correct"]) == 0:
        return "failed"
    loss, steps = signals["start_loss"], signals["start_step"]
    broken = np.flatnonzero(~np.isfinite(loss))
    bad_step = int(steps[broken[0]]) if len(broken) else -1
    return state_of(steps, signals["start_correct"], loss, chance.count, bad_step)[0]


def _falls(loss: np.ndarray) -> bool:
    """Return whether a loss falls: a Mann-Kendall trend downwards with p < .01, and an end more than 1 % lower."""
    import numpy as np

    if len(loss) < 2 or not np.isfinite(loss).all():
        return False
    if not float(loss[0]) - float(loss[-1]) > TREND * abs(float(loss[0])):
        return False
    score, _, p = _mann_kendall(loss)
    return score < 0 and p < TREND


def _mann_kendall(values: np.ndarray) -> tuple[int, float, float]:
    """Test for a trend: return Mann and Kendall's score S, its variance without a trend, and the two-sided p-value.

    S is the number of pairs that rise minus the number that fall. Its variance is corrected for ties,
    (n (n - 1) (2 n + 5) - sum over groups of t ties of t (t - 1) (2 t + 5)) / 18, and p is the normal approximation
    with continuity correction.

    Source: M. G. Kendall (1975), Rank Correlation Methods, 4th ed., sections 4.9 and 5; R. O. Gilbert (1987),
    Statistical Methods for Environmental Pollution Monitoring, section 16.4.2.

    Examples:
        >>> import numpy as np
        >>> score, variance, p = _mann_kendall(np.array([5.0, 4.0, 3.0, 2.0, 1.0]))
        >>> score, round(variance, 3), round(p, 4)
        (-10, 16.667, 0.0275)
    """
    import numpy as np

    count = len(values)
    score = int(np.sign(values[None, :] - values[:, None])[np.triu_indices(count, 1)].sum())
    ties = np.unique(values, return_counts=True)[1]
    variance = (count * (count - 1) * (2 * count + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18.0
    if score == 0 or variance <= 0:
        return score, variance, 1.0
    return score, variance, math.erfc((abs(score) - 1) / math.sqrt(2.0 * variance))

"""Whether a network that is not above chance is on its way there, and how many more steps it would need."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

TREND = 0.01
"""A trend counts if the Mann-Kendall test has a p-value below this; a loss must also fall by more than this share."""

FARTHEST = 10
"""A network is on its way only if it would need at most this many times the steps that it has been trained."""


def steps_more(steps: np.ndarray, correct: np.ndarray, loss: np.ndarray, bar: int, *, known: int) -> int | None:
    """Return how many more steps a network needs to get above chance, if it goes on as in the last half of training.

    It is on its way if over the last half of its evaluations the loss on the validation rows falls, more and more of
    these rows are right, and more are right than a constant prediction and its start get right. The projection is a
    straight line with the Theil-Sen slope, the median of the slopes between any two of these evaluations.

    Args:
        steps: training steps before each evaluation, [evaluations + 1].
        correct: number of correct validation rows, [evaluations + 1].
        loss: loss on the validation rows, [evaluations + 1].
        bar: an evaluation is above chance if more than this many rows are correct.
        known: rows that the better of a constant prediction and the untrained network gets right.

    Returns:
        The steps; 0 if the network is above chance at the end already; None if it is not on its way.

    Examples:
        >>> import numpy as np
        >>> way = dict(steps=np.arange(0, 260, 10), correct=np.arange(26.0), loss=np.linspace(2.3, 1.8, 26))
        >>> steps_more(**way, bar=33, known=10), steps_more(**way, bar=1000, known=10)
        (100, None)
    """
    import numpy as np

    end = float(np.median(correct[-3:]))
    if end > bar:
        return 0
    half = slice(-(len(correct) // 2), None)
    if end <= known or not _falls(loss[half]) or not _rises(correct[half]):
        return None
    first, second = np.triu_indices(len(steps[half]), 1)
    slopes = (correct[half][second] - correct[half][first]) / (steps[half][second] - steps[half][first])
    slope = float(np.median(slopes))
    more = math.ceil((bar + 1 - end) / slope) if slope > 0 else math.inf
    return int(more) if more <= FARTHEST * float(steps[-1]) else None


def _rises(correct: np.ndarray) -> bool:
    score, _, p = _mann_kendall(correct)
    return score > 0 and p < TREND


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

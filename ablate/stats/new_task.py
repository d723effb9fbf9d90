"""Predict what a remedy is worth on a new task, from its effects on several tasks.

The effects are taken to vary from task to task around a mean (a random-effects meta-analysis). The variance between
tasks is Paule and Mandel's, and the error of the mean that of Hartung, Knapp, Sidik and Jonkman; both are those of
statsmodels. The prediction interval is that of Higgins, Thompson and Spiegelhalter (JRSS A 172, 2009) with that error,
but with a larger variance between tasks: the upper 75 % limit of the Q profile (Viechtbauer, Statistics in Medicine 26,
2007). With the estimate itself it holds .88 of new tasks, if the variance is small beside that of sampling
(`validation/reviewers.py`). With few tasks it is wide, as it must be. It says where the effect on a new task lies that
is drawn like these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from ablate.stats.clustered import t_quantile

CAREFUL = 0.25
"""The quantile of Cochran's Q at which the variance between tasks is read for a prediction."""

LARGEST = 16.0
"""No variance between differences of rates is larger than 1; this is beyond any root."""

FEWEST = 3
"""The fewest tasks from which the effect on a new one is predicted."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A remedy's effect over tasks.

    Attributes:
        tasks: how many tasks it was tried on.
        mean, low, high: the mean effect over tasks, with its interval.
        between: the standard deviation of the effect between tasks.
        new_low, new_high: the prediction interval of the effect on a new task; NaN with fewer than FEWEST tasks.
    """

    tasks: int
    mean: float
    low: float
    high: float
    between: float
    new_low: float
    new_high: float


def effect(gained: int, lost: int, pairs: int) -> tuple[float, float]:
    """Return a paired difference of rates on one task, and its variance (Bonett and Price, 2012).

    The variance counts one more pair that gained and one that lost, so that it is never 0.

    Args:
        gained: pairs in which only the first level ended in the state.
        lost: pairs in which only the second level did.
        pairs: all pairs.

    Examples:
        >>> gap, variance = effect(20, 0, 20)
        >>> gap, round(variance, 4)
        (1.0, 0.0079)
    """
    more, less = (gained + 1) / (pairs + 2), (lost + 1) / (pairs + 2)
    return (gained - lost) / pairs, (more + less - (more - less) ** 2) / (pairs + 2)


def predict(effects: np.ndarray, variances: np.ndarray, confidence: float = 0.95) -> Prediction:
    """Return the mean effect over tasks and the prediction for a new one.

    Args:
        effects: [tasks] differences of escape rates.
        variances: [tasks] their sampling variances.
        confidence: of both intervals, two-sided, in (0, 1).

    Raises:
        ValueError: fewer than two tasks.
    """
    from statsmodels.stats.meta_analysis import combine_effects

    effects, variances = np.asarray(effects, float), np.asarray(variances, float)
    tasks = len(effects)
    if tasks < 2:
        raise ValueError(f"Effects on at least two tasks are needed. Received: {tasks}.")
    with np.errstate(divide="ignore"):  # equal effects have no heterogeneity, by which it divides
        pooled = combine_effects(effects, variances, method_re="iterated", use_t=True)
    # If tasks happen to agree, that error would be too small: it is at least the usual one (Roever et al., 2015).
    error = max(float(pooled.sd_eff_w_re_hksj), float(pooled.sd_eff_w_re))
    mean, between = float(pooled.mean_effect_re), float(pooled.tau2)
    half = float(t_quantile(tasks - 1.0, confidence)) * error
    low, high = (float(np.clip(mean + sign * half, -1, 1)) for sign in (-1, 1))
    new = _new_task(effects, variances, confidence) if tasks >= FEWEST else (float("nan"), float("nan"))
    return Prediction(
        tasks=tasks,
        mean=mean,
        low=low,
        high=high,
        between=float(np.sqrt(between)),
        new_low=new[0],
        new_high=new[1],
    )


def _new_task(effects: np.ndarray, variances: np.ndarray, confidence: float) -> tuple[float, float]:
    """Return the prediction interval, with the careful variance between tasks."""
    between, tasks = _careful_variance(effects, variances), len(effects)
    weights = 1 / (variances + between)
    mean = float((weights * effects).sum() / weights.sum())
    spread = float((weights * (effects - mean) ** 2).sum()) / (tasks - 1)
    error = np.sqrt(max(spread, 1.0) / weights.sum())
    half = float(t_quantile(tasks - 2.0, confidence)) * np.sqrt(between + error**2)
    return max(mean - half, -1.0), min(mean + half, 1.0)


def _careful_variance(effects: np.ndarray, variances: np.ndarray) -> float:
    """Return the variance between tasks at which Cochran's Q is at its lower quartile; 0 if it is below without any."""
    from scipy import optimize

    aim = float(special.chdtri(len(effects) - 1, 1 - CAREFUL))

    def excess(between: float) -> float:
        weights = 1 / (variances + between)
        mean = (weights * effects).sum() / weights.sum()
        return float((weights * (effects - mean) ** 2).sum()) - aim

    return 0.0 if excess(0.0) <= 0 else float(optimize.brentq(excess, 0.0, LARGEST))

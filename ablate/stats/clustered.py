"""Compute intervals of means over seeds that trials share: the seed is the unit, whatever is averaged within it.

`bounded_mean` is for values with known ends: a rate, an incidence, a share of the budget, a paired difference. It
promises 95 % in any world in which the seeds are drawn independently and their number does not depend on the results,
also where a few seeds fail in all settings. `validation/together.py` measures .96 to 1.00. `signed_mean` is for the
effects of a grid, which have no such ends; where rare seeds behave unlike all others, it promises less.
Only scipy.special is loaded: scipy.stats and statsmodels take seconds to import, and `ablate table` needs neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

HALVINGS = 30
"""Bisection steps; limits are exact to 1e-9."""

TINY, CLOSE, PART = 1e-15, 1e-8, 250
"""`bounded_mean` finds limits to CLOSE, with probabilities of at least TINY, for PART rows at a time."""

UNSEEN = 1.5
"""`signed_mean` adds the variance of this many discordant trials, which did not occur."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Means over independent seeds with their intervals, as arrays of one shape.

    Attributes:
        estimate: the means.
        low, high: two-sided limits.
        error: the plain standard errors over seeds; NaN for one seed.
        seeds: the numbers of seeds.
    """

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    error: np.ndarray
    seeds: np.ndarray


def t_quantile(df: np.ndarray | float, confidence: float) -> np.ndarray:
    """Return the two-sided Student t quantile.

    Args:
        df: degrees of freedom.
        confidence: two-sided, in (0, 1).

    Examples:
        >>> float(t_quantile(9.0, 0.95).round(4))
        2.2622
    """
    return np.asarray(special.stdtrit(df, 0.5 + confidence / 2))


def seed_means(sums: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Return one value per seed, so that the mean of these values is the mean over all trials.

    If every seed has the same number of trials, a seed's value is the mean of its trials. Otherwise it is the
    linearised ratio, so that the spread of the values is that of the ratio (Cochran, Sampling Techniques, 1977, section
    6.3).

    Args:
        sums: [..., seeds] sum of the values of each seed's trials.
        trials: [..., seeds] number of trials; a seed without any becomes NaN.
    """
    sums, trials = np.broadcast_arrays(np.asarray(sums, float), np.asarray(trials, float))
    total = trials.sum(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = sums.sum(-1, keepdims=True) / total
        seeds = (trials > 0).sum(-1, keepdims=True)
        return np.where(trials > 0, ratio + (sums - ratio * trials) * seeds / total, np.nan)


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return count, mean, sum of squared deviations and excess kurtosis over the last axis, without NaN values."""
    present = ~np.isnan(values)
    seeds = present.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(present, values, 0.0).sum(-1) / seeds
        deviations = np.where(present, values - mean[..., None], 0.0)
        deviations[np.abs(deviations) < 1e-12] = 0.0
        squares = (deviations**2).sum(-1)
        kurtosis = np.where(squares > 0, (deviations**4).sum(-1) * seeds / squares**2, 3.0) - 3.0
    return seeds, mean, squares, kurtosis


def balanced(values: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
    """Return one value per seed, so that their mean is the mean over settings of each setting's own mean.

    Every setting counts equally, however many seeds it has. If all have the same seeds, a seed's value is the mean of
    its trials. Otherwise it is linearised, so that the spread of the values is that of the mean (Cochran, Sampling
    Techniques, 1977, section 6.3). Results must not decide which seeds a setting has.

    Args:
        values: [..., settings, seeds] the values of trials; NaN without a trial.
        at: [..., settings] what a seed would give in each setting. The values that seeds would then have are returned,
            instead of those that they have.

    Returns:
        [..., seeds]; NaN for a seed without any trial.
    """
    present = ~np.isnan(values)
    filled = np.where(present, values, 0.0)
    trials, seeds = present.sum(-1, keepdims=True), present.any(-2, keepdims=True).sum(-1, keepdims=True)
    settings = (trials > 0).sum(-2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(trials > 0, filled.sum(-1, keepdims=True) / trials, 0.0)
        weights = np.where(present, seeds / settings / trials, 0.0)
        mean = means.sum(-2) / settings[..., 0, :]
    given = filled if at is None else np.asarray(at, float)[..., None]
    return np.where(present.any(-2), mean + (weights * (given - means)).sum(-2), np.nan)


def bounded_mean(
    values: np.ndarray,
    least: np.ndarray | float = 0.0,
    most: np.ndarray | float = 1.0,
    *,
    confidence: float = 0.95,
) -> Interval:
    """Return the interval of a mean over seeds of values from `least` to `most`.

    The lower limit is Gaffke's (Journal of the Korean Statistical Society, 2005; see Learned-Miller and Thomas, 2019):
    the quantile of a mean of the values and of `least`, with random weights that are uniform among those that sum to 1.
    The upper limit mirrors it. For values 0 and 1 it is Clopper and Pearson's interval. It allows for seeds that were
    not drawn and lie at the ends: with 8 equal seeds of value 1 it starts at .63. It is monotone: no value that falls
    can raise a limit. So one more failure never makes a claim stronger. That its coverage is at least nominal is not
    proven for all distributions; no exception is known.

    Args:
        values: [..., seeds], NaN for a missing seed.
        least: [...] the least that a seed can give; a seen value below it takes its place.
        most: [...] the most that a seed can give, likewise.
        confidence: two-sided, in (0, 1).

    Examples:
        >>> found = bounded_mean(np.array([1.0] * 7 + [0.0]))
        >>> round(float(found.low), 3), round(float(found.high), 3)
        (0.473, 0.997)
    """
    values = np.asarray(values, float)
    seeds, mean, squares, _ = _moments(values)
    rows = values.reshape(-1, values.shape[-1])
    ends = [np.broadcast_to(np.asarray(end, float), mean.shape).ravel() for end in (least, most)]
    limits = np.full((2, len(rows)), np.nan)
    counts = seeds.ravel()
    for count in np.unique(counts[counts > 0]):
        at = counts == count
        there = rows[at][~np.isnan(rows[at])].reshape(-1, count)
        limits[0, at] = _lower_limit(there, ends[0][at], (1 - confidence) / 2)
        limits[1, at] = -_lower_limit(-there, -ends[1][at], (1 - confidence) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.where(seeds > 1, np.sqrt(squares / (seeds - 1) / seeds), np.nan)
    low, high = limits.reshape(2, *mean.shape)
    return Interval(estimate=mean, low=low, high=high, error=error, seeds=seeds)


def equality_p(values: np.ndarray, least: np.ndarray | float, most: np.ndarray | float, at: float = 0.0) -> np.ndarray:
    """Return the two-sided p-value that the mean over seeds is `at`: below .05 if the 95 % interval leaves it out.

    Args:
        values: [..., seeds], NaN for a missing seed.
        least: [...] the least that a seed can give, as in `bounded_mean`.
        most: [...] the most.
        at: the mean that is tested.

    Examples:
        >>> float(equality_p(np.array([1.0] * 6), -1.0, 1.0).round(4)), float(equality_p(np.zeros(6), -1.0, 1.0))
        (0.0312, 1.0)
    """
    above, below = tails(values, least, most, at)
    return np.asarray(np.minimum(2 * np.minimum(above, below), 1.0))


def tails(
    values: np.ndarray, least: np.ndarray | float, most: np.ndarray | float, at: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return one-sided p-values: that the mean over seeds is `at` or less, and that it is `at` or more.

    Each is below an error rate if the one-sided limit of `bounded_mean` with that error leaves `at` out.

    Args:
        values: [..., seeds], NaN for a missing seed.
        least: [...] the least that a seed can give, as in `bounded_mean`.
        most: [...] the most.
        at: the mean that is tested.

    Examples:
        >>> below, above = tails(np.zeros(29), -1.0, 1.0, 0.1)
        >>> float(below), round(float(above), 3)
        (1.0, 0.047)
    """
    values = np.asarray(values, float)
    shape = values.shape[:-1]
    lower, upper = (np.broadcast_to(np.asarray(end, float), shape).ravel() for end in (least, most))
    rows = values.reshape(-1, values.shape[-1])
    counts = (~np.isnan(rows)).sum(1)
    p = np.full((2, len(rows)), np.nan)
    for count in np.unique(counts[counts > 0]):
        some = counts == count
        there = rows[some][~np.isnan(rows[some])].reshape(-1, count)
        tried = np.full(len(there), at)
        p[0, some] = 1 - _beyond(_knots(there, lower[some]), tried)
        p[1, some] = 1 - _beyond(_knots(-there, -upper[some]), -tried)
    return p[0].reshape(shape), p[1].reshape(shape)


def _lower_limit(values: np.ndarray, least: np.ndarray, tail: float) -> np.ndarray:
    """Return the `tail` quantile of the randomly weighted mean of each row's values and `least`.

    The root is found by false position with halving (the Illinois method) on the normal scale, on which the probability
    is almost a straight line. Pages have thousands of rows: equal ones are computed once, the rest in parts that fit
    the processor's cache.
    """
    rows, which = np.unique(_knots(values, least).T, axis=0, return_inverse=True)
    parts = [_quantile(part.T, tail) for part in np.array_split(rows, -(-len(rows) // PART))]
    return np.concatenate(parts)[which.ravel()]


def _quantile(knots: np.ndarray, tail: float) -> np.ndarray:
    aim = special.ndtri(tail)

    def distance(tried: np.ndarray) -> np.ndarray:
        return np.asarray(special.ndtri(np.clip(1 - _beyond(knots, tried), TINY, 1 - TINY)) - aim)

    low, high = knots[0], knots[1:].mean(0)
    at_low, at_high = np.full_like(low, special.ndtri(TINY) - aim), distance(high)
    tried, was_above = low, np.zeros(low.shape, int)
    for _ in range(HALVINGS):
        before, tried = tried, low + (high - low) * np.clip(at_low / (at_low - at_high), 0.01, 0.99)
        now = distance(tried)
        above = now > 0
        at_low = np.where(above, np.where(was_above > 0, at_low / 2, at_low), now)
        at_high = np.where(above, now, np.where(was_above < 0, at_high / 2, at_high))
        low, high, was_above = np.where(above, low, tried), np.where(above, tried, high), np.where(above, 1, -1)
        if np.abs(tried - before).max(initial=0) < CLOSE:
            break
    return np.asarray(tried)


def _knots(values: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Return [1 + seeds, rows]: the end and the values of each row, in ascending order."""
    end = np.minimum(least, values.min(1))
    return np.concatenate([end[None], np.sort(values, axis=1).T])


def _beyond(knots: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """Return the probability that the mean of the knots with uniform random weights exceeds a number.

    The density of this mean is the B-spline of the knots (Curry and Schoenberg, Journal d'Analyse Mathematique 17,
    1966). Its tail is a divided difference, computed by averages of neighbours only, which is exact to rounding.

    Args:
        knots: [1 + seeds, rows] ascending.
        tried: [rows].
    """
    above = (knots > tried).astype(float)
    for width in range(1, len(knots)):
        right, span = knots[width:], knots[width:] - knots[:-width]
        share = np.clip((right - tried) / np.where(span > 0, span, 1.0), 0.0, 1.0)
        above = above[:-1] + share * (above[1:] - above[:-1])
    return np.asarray(above[0])


def bisect(inner: np.ndarray, outer: np.ndarray, holds: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the limit up to which a condition holds, by HALVINGS bisection steps between two points.

    Args:
        inner: points at which it holds.
        outer: points of the same shape beyond the limit.
        holds: points -> whether the condition holds there.
    """
    for _ in range(HALVINGS):
        middle = (inner + outer) / 2
        kept = holds(middle)
        inner, outer = np.where(kept, middle, inner), np.where(kept, outer, middle)
    return outer


def signed_mean(values: np.ndarray, *, unit: np.ndarray | float, confidence: float = 0.95) -> Interval:
    """Return the interval of a mean over seeds of an effect in a grid.

    It is Student's t interval over seeds with two changes, both of which `validation/coverage.py` measures. The
    variance of UNSEEN trials is added, so that an interval has a positive width even if no seed differs (Bonett and
    Price, 2012, add two discordant pairs). The degrees of freedom are Satterthwaite's (1946) for the kurtosis of the
    values, because rare differences make the variance itself uncertain. It covers 93 to 98 % where seeds differ by
    degrees, and less where few seeds behave unlike all others: an effect that few seeds have is seldom drawn.

    Args:
        values: [..., seeds], NaN for a missing seed.
        unit: how much one trial can change one seed's value.
        confidence: two-sided, in (0, 1).
    """
    seeds, mean, squares, kurtosis = _moments(np.asarray(values, float))
    with np.errstate(invalid="ignore", divide="ignore"):
        spare = np.maximum(seeds - 1, 1)
        error = np.where(seeds > 1, np.sqrt(squares / spare / seeds), np.nan)
        widened = np.sqrt((squares + UNSEEN * np.asarray(unit) ** 2) / spare / seeds)
        free = np.clip(2 / (np.maximum(kurtosis, 0) / seeds + 2 / spare), np.minimum(2, spare), spare)
        half = widened * t_quantile(free, confidence)
    return Interval(estimate=mean, low=mean - half, high=mean + half, error=error, seeds=seeds)

"""Compute intervals of means over seeds that trials share: the seed is the unit, whatever is averaged within it.

Two kinds of mean need two methods. `unit_mean` is for values in [0, 1]: a rate, an incidence, a share of the budget.
Its interval stays in [0, 1] and has a positive width at 0 and 1. `signed_mean` is for differences and effects.
`validation/coverage.py` measures how often both contain the true value. Only scipy.special is loaded: scipy.stats and
statsmodels take seconds to import, and `ablate table` needs neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

HALVINGS = 36
"""Bisection steps; limits are exact to 1e-10."""

GROWTH = 1 / 3
"""Away from the estimate, the correlation within a seed grows as p(1 - p) to this power; see `unit_mean`."""

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


def unit_mean(
    values: np.ndarray, *, trials: np.ndarray | float = np.inf, floor: float = 0.0, confidence: float = 0.95
) -> Interval:
    """Return the interval of a mean over seeds of values in [0, 1].

    The method is Korn and Graubard's (Survey Methodology 24, 1998): a Clopper-Pearson interval at the effective sample
    size p(1 - p) / V. V is the variance of the mean over seeds; the size is reduced by (z / t)^2 because V is
    estimated. Their interval covers 92 % near .1 with 10 seeds: V is too small if no seed that succeeds was drawn. In
    this function, the correlation within a seed grows as (p(1 - p))^GROWTH away from the estimate, as in a logit-normal
    model. The effective size is computed at each limit that is tried. This covers 94 to 97.6 % for rates .1-.9, 24
    settings and 10-64 seeds. If all seeds have the same value, the effective size is the number of seeds, so that every
    interval has a positive width.

    Args:
        values: [..., seeds], NaN for a missing seed.
        trials: [...] trials behind each mean; the effective size of counts cannot exceed it.
        floor: smallest variance of one seed's value that can be observed (the resolution of a time); 0 for counts.
        confidence: two-sided, in (0, 1).
    """
    seeds, mean, squares, _ = _moments(np.asarray(values, float))
    mean = np.clip(mean, 0.0, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.maximum(squares / (seeds - 1), floor) / seeds
        flat = ~(variance > 0) | (mean <= 0) | (mean >= 1)
        shrink = (special.ndtri(0.5 + confidence / 2) / t_quantile(np.maximum(seeds - 1, 1), confidence)) ** 2
        size = np.where(flat, seeds, mean * (1 - mean) / np.where(flat, 1.0, variance) * shrink)
    growth = np.where(flat, 0.0, GROWTH)
    most = np.maximum(np.asarray(trials, float), 1.0)
    low, high = (_limit(mean, size, growth, most, (1 - confidence) / 2, upper=upper) for upper in (False, True))
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.where(seeds > 1, np.sqrt(squares / (seeds - 1) / seeds), np.nan)
    return Interval(estimate=mean, low=low, high=high, error=error, seeds=seeds)


def _limit(
    mean: np.ndarray, size: np.ndarray, growth: np.ndarray, most: np.ndarray, tail: float, *, upper: bool
) -> np.ndarray:
    """Return a limit by bisection: the rate at which the estimate, or one further away, has the probability `tail`."""
    spread = np.maximum(mean * (1 - mean), 1e-12)

    def plausible(rate: np.ndarray) -> np.ndarray:
        grown = size * (spread / np.maximum(rate * (1 - rate), 1e-12)) ** growth
        count = np.clip(grown, 0.5, most)
        if upper:
            beyond = special.betaincc(count * mean + 1, np.maximum(count * (1 - mean), 1e-9), rate)
        else:
            beyond = special.betainc(np.maximum(count * mean, 1e-9), count * (1 - mean) + 1, rate)
        return np.asarray(beyond > tail)

    outer = bisect(mean, np.full_like(mean, 1.0 if upper else 0.0), plausible)
    edge = mean >= 1 if upper else mean <= 0
    return np.where(np.isnan(mean), np.nan, np.where(edge, float(upper), outer))


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
    """Return the interval of a mean over seeds of signed values: a paired difference, an effect.

    It is Student's t interval over seeds with two changes, both of which `validation/coverage.py` measures. The
    variance of UNSEEN trials is added, so that an interval has a positive width even if no pair differs (Bonett and
    Price, 2012, add two discordant pairs). The degrees of freedom are Satterthwaite's (1946) for the kurtosis of the
    values, because rare differences make the variance itself uncertain.

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

"""Intervals of means over shared seeds: the seed is the unit, whatever was averaged within it.

Two kinds of mean need two methods: one of values in [0, 1] (a rate, an incidence, a share of the budget), whose
interval must stay inside and stay open at 0 and 1; and one of signed values (a difference, an effect).
Only scipy.special is loaded: scipy.stats and statsmodels take seconds to import, and the tables of `ablate table` need
nothing else. Coverage is measured by `validation/coverage.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

HALVINGS = 36
"""Bisection steps: limits are exact to 1e-10."""

GROWTH = 1 / 3
"""How the correlation within a seed grows with p(1 - p) away from the estimate; see `unit_mean`."""

UNSEEN = 1.5
"""Trials' worth of variance added to a signed mean, for the discordant trials that were not seen; see `signed_mean`."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Estimates with their intervals; arrays of one shape, n independent seeds behind each.

    Attributes:
        estimate: the mean over seeds.
        low, high: two-sided limits.
        error: the standard error over seeds, without any adjustment; NaN for one seed.
        seeds: how many seeds.
    """

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    error: np.ndarray
    seeds: np.ndarray


def t_quantile(df: np.ndarray | float, confidence: float) -> np.ndarray:
    """The two-sided Student t quantile.

    Examples:
        >>> float(t_quantile(9.0, 0.95).round(4))
        2.2622
    """
    return np.asarray(special.stdtrit(df, 0.5 + confidence / 2))


def seed_means(sums: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Per seed, a value whose plain mean is sum / trials and whose spread is that of the ratio.

    With the same number of trials in every seed this is the seed's own mean; otherwise the linearised ratio
    (Cochran, Sampling Techniques, 1977, section 6.3).

    Args:
        sums: [..., seeds] sum of the values of each seed's trials.
        trials: [..., seeds] number of them; a seed with none becomes NaN.
    """
    sums, trials = np.broadcast_arrays(np.asarray(sums, float), np.asarray(trials, float))
    total = trials.sum(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = sums.sum(-1, keepdims=True) / total
        seeds = (trials > 0).sum(-1, keepdims=True)
        return np.where(trials > 0, ratio + (sums - ratio * trials) * seeds / total, np.nan)


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Seeds, mean, sum of squared deviations and excess kurtosis over the last axis; NaN values are no seeds."""
    there = ~np.isnan(values)
    seeds = there.sum(-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, values, 0.0).sum(-1) / seeds
        away = np.where(there, values - mean[..., None], 0.0)
        away[np.abs(away) < 1e-12] = 0.0
        squares = (away**2).sum(-1)
        kurtosis = np.where(squares > 0, (away**4).sum(-1) * seeds / squares**2, 3.0) - 3.0
    return seeds, mean, squares, kurtosis


def unit_mean(
    values: np.ndarray, *, trials: np.ndarray | float = np.inf, floor: float = 0.0, confidence: float = 0.95
) -> Interval:
    """Interval of a mean of values in [0, 1] over seeds.

    Korn and Graubard (1998): a Clopper-Pearson interval at the effective sample size p(1 - p) / V, V the variance of
    the mean over seeds, reduced by (z / t)^2 for V's own uncertainty. Theirs covers 92 % near .1 with 10 seeds,
    because V is too small when the few seeds that succeed were not drawn. Here the correlation within a seed grows as
    (p(1 - p))^GROWTH away from the estimate, as it does in a logit-normal model, so that the effective size is that of
    the limit being tried: 94 to 97.6 % for rates .1-.9, 24 settings and 10-64 seeds. Without any spread the
    effective size is the number of seeds, so no interval has zero width.

    Args:
        values: [..., seeds], NaN for a seed that is missing.
        trials: the trials behind each mean, which the effective size cannot exceed where values are counts.
        floor: smallest variance of one seed's value that can be seen (the resolution of a time); 0 for counts.
        confidence: two-sided.
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
    """The rate at which the tail beyond the estimate is `tail`, by bisection between the estimate and 0 or 1."""
    spread = np.maximum(mean * (1 - mean), 1e-12)
    inner, outer = mean.copy(), np.full_like(mean, 1.0 if upper else 0.0)
    for _ in range(HALVINGS):
        rate = (inner + outer) / 2
        grown = size * (spread / np.maximum(rate * (1 - rate), 1e-12)) ** growth
        count = np.clip(grown, 0.5, most)
        if upper:
            beyond = special.betaincc(count * mean + 1, np.maximum(count * (1 - mean), 1e-9), rate)
        else:
            beyond = special.betainc(np.maximum(count * mean, 1e-9), count * (1 - mean) + 1, rate)
        inner, outer = np.where(beyond > tail, rate, inner), np.where(beyond > tail, outer, rate)
    edge = mean >= 1 if upper else mean <= 0
    return np.where(np.isnan(mean), np.nan, np.where(edge, float(upper), outer))


def signed_mean(values: np.ndarray, *, unit: np.ndarray | float, confidence: float = 0.95) -> Interval:
    """Interval of a mean of signed values over seeds: a paired difference, an effect.

    Student's t over seeds with two changes, both measured: UNSEEN trials' worth of variance are added (Bonett and
    Price, 2012, add two discordant pairs), so that no interval has zero width when nothing differed yet; and the
    degrees of freedom are those of the variance's own variance, given the values' kurtosis (Satterthwaite, 1946),
    because rare differences come in lumps.

    Args:
        values: [..., seeds], NaN for a seed that is missing.
        unit: how much one trial can change one seed's value.
        confidence: two-sided.
    """
    seeds, mean, squares, kurtosis = _moments(np.asarray(values, float))
    with np.errstate(invalid="ignore", divide="ignore"):
        spare = np.maximum(seeds - 1, 1)
        error = np.where(seeds > 1, np.sqrt(squares / spare / seeds), np.nan)
        widened = np.sqrt((squares + UNSEEN * np.asarray(unit) ** 2) / spare / seeds)
        free = np.clip(2 / (np.maximum(kurtosis, 0) / seeds + 2 / spare), np.minimum(2, spare), spare)
        half = widened * t_quantile(free, confidence)
    return Interval(estimate=mean, low=mean - half, high=mean + half, error=error, seeds=seeds)

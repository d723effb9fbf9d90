"""Compare two levels on the same seeds: how much more often trials with the first end in a state."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from scipy import special

from ablate.stats.clustered import balanced, bisect, bounded_mean, equality_p


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A paired risk difference.

    Attributes:
        estimate, low, high: rate of the first level minus rate of the second, with its interval. Strata count equally.
        p: exact two-sided p-value of the hypothesis that the levels are exchangeable within a seed (`sign_flip`).
        rates_p: two-sided p-value of the hypothesis that their rates are equal; below .05 if the interval leaves out 0.
        pairs, seeds, strata: numbers of pairs, of seeds, and of combinations of the other factors' levels.
        level_count, against_count: pairs in which the first level, and in which the second, ended in the state.
        gained, lost: pairs in which only the first level, or only the second, ended in the state.
        method: `tango` for one stratum, which has one pair a seed, else `seeds`.
    """

    estimate: float
    low: float
    high: float
    p: float
    rates_p: float
    pairs: int
    seeds: int
    strata: int
    level_count: int
    against_count: int
    gained: int
    lost: int
    method: str


def difference(one: np.ndarray, other: np.ndarray, confidence: float = 0.95) -> Difference:
    """Return the paired risk difference with an interval and two tests.

    In one stratum every seed has one pair. The interval is Tango's score interval (Statistics in Medicine 17, 1998),
    and both tests are McNemar's exact test, which is a test of equal rates. In several strata the interval is
    `clustered.bounded_mean` over seeds, and the tests differ. The sign-flip test asks whether the levels are
    exchangeable within a seed. Levels with equal rates may not be: a remedy that helps a little in most seeds and harms
    much in a few has no effect on the rate, but the test rejects in up to .33 of such studies. `rates_p` allows for
    seeds that were not drawn. Their worst is that all trials of the first level fail, or that all of the second
    succeed, while the other level does as it did (`seed_gaps`). If no pair of 20 seeds differs, the interval is +-.17,
    and one pair that differs does not narrow it.

    Args:
        one: [strata, seeds] 1 where the trial of the first level ended in the state, 0 where not, NaN without a pair.
        other: [strata, seeds] likewise for the second level.
        confidence: two-sided, in (0, 1).

    Raises:
        ValueError: there is no pair.
    """
    gap = np.asarray(one, float) - np.asarray(other, float)
    paired = ~np.isnan(gap)
    if not paired.any():
        raise ValueError(
            "There must be a pair of trials: a position at which both arrays hold a number. Received none."
        )
    sums, counts = np.where(paired, gap, 0.0).sum(0), paired.sum(0)
    pairs, gained, lost = int(counts.sum()), int((gap > 0).sum()), int((gap < 0).sum())
    seeds = int((counts > 0).sum())
    strata, p = int(paired.any(1).sum()), sign_flip(sums[counts > 0])
    if strata == 1:
        estimate, rates_p = float(sums.sum() / pairs), p
        low, high = tango(gained, lost, seeds, confidence)
    else:
        gaps = seed_gaps(np.where(paired, one, np.nan), np.where(paired, other, np.nan))
        over = bounded_mean(*gaps, confidence=confidence)
        estimate, rates_p = float(over.estimate), float(equality_p(*gaps))
        low, high = max(float(over.low), -1.0), min(float(over.high), 1.0)
    return Difference(
        estimate=estimate,
        low=low,
        high=high,
        p=p,
        rates_p=rates_p,
        pairs=pairs,
        seeds=seeds,
        strata=strata,
        level_count=int(np.asarray(one, float)[paired].sum()),
        against_count=int(np.asarray(other, float)[paired].sum()),
        gained=gained,
        lost=lost,
        method="tango" if strata == 1 else "seeds",
    )


def seed_gaps(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each seed's difference, and the least and the most that a seed not drawn is taken to give.

    In such a seed one level fails everywhere or succeeds everywhere, and the other has its rates. Strata count equally.

    Args:
        one: [..., strata, seeds] 1 where the trial of the first level ended in the state, 0 where not, NaN without a
            pair.
        other: [..., strata, seeds] likewise for the second level, NaN in the same places.

    Returns:
        [..., seeds], NaN for a seed without a pair; [...]; [...]. They are the arguments of `clustered.bounded_mean`.
    """
    gap, rate, against = one - other, _means(one), _means(other)
    least = [np.nanmin(balanced(gap, at), axis=-1) for at in (-against, rate - 1)]
    most = [np.nanmax(balanced(gap, at), axis=-1) for at in (rate, 1 - against)]
    return balanced(gap), np.minimum(*least), np.maximum(*most)


def _means(values: np.ndarray) -> np.ndarray:
    """Return each stratum's mean over its seeds; 0 for a stratum without any."""
    count = (~np.isnan(values)).sum(-1)
    return np.asarray(np.nansum(values, axis=-1) / np.maximum(count, 1))


def least_p(seeds: int) -> float:
    """Return the smallest p-value that `sign_flip` can give with so many seeds.

    Examples:
        >>> least_p(5), least_p(8)
        (0.0625, 0.0078125)
    """
    return float(min(1.0, 2.0 ** (1 - seeds)))


@functools.cache
def tango(gained: int, lost: int, pairs: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Tango's (1998) score interval of a paired difference; statsmodels has the unpaired one only.

    Args:
        gained: pairs in which only the first level ended in the state.
        lost: pairs in which only the second level did.
        pairs: all pairs.
        confidence: two-sided, in (0, 1).

    Examples:
        >>> [round(limit, 3) for limit in tango(0, 0, 20)]
        [-0.161, 0.161]
    """
    z = float(special.ndtri(0.5 + confidence / 2))
    estimate = (gained - lost) / pairs

    def score(gap: float) -> float:
        linear = (2 * pairs - gained + lost) * gap - gained - lost
        root = linear**2 + 8 * pairs * lost * gap * (1 - gap)
        rate = (np.sqrt(max(root, 0.0)) - linear) / (4 * pairs)
        variance = pairs * (2 * rate + gap * (1 - gap))
        return float((gained - lost - pairs * gap) / np.sqrt(max(variance, 1e-300)))

    def limit(end: float) -> float:
        inner, outer = np.asarray(estimate), np.asarray(end)
        return float(bisect(inner, outer, lambda gap: np.asarray(-end * score(float(gap)) < z)))

    return limit(-1.0), limit(1.0)


def sign_flip(sums: np.ndarray) -> float:
    """Return the exact two-sided p-value of a test that flips the sign of each seed's difference.

    The test is exact if the levels are exchangeable within a seed: then the difference of a seed is as likely with the
    opposite sign, whatever the seed's trials share. Equal rates alone do not imply this; `Difference.rates_p` is for
    them. And results must not decide which seeds are compared. The distribution of the total is built by convolution,
    for any number of seeds. For differences of -1, 0 and 1 it is McNemar's exact test.

    Args:
        sums: [seeds] sum of the differences of each seed's pairs, whole numbers.

    Examples:
        >>> sign_flip(np.array([1, 1, 1, 1, 1, 0]))
        0.0625
    """
    sizes = np.abs(np.rint(np.asarray(sums, float))).astype(int)
    total = int(sizes.sum())
    chance = np.zeros(2 * total + 1)
    chance[total] = 1.0
    for size in sizes[sizes > 0]:
        chance = (np.roll(chance, size) + np.roll(chance, -size)) / 2
    observed = abs(int(np.rint(np.sum(sums))))
    return float(min(1.0, chance[np.abs(np.arange(-total, total + 1)) >= observed].sum()))

"""Compute, before a study is run, what its paired comparisons can show: their power, by the tests of the report.

A difference counts as shown if the report would mark it: p is below .05 after Holm's correction, even if it is the only
one of its family that differs. Where a comparison has one pair a seed, the test is McNemar's exact test, and its power
is computed exactly. Where it has several, both tests of the report must reject. The test of equal rates is the stricter
one; its power is simulated with fixed random numbers. Without a pilot of the pairs, the two trials of a pair are taken
to be independent: pairs that agree more often need fewer seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from ablate.stats import contrasts
from ablate.stats.clustered import equality_p

ENOUGH = 0.8
"""The power that is enough, as is usual."""

ERROR = 0.05
"""The chance of a false claim over the whole family."""

DIFFERENCES = (0.1, 0.2, 0.3)
"""The differences of escape rates for which seeds are counted."""

MOST, MOST_SIMULATED = 4096, 256
"""The most seeds that are tried: with one pair a seed, and with several."""

MOST_STRATA = 16
"""The most pairs of a seed that are simulated; more independent ones hardly add to the power."""

STUDIES = 300
"""The studies that are simulated: the error of a power is at most .03."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """The comparisons that are corrected together.

    Attributes:
        comparisons: how many there are.
        strata: pairs that each seed gives to the comparison that has fewest.
        declared: whether the study declares them; otherwise they are the screen of every level.
    """

    comparisons: int
    strata: int
    declared: bool

    @property
    def level(self) -> float:
        """Return the level at which the smallest p-value of the family is tested."""
        return ERROR / self.comparisons


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What it takes to show a difference from one escape rate.

    Attributes:
        rate: the escape rate of the level that is compared with.
        seeds: difference -> the seeds that show it with a power of ENOUGH: if a seed's pairs are independent, and if
            they all end alike. None if more than are tried.
        smallest: the smallest difference that the planned seeds show, in the same two cases; None if none.
    """

    rate: float
    seeds: dict[float, tuple[int | None, int | None]]
    smallest: tuple[float | None, float | None]


def needs(family: Family, rate: float, planned: int) -> Needs:
    """Return what it takes to show differences from a rate.

    Args:
        family: the comparisons.
        rate: the escape rate of the level that is compared with.
        planned: the number of seeds of the study.
    """
    cases = (False, True) if family.strata > 1 else (True,)
    seeds = {}
    for gap in DIFFERENCES:
        counts = [seeds_needed(family, rate, gap, alike=alike) for alike in cases]
        seeds[gap] = counts[0], counts[-1]
    smallest = [smallest_difference(family, rate, planned, alike=alike) for alike in cases]
    return Needs(rate=rate, seeds=seeds, smallest=(smallest[0], smallest[-1]))


def seeds_needed(family: Family, rate: float, difference: float, *, alike: bool = True) -> int | None:
    """Return the seeds with which a difference is shown with a power of ENOUGH; None if more than are tried.

    Args:
        family: the comparisons.
        rate: the escape rate of the level that is compared with.
        difference: how much more often the other level escapes; less often where a rate cannot be higher.
        alike: whether all pairs of a seed end alike; without effect for one pair a seed.

    Examples:
        >>> one = Family(comparisons=1, strata=1, declared=True)
        >>> seeds_needed(one, 0.0, 0.3), seeds_needed(one, 0.5, 0.3)
        (25, 46)
    """
    most = MOST if family.strata == 1 else MOST_SIMULATED
    return _least(lambda seeds: power(family, rate, difference, seeds, alike=alike) >= ENOUGH, most)


def smallest_difference(family: Family, rate: float, seeds: int, *, alike: bool = True) -> float | None:
    """Return the smallest difference, in steps of .01, that so many seeds show with a power of ENOUGH; None if none.

    Args:
        family: the comparisons.
        rate: the escape rate of the level that is compared with.
        seeds: the number of seeds.
        alike: whether all pairs of a seed end alike.
    """
    most = int(100 * max(rate, 1 - rate) + 1e-9)
    step = _least(lambda gap: power(family, rate, gap / 100, seeds, alike=alike) >= ENOUGH, most)
    return None if step is None else step / 100


def _least(enough: Callable[[int], bool], most: int) -> int | None:
    """Return the least whole number from 1 to `most` that is enough, if all larger ones are; None if `most` is not."""
    low, high = 0, 1
    while not enough(high):
        if high == most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def power(family: Family, rate: float, difference: float, seeds: int, *, alike: bool = True) -> float:
    """Return the chance that the report marks a difference.

    Args:
        family: the comparisons.
        rate: the escape rate of the level that is compared with.
        difference: how much more often the other level escapes; less often where a rate cannot be higher.
        seeds: the number of seeds.
        alike: whether all pairs of a seed end alike.
    """
    other = rate + difference if rate + difference <= 1 + 1e-9 else rate - difference
    if other < -1e-9:
        return 0.0
    other = min(max(other, 0.0), 1.0)
    if family.strata == 1:
        return _exact(max(rate, other), min(rate, other), seeds, family.level)
    return _simulated(other, rate, seeds, family.level, 1 if alike else min(family.strata, MOST_STRATA))


def _exact(high: float, low: float, seeds: int, level: float) -> float:
    """Return the power of McNemar's exact test for independent trials."""
    gained, lost = high * (1 - low), low * (1 - high)
    differ = gained + lost
    pairs = np.arange(1, seeds + 1)
    # The fewest gains among so many pairs that differ, at which twice the tail of a fair coin is within the level.
    least = np.floor(special.bdtrik(1 - level / 2, pairs, 0.5)) + 1
    least = np.where(2 * special.bdtrc(least - 1, pairs, 0.5) <= level, least, least + 1)
    least = np.where(2 * special.bdtrc(np.maximum(least - 2, -1), pairs, 0.5) <= level, least - 1, least)
    shown = np.where(least <= pairs, special.bdtrc(np.minimum(least, pairs) - 1, pairs, gained / differ), 0.0)
    log = special.gammaln(seeds + 1) - special.gammaln(pairs + 1) - special.gammaln(seeds - pairs + 1)
    chance = np.exp(log + special.xlogy(pairs, differ) + special.xlog1py(seeds - pairs, -differ))
    return float((chance * shown).sum())


def _simulated(one: float, other: float, seeds: int, level: float, strata: int) -> float:
    """Return the power of the test of equal rates, with `strata` independent pairs a seed."""
    drawn = np.random.default_rng(0).random((2, STUDIES, strata, seeds))
    values = [(drawn[at] < rate).astype(float) for at, rate in enumerate((one, other))]
    # Two strata that are equal count as several pairs a seed: the test of one pair a seed is another one.
    gaps = contrasts.seed_gaps(*(np.repeat(value, 2, axis=1) if strata == 1 else value for value in values))
    right = np.sign(gaps[0].mean(-1)) == np.sign(one - other)
    return float(((equality_p(*gaps) <= level) & right).mean())

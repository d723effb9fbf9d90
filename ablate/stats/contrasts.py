"""Paired comparisons: how much more often one level ends in a state than another, on the same seeds."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from scipy import special

from ablate.stats.clustered import HALVINGS, seed_means, signed_mean

PERMUTATIONS = 9_999


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A paired risk difference.

    Attributes:
        estimate, low, high: rate of the first minus rate of the second, with its interval.
        p: exact two-sided p-value of no difference.
        pairs, seeds, strata: how many of each.
        level_count, against_count: pairs in which the first, and in which the second, ended in the state.
        gained, lost: pairs in which only the first, or only the second, did.
        method: `tango` where every seed has one pair, else `seeds`.
    """

    estimate: float
    low: float
    high: float
    p: float
    pairs: int
    seeds: int
    strata: int
    level_count: int
    against_count: int
    gained: int
    lost: int
    method: str


@dataclass(frozen=True, kw_only=True)
class Homogeneity:
    """A test that several levels do equally well, and the blocks it is over."""

    statistic: float
    df: int
    p: float
    blocks: int
    seeds: int
    method: str


@dataclass(frozen=True, kw_only=True)
class CommonOdds:
    """A Cochran-Mantel-Haenszel comparison over strata.

    `corrected`: there were zeros, and the odds ratio is of tables with half a trial added.
    """

    odds_ratio: float
    low: float
    high: float
    p: float
    equal_odds_p: float
    trials: int
    strata: int
    corrected: bool


def difference(one: np.ndarray, other: np.ndarray, confidence: float = 0.95) -> Difference:
    """Paired risk difference with an interval and an exact test.

    One pair per seed: Tango's score interval (Statistics in Medicine 17, 1998) and McNemar's exact test. More: the
    interval of `clustered.signed_mean` and the exact sign-flip test over seeds, of which McNemar's is the special case.
    Where no pair differs nothing says how alike those of a seed are, and the interval is Tango's of one pair a seed: if
    all of a seed's pairs differ together, in one seed of fifty, intervals as narrow as the pairs are many hold the
    truth in 72 % of studies of 64 seeds (`validation/coverage.py`).

    Args:
        one: [strata, seeds] 1 where the trial ended in the state, 0 where not, NaN where there is no pair.
        other: the same for what it is compared with.
        confidence: two-sided.

    Raises:
        ValueError: no pair at all.
    """
    gap = np.asarray(one, float) - np.asarray(other, float)
    there = ~np.isnan(gap)
    if not there.any():
        raise ValueError("There must be at least one pair. Received none.")
    sums, counts = np.where(there, gap, 0.0).sum(0), there.sum(0)
    pairs, gained, lost = int(counts.sum()), int((gap > 0).sum()), int((gap < 0).sum())
    seeds = int((counts > 0).sum())
    if counts.max() == 1 or not gained + lost:
        low, high = tango(gained, lost, seeds, confidence)
    else:
        over = signed_mean(seed_means(sums, counts), unit=seeds / pairs, confidence=confidence)
        low, high = max(float(over.low), -1.0), min(float(over.high), 1.0)
    return Difference(
        estimate=float(sums.sum() / pairs),
        low=low,
        high=high,
        p=sign_flip(sums[counts > 0]),
        pairs=pairs,
        seeds=seeds,
        strata=int(there.any(1).sum()),
        level_count=int(np.asarray(one, float)[there].sum()),
        against_count=int(np.asarray(other, float)[there].sum()),
        gained=gained,
        lost=lost,
        method="tango" if counts.max() == 1 else "seeds",
    )


@functools.cache
def tango(gained: int, lost: int, pairs: int, confidence: float = 0.95) -> tuple[float, float]:
    """Tango's (1998) score interval of a paired difference; statsmodels has only the unpaired one.

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

    def limit(outer: float, sign: float) -> float:
        inner = estimate
        for _ in range(HALVINGS):
            middle = (inner + outer) / 2
            inner, outer = (middle, outer) if sign * score(middle) < z else (inner, middle)
        return outer

    return limit(-1.0, 1.0), limit(1.0, -1.0)


def sign_flip(sums: np.ndarray) -> float:
    """Exact two-sided p of a randomisation test that flips the sign of each seed's whole-numbered difference.

    Under no difference, exchanging the two levels within a seed changes nothing, whatever its trials share. The
    distribution of the total is built by convolution, so it is exact for any number of seeds. With differences of -1, 0
    and 1 it is McNemar's exact test.

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


def homogeneity(values: np.ndarray, seed: int = 0) -> Homogeneity:
    """Cochran's Q: whether several levels end in the state equally often.

    One block per seed: `statsmodels.stats.contingency_tables.cochrans_q`. Several strata on the same seeds: the same
    statistic, its p from PERMUTATIONS permutations of the levels within seeds, all strata of a seed together.

    Args:
        values: [strata, seeds, levels] of 0 and 1; blocks with a level missing (NaN) are left out.
        seed: of the permutations.
    """
    from statsmodels.stats.contingency_tables import cochrans_q

    full = ~np.isnan(values).any(-1)
    rows = values[full]
    levels, seeds = values.shape[-1], int(full.any(0).sum())
    if not (rows.min(1) != rows.max(1)).any():
        return Homogeneity(statistic=0.0, df=levels - 1, p=1.0, blocks=len(rows), seeds=seeds, method="no differences")
    found = cochrans_q(rows)
    if full.sum(0).max() == 1:
        p, method = float(found.pvalue), "cochran"
    else:
        p, method = _permuted(np.where(full[..., None], values, 0.0).sum(0), seed), "permutation over seeds"
    return Homogeneity(
        statistic=float(found.statistic), df=levels - 1, p=p, blocks=len(rows), seeds=seeds, method=method
    )


def _permuted(sums: np.ndarray, seed: int) -> float:
    """P of the spread of the level totals when the levels are permuted within each seed; `sums` is [seeds, levels]."""
    rng = np.random.default_rng(seed)
    observed = sums.sum(0).var()
    drawn = np.empty(PERMUTATIONS)
    for start in range(0, PERMUTATIONS, 1000):
        count = min(1000, PERMUTATIONS - start)
        copies = np.broadcast_to(sums, (count, *sums.shape))
        drawn[start : start + count] = rng.permuted(copies, axis=-1).sum(1).var(-1)
    return float((1 + (drawn >= observed - 1e-9).sum()) / (1 + PERMUTATIONS))


def common_odds(one: np.ndarray, other: np.ndarray, confidence: float = 0.95) -> CommonOdds:
    """Cochran-Mantel-Haenszel over strata, by `statsmodels.stats.contingency_tables.StratifiedTable`.

    Strata keep their own rates; within one, trials count as independent, so it says nothing that pairing adds.

    Args:
        one: [strata, seeds] of 0 and 1, NaN where there is no pair.
        other: the same for what it is compared with.
        confidence: of the interval of the odds ratio.
    """
    from statsmodels.stats.contingency_tables import StratifiedTable

    tables = []
    for first, second in zip(one, other, strict=True):
        n, hits, misses = (~np.isnan(first)).sum(), np.nansum(first), np.nansum(second)
        tables.append(np.array([[hits, n - hits], [misses, n - misses]]))
    mixed = [table for table in tables if table.sum(0).min() > 0]
    n = int(sum(table.sum() for table in tables))
    if not mixed:
        nan = float("nan")
        return CommonOdds(
            odds_ratio=nan, low=nan, high=nan, p=1.0, equal_odds_p=nan, trials=n, strata=len(tables), corrected=False
        )
    zeros = any((table == 0).any() for table in mixed)
    plain = StratifiedTable(mixed)
    shifted = StratifiedTable(mixed, shift_zeros=True) if zeros else plain
    low, high = shifted.oddsratio_pooled_confint(alpha=1 - confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        equal = float(shifted.test_equal_odds().pvalue) if len(mixed) > 1 else float("nan")
    return CommonOdds(
        odds_ratio=float(shifted.oddsratio_pooled),
        low=float(low),
        high=float(high),
        p=float(plain.test_null_odds().pvalue),
        equal_odds_p=equal,
        trials=n,
        strata=len(tables),
        corrected=zeros,
    )

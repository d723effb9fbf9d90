"""Compare rates of two studies that share no seed: nothing is paired, each study's seeds are a sample of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ablate.stats import rates


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The mean over common settings of the second rate minus the first.

    Attributes:
        estimate, low, high: the difference with its 95 % interval. Settings count equally.
        settings: how many settings both studies have.
        first_seeds, second_seeds: the seeds of each study.
    """

    estimate: float
    low: float
    high: float
    settings: int
    first_seeds: int
    second_seeds: int


def newcombe(
    escaped: tuple[np.ndarray, np.ndarray], n: tuple[np.ndarray, np.ndarray], confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of the second rate minus the first (Newcombe, Statistics in Medicine 17, 1998, method 10).

    It is that of `statsmodels.stats.proportion.confint_proportions_2indep`, which takes seconds to import.

    Args:
        escaped: trials that escaped, in the first and in the second study.
        n: all trials of the first and of the second.
        confidence: two-sided, in (0, 1).

    Examples:
        >>> low, high = newcombe((np.array([0]), np.array([20])), (np.array([20]), np.array([20])))
        >>> round(float(low[0]), 3), float(high[0])
        (0.772, 1.0)
    """
    ends = [rates.wilson(k, trials, confidence) for k, trials in zip(escaped, n, strict=True)]
    first, second = (k / trials for k, trials in zip(escaped, n, strict=True))
    return combined(first, *ends[0], second, *ends[1])


def combined(
    first: np.ndarray,
    first_low: np.ndarray,
    first_high: np.ndarray,
    second: np.ndarray,
    second_low: np.ndarray,
    second_high: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of a difference of two independent estimates from their own intervals (Zou and Donner, 2008).

    Args:
        first: the estimates that are subtracted.
        first_low: their lower limits.
        first_high: their upper limits.
        second: the estimates from which they are subtracted.
        second_low: the lower limits of these.
        second_high: the upper limits of these.
    """
    difference = second - first
    return (
        difference - np.hypot(second - second_low, first_high - first),
        difference + np.hypot(second_high - second, first - first_low),
    )


def fisher(escaped: tuple[np.ndarray, np.ndarray], n: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return Fisher's exact two-sided p-value for each setting.

    Args:
        escaped: trials that escaped, in the first and in the second study.
        n: all trials of the first and of the second.
    """
    from scipy import stats

    known: dict[tuple[int, ...], float] = {}
    rows = [tuple(map(int, row)) for row in zip(escaped[0], n[0], escaped[1], n[1], strict=True)]
    for one, first, other, second in set(rows):
        table = [[one, first - one], [other, second - other]]
        known[one, first, other, second] = float(stats.fisher_exact(table).pvalue)
    return np.array([known[row] for row in rows])


def whole(
    setting: tuple[np.ndarray, np.ndarray], seed: tuple[np.ndarray, np.ndarray], hit: tuple[np.ndarray, np.ndarray]
) -> Gap:
    """Return the difference over all common settings; the seeds of each study are its units.

    Args:
        setting: [trials] of the first and of the second study, codes from 0 that mean the same in both.
        seed: [trials] their seeds, as codes from 0 of each study.
        hit: [trials] 1 where a trial ended in the state, else 0.
    """
    both = [
        rates.pooled(np.zeros_like(codes), codes, seeds, hits)
        for codes, seeds, hits in zip(setting, seed, hit, strict=True)
    ]
    ends = [(over.estimate, over.low, over.high) for over in both]
    low, high = combined(*ends[0], *ends[1])
    return Gap(
        estimate=float(both[1].estimate[0] - both[0].estimate[0]),
        low=float(low[0]),
        high=float(high[0]),
        settings=len(np.unique(setting[0])),
        first_seeds=len(np.unique(seed[0])),
        second_seeds=len(np.unique(seed[1])),
    )

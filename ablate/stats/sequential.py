"""Decide after every block of seeds whether a setting has enough, by a confidence sequence.

An interval for a fixed number of trials covers far less if it is read after each trial. Wilson's 95 % interval, read at
every n from 4 to 64, covers 68 %. The beta-binomial sequence contains a rate as long as the mixture's likelihood ratio
against it is below 1 / alpha. By Ville's inequality it contains the true rate at all n at once with probability 1 -
alpha (Robbins, 1970; Howard, Ramdas, McAuliffe and Sekhon, Annals of Statistics 49, 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from ablate.core.errors import ConfigError
from ablate.stats.claims import ERROR, INSUFFICIENT, SUFFICIENT, UNDECIDED, Claim
from ablate.stats.clustered import bisect

PRIOR = 0.5
"""Both parameters of the mixing beta distribution, as in Jeffreys' prior."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The rule by which a setting stops getting seeds.

    Attributes:
        target: the rate to decide about, in (0, 1).
        block: number of seeds added at a time, the same seeds for all settings, so that comparisons stay paired.
        cap: the largest number of seeds.
        confidence: confidence of the sequence.
    """

    target: float = 0.8
    block: int = 4
    cap: int = 32
    confidence: float = 0.95

    def __post_init__(self) -> None:
        if not (0 < self.target < 1 and 0 < self.confidence < 1 and 1 <= self.block <= self.cap):
            raise ConfigError(
                "A sequential rule must have 0 < target < 1, 0 < confidence < 1 and 1 <= block <= cap. Received: "
                f"target={self.target}, confidence={self.confidence}, block={self.block}, cap={self.cap}."
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Decisions:
    """The verdict on each setting so far.

    Attributes:
        n, escaped: [settings] seeds that count, and escapes among them.
        low, high: [settings] the confidence sequence at `n`, intersected over all analyses so far.
        verdict: [settings] sufficient, insufficient or undecided.
        more: [settings] whether another block should be run.
    """

    n: np.ndarray
    escaped: np.ndarray
    low: np.ndarray
    high: np.ndarray
    verdict: np.ndarray
    more: np.ndarray


def bounds(successes: np.ndarray, n: np.ndarray, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return the beta-binomial confidence set after n trials, (low, high).

    Args:
        successes: number of successes.
        n: number of trials so far.
        confidence: probability with which the sets of all n contain the rate.

    Examples:
        >>> [round(float(limit), 3) for limit in bounds(20, 20)]
        [0.776, 1.0]
    """
    successes, n = np.broadcast_arrays(np.asarray(successes, float), np.asarray(n, float))
    rate = np.where(n > 0, successes / np.maximum(n, 1), 0.5)
    return _edge(successes, n, rate, 0.0, confidence), _edge(successes, n, rate, 1.0, confidence)


def claim(rule: Rule) -> Claim:
    """Return the claim that a rate reaches the rule's target, valid at any number of seeds at which the rule stops.

    It decides every setting that `decide` decides: for these, the intersection equals the last set.
    """

    def p(escaped: np.ndarray, n: np.ndarray) -> np.ndarray:
        inverse = np.exp(-_evidence(np.asarray(escaped), np.asarray(n), np.asarray(rule.target)))
        chance = np.minimum(inverse * ERROR / (1 - rule.confidence), 1.0)
        return np.asarray(np.where(np.asarray(escaped) > rule.target * np.asarray(n), chance, 1.0))

    return Claim(
        target=rule.target,
        p=p,
        bounds=lambda escaped, n: bounds(escaped, n, rule.confidence),
        words=f"{100 * rule.confidence:g} % confidence sequence",
    )


def _evidence(successes: np.ndarray, n: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the log of the mixture's likelihood ratio against a rate."""
    mixture = special.betaln(PRIOR + successes, PRIOR + n - successes) - special.betaln(PRIOR, PRIOR)
    return np.asarray(mixture - special.xlogy(successes, rate) - special.xlog1py(n - successes, -rate))


def _edge(successes: np.ndarray, n: np.ndarray, rate: np.ndarray, end: float, confidence: float) -> np.ndarray:
    """Return the rate between the estimate and 0 or 1 at which the likelihood ratio reaches 1 / alpha."""

    def inside(tried: np.ndarray) -> np.ndarray:
        return np.asarray(_evidence(successes, n, tried) <= -np.log1p(-confidence))

    outer = np.full_like(rate, end)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(inside(outer), end, bisect(rate, outer, inside))


def sequence(outcomes: np.ndarray, rule: Rule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the confidence sequence after every whole block.

    Args:
        outcomes: [settings, seeds] 0 or 1 in the order in which the seeds are run; NaN from the first seed not run.
        rule: gives block and confidence.

    Returns:
        [blocks] seeds after each block; low and high, each [settings, blocks], intersected over the blocks so far, NaN
        for blocks that are not complete.
    """
    outcomes = np.asarray(outcomes, float)
    ends = np.arange(rule.block, outcomes.shape[1] + 1, rule.block)
    if len(ends) == 0:
        empty = np.empty((len(outcomes), 0))
        return ends, empty, empty
    hits = np.cumsum(outcomes, 1)[:, ends - 1]
    reached = ~np.isnan(hits)
    low, high = bounds(np.where(reached, hits, 0.0), np.where(reached, ends, 0.0), rule.confidence)
    low, high = np.maximum.accumulate(low, 1), np.minimum.accumulate(high, 1)
    # The intersection is empty with a probability below 1 - confidence; it is then shown as one point.
    low = np.minimum(low, high)
    return ends, np.where(reached, low, np.nan), np.where(reached, high, np.nan)


def decide(outcomes: np.ndarray, rule: Rule) -> Decisions:
    """Return the verdict on each setting. The first block that decides it counts; later seeds are ignored.

    Args:
        outcomes: [settings, seeds], as in `sequence`.
        rule: gives target, block, cap and confidence.
    """
    outcomes = np.asarray(outcomes, float)[:, : rule.cap]
    ends, low, high = sequence(outcomes, rule)
    settings = np.arange(len(outcomes))
    if len(ends) == 0:
        zero = np.zeros(len(outcomes))
        verdict = np.full(len(outcomes), UNDECIDED)
        return Decisions(
            n=zero, escaped=zero, low=zero, high=zero + 1, verdict=verdict, more=np.ones(len(outcomes), bool)
        )
    with np.errstate(invalid="ignore"):
        decided = (low >= rule.target) | (high < rule.target)
    reached = (~np.isnan(low)).sum(1)
    stop = np.where(decided.any(1), decided.argmax(1), np.maximum(reached - 1, 0))
    begun = reached > 0
    n = np.where(begun, ends[stop], 0)
    hits = np.cumsum(np.nan_to_num(outcomes), 1)
    now_low, now_high = np.where(begun, low[settings, stop], 0.0), np.where(begun, high[settings, stop], 1.0)
    verdict = np.where(now_low >= rule.target, SUFFICIENT, np.where(now_high < rule.target, INSUFFICIENT, UNDECIDED))
    return Decisions(
        n=n,
        escaped=np.where(begun, hits[settings, np.maximum(n - 1, 0)], 0).astype(int),
        low=now_low,
        high=now_high,
        verdict=verdict,
        more=(verdict == UNDECIDED) & (n + rule.block <= rule.cap),
    )

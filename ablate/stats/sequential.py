"""Seeds spent where they matter: a confidence sequence per setting, looked at after every block of seeds.

A fixed-size interval that is looked at again and again covers far less than it says (Wilson's at every n from 4 to 64:
68 %). The beta-binomial sequence keeps a rate while the mixture's likelihood ratio against it stays below 1/alpha,
which by Ville's inequality holds at all times at once with probability 1 - alpha (Robbins, 1970; Howard, Ramdas,
McAuliffe and Sekhon, 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from ablate.core.errors import ConfigError
from ablate.stats.claims import INSUFFICIENT, SUFFICIENT, UNDECIDED, Claim
from ablate.stats.clustered import HALVINGS
from ablate.stats.rates import cell_counts

PRIOR = 0.5
"""Both parameters of the mixing beta distribution (Jeffreys')."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a setting has had enough seeds.

    Attributes:
        target: the rate it is compared with.
        block: seeds added at a time, the same for all settings, so that comparisons stay paired.
        cap: most seeds.
        confidence: of the sequence.
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
    """Where each setting stands.

    Attributes:
        n, escaped: [settings] seeds looked at and escapes among them.
        low, high: [settings] the sequence there: the intersection over all looks so far.
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
    """The beta-binomial confidence set after n trials: (low, high).

    Args:
        successes: of the trials.
        n: the trials so far; any number of looks at them is allowed.
        confidence: with which it holds at all looks at once.

    Examples:
        >>> [round(float(limit), 3) for limit in bounds(20, 20)]
        [0.776, 1.0]
    """
    successes, n = np.broadcast_arrays(np.asarray(successes, float), np.asarray(n, float))
    rate = np.where(n > 0, successes / np.maximum(n, 1), 0.5)
    return _edge(successes, n, rate, 0.0, confidence), _edge(successes, n, rate, 1.0, confidence)


def claim(rule: Rule) -> Claim:
    """The claim that a rate reaches the rule's target, proven by the sequence at whatever number of seeds it stopped.

    A setting that `decide` has decided is decided by this, too: there the running intersection is its newest term.
    """
    return Claim(
        target=rule.target,
        bounds=lambda escaped, n: bounds(escaped, n, rule.confidence),
        words=f"{100 * rule.confidence:g} % confidence sequence",
    )


def _evidence(successes: np.ndarray, n: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Log of the mixture's likelihood ratio against a rate."""
    mixture = special.betaln(PRIOR + successes, PRIOR + n - successes) - special.betaln(PRIOR, PRIOR)
    return np.asarray(mixture - special.xlogy(successes, rate) - special.xlog1py(n - successes, -rate))


def _edge(successes: np.ndarray, n: np.ndarray, rate: np.ndarray, end: float, confidence: float) -> np.ndarray:
    """The rate between the estimate and 0 or 1 at which the evidence reaches 1 / alpha."""
    threshold = -np.log1p(-confidence)
    inner, outer = rate.copy(), np.full_like(rate, end)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = _evidence(successes, n, outer) <= threshold
        for _ in range(HALVINGS):
            middle = (inner + outer) / 2
            kept = _evidence(successes, n, middle) <= threshold
            inner, outer = np.where(kept, middle, inner), np.where(kept, outer, middle)
    return np.where(whole, end, outer)


def sequence(outcomes: np.ndarray, rule: Rule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The running sequence at every whole block.

    Args:
        outcomes: [settings, seeds] 0 or 1 in the order in which the seeds are run; NaN from the first seed not run.
        rule: block and confidence.

    Returns:
        Seeds at each look [looks]; low and high [settings, looks], intersected over the looks so far, NaN where not
        reached.
    """
    outcomes = np.asarray(outcomes, float)
    looks = np.arange(rule.block, outcomes.shape[1] + 1, rule.block)
    if len(looks) == 0:
        empty = np.empty((len(outcomes), 0))
        return looks, empty, empty
    hits = np.cumsum(outcomes, 1)[:, looks - 1]
    reached = ~np.isnan(hits)
    low, high = bounds(np.where(reached, hits, 0.0), np.where(reached, looks, 0.0), rule.confidence)
    low, high = np.maximum.accumulate(low, 1), np.minimum.accumulate(high, 1)
    # An empty intersection (the sequence has failed, less than 1 - confidence of the time) is shown as its last point.
    low = np.minimum(low, high)
    return looks, np.where(reached, low, np.nan), np.where(reached, high, np.nan)


def decide(outcomes: np.ndarray, rule: Rule) -> Decisions:
    """Where each setting stands, the first decisive look counting; seeds after it are ignored.

    Args:
        outcomes: [settings, seeds], as in `sequence`.
        rule: target, block, cap and confidence.
    """
    outcomes = np.asarray(outcomes, float)[:, : rule.cap]
    looks, low, high = sequence(outcomes, rule)
    settings = np.arange(len(outcomes))
    if len(looks) == 0:
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
    n = np.where(begun, looks[stop], 0)
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


def table(trials: pd.DataFrame, factors: Sequence[str], rule: Rule, seeds: Sequence[int]) -> pd.DataFrame:
    """One row a setting: where its sequence stands.

    Args:
        trials: one row a trial; a setting's seeds are read in the order of `seeds`, up to the first that is missing.
        factors: the factors that vary.
        rule: when a setting has had enough.
        seeds: the study's seeds, in the order in which blocks take them.

    Returns:
        `factors`, `n`, `escaped`, `low`, `high` (the sequence's, valid at any stop), `verdict`, `more`. Escape rates
        of stopped settings are biased away from the target; so none is given.
    """
    place = {seed: order for order, seed in enumerate(seeds)}
    kept = trials[trials["seed"].isin(place)]
    keys, hits, counts = cell_counts(kept, factors, (kept["state"].astype(str) == "escaped").to_numpy(float))
    order = [place[seed] for seed in pd.unique(kept["seed"])]
    outcomes = np.full((len(keys), len(seeds)), np.nan)
    outcomes[:, order] = np.where(counts > 0, hits, np.nan)
    found = decide(outcomes, rule)
    return keys.assign(
        n=found.n, escaped=found.escaped, low=found.low, high=found.high, verdict=found.verdict, more=found.more
    )

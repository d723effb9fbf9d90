"""Prove on fresh seeds what was chosen by its results.

The setting that did best of many did so in part by luck, so its own trials show too high a rate. With fifteen useless
remedies at a rate of .5 and 8 seeds, a proof of .5 on the seeds of the choice is false in four of ten runs. Seeds that
took no part in the choice are a fair sample, and a bound from them holds, however the setting was chosen.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ablate.stats.rates import lower_bound


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """How a chosen setting did on fresh seeds.

    Attributes:
        escaped, n: fresh trials that escaped, and all of them; a trial that failed counts in `n`.
        target: the escape rate to reach.
        tested: the most settings that may be tested so; their errors add up to at most 1 - `confidence`.
        confidence: probability that all their bounds hold together.
        low: exact one-sided lower bound of the escape rate.
    """

    escaped: int
    n: int
    target: float
    tested: int
    confidence: float
    low: float

    @property
    def confirmed(self) -> bool:
        """Return whether the bound reaches the target."""
        return self.low >= self.target

    def __str__(self) -> str:
        """Say what the fresh seeds show, and how surely."""
        together = f" for all {self.tested} sets that may be tested together" if self.tested > 1 else ""
        verdict = "confirmed" if self.confirmed else "not confirmed"
        return (
            f"{verdict}: {self.escaped} of {self.n} fresh seeds escaped, a rate of at least {self.low:.2f} "
            f"(one-sided {self.confidence:.0%} bound{together}; {self.target:g} is enough)"
        )


def confirm(escaped: int, n: int, target: float, *, tested: int = 1, confidence: float = 0.95) -> Confirmation:
    """Judge a chosen setting by trials on seeds that took no part in the choice.

    Args:
        escaped: fresh trials that escaped.
        n: all fresh trials; 0 before they have ended.
        target: the escape rate to reach, in (0, 1).
        tested: the most settings that may be tested so (Bonferroni); fix it before the first is tested.
        confidence: probability that the bounds of all of them hold.

    Examples:
        >>> str(confirm(8, 8, 0.5))
        'confirmed: 8 of 8 fresh seeds escaped, a rate of at least 0.69 (one-sided 95% bound; 0.5 is enough)'
        >>> confirm(6, 8, 0.5).confirmed, confirm(0, 0, 0.5).confirmed
        (False, False)
    """
    low = lower_bound(np.asarray(escaped), np.asarray(n), 1 - (1 - confidence) / tested) if n else np.zeros(())
    return Confirmation(
        escaped=int(escaped), n=int(n), target=target, tested=tested, confidence=confidence, low=float(low)
    )


def fewest(target: float, *, tested: int = 1, confidence: float = 0.95) -> int:
    """Return the fewest fresh seeds that can confirm a setting, if all of its trials escape.

    Args:
        target: the escape rate to reach, in (0, 1).
        tested: the most settings that may be tested so.
        confidence: probability that the bounds of all of them hold.

    Examples:
        >>> fewest(0.5), fewest(0.8), fewest(0.8, tested=5)
        (5, 14, 21)
    """
    return next(n for n in range(1, 10**6) if confirm(n, n, target, tested=tested, confidence=confidence).confirmed)


def other_seeds(seeds: Sequence[int], count: int) -> tuple[int, ...]:
    """Return the smallest whole numbers that are none of these seeds.

    Args:
        seeds: the seeds of the choice.
        count: how many others are wanted.

    Examples:
        >>> other_seeds((0, 1, 3), 3)
        (2, 4, 5)
    """
    used = set(seeds)
    return tuple(itertools.islice((number for number in itertools.count() if number not in used), count))

"""Decide whether an escape rate reaches a target: yes or no if both of its bounds lie on one side of the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from ablate.core.errors import ConfigError
from ablate.stats.families import adjust
from ablate.stats.rates import lower_bound, upper_bound

TARGET = 0.8
"""The escape rate that is enough, unless a study says another."""

ERROR = 0.05
"""The chance of a false claim that `proven` allows for all rates together."""

SUFFICIENT, UNDECIDED, INSUFFICIENT = "sufficient", "undecided", "insufficient"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A target for escape rates, and the bounds that prove it.

    Attributes:
        target: the rate to reach, in (0, 1).
        bounds: function from escapes and trials to the lower and the upper bounds, all arrays of one shape.
        p: function from escapes and trials to p-values that the rate is below the target; at most ERROR where the lower
            bound reaches the target.
        words: the name of the bounds in reports.
    """

    target: float
    bounds: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    p: Callable[[np.ndarray, np.ndarray], np.ndarray]
    words: str

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise ConfigError(f"The target rate must lie between 0 and 1. Received: {self.target}.")


def exact(target: float = TARGET, confidence: float = 0.95) -> Claim:
    """Return the claim for a number of trials fixed in advance, with exact one-sided bounds.

    The bounds are Clopper and Pearson's (Biometrika 26, 1934).

    Args:
        target: the rate to reach, in (0, 1).
        confidence: confidence of each bound.

    Raises:
        ConfigError: the target is outside (0, 1).
    """

    def p(escaped: np.ndarray, n: np.ndarray) -> np.ndarray:
        above = special.betainc(np.maximum(escaped, 1), n - escaped + 1.0, target)
        return np.asarray(np.where(escaped > 0, np.minimum(above * ERROR / (1 - confidence), 1.0), 1.0))

    return Claim(
        target=target,
        p=p,
        bounds=lambda escaped, n: (lower_bound(escaped, n, confidence), upper_bound(escaped, n, confidence)),
        words=f"one-sided {100 * confidence:g} % bound",
    )


def verdicts(successes: np.ndarray, n: np.ndarray, claim: Claim | None = None) -> np.ndarray:
    """Return a verdict per rate: SUFFICIENT, INSUFFICIENT or UNDECIDED.

    A rate is sufficient if its lower bound reaches the target, and insufficient if its upper bound is below it.

    Args:
        successes: [rates] trials that escaped.
        n: [rates] trials.
        claim: the target and the bounds; `exact()` by default.

    Examples:
        >>> verdicts(np.array([20, 17, 3]), np.array([20, 20, 20])).tolist()
        ['sufficient', 'undecided', 'insufficient']
    """
    claim = claim or exact()
    low, high = claim.bounds(np.asarray(successes), np.asarray(n))
    return np.where(low >= claim.target, SUFFICIENT, np.where(high < claim.target, INSUFFICIENT, UNDECIDED))


def proven(escaped: np.ndarray, n: np.ndarray, claim: Claim) -> np.ndarray:
    """Return which rates are proven to reach the target, however they are chosen among these (Holm).

    The chance that any of them is wrong is at most ERROR. A verdict of `verdicts` is right for one rate that was named
    in advance. Of 164 rates just below the target, it calls one sufficient in four of ten studies of 20 seeds.

    Args:
        escaped: [rates] trials that escaped.
        n: [rates] trials.
        claim: the target and the bounds.

    Examples:
        >>> proven(np.array([64, 20, 17]), np.array([64, 20, 20]), exact()).tolist()
        [True, True, False]
        >>> bool(proven(np.full(164, 20), np.full(164, 20), exact()).any())
        False
    """
    return adjust(claim.p(np.asarray(escaped), np.asarray(n)), "holm") <= ERROR


def needed(escaped: np.ndarray, n: np.ndarray, claim: Claim | None = None, *, most: int = 4096) -> np.ndarray:
    """Return the number of seeds at which each undecided rate would be decided if it stayed the same.

    Args:
        escaped: [rates] trials that escaped.
        n: [rates] trials.
        claim: the target and the bounds; `exact()` by default.
        most: the largest number of seeds tried.

    Returns:
        [rates], NaN where the rate is decided, infinite where `most` seeds do not decide it.
    """
    escaped, n = np.asarray(escaped, float), np.asarray(n, float)
    result = np.full(len(n), np.nan)
    open_ = verdicts(escaped, n, claim) == UNDECIDED
    # Each pair of counts is computed once: thousands of sets of 20 seeds have at most 21 different counts.
    for k, size in {(float(escaped[row]), int(n[row])) for row in np.flatnonzero(open_)}:
        more = np.arange(size + 1, most + 1)
        decided = np.flatnonzero(verdicts(np.rint(more * k / max(size, 1)), more, claim) != UNDECIDED)
        result[open_ & (escaped == k) & (n == size)] = more[decided[0]] if len(decided) else np.inf
    return result

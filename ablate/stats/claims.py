"""Decide whether an escape rate reaches a target: yes or no if both of its bounds lie on one side of the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ablate.core.errors import ConfigError
from ablate.stats.rates import lower_bound, upper_bound

SUFFICIENT, UNDECIDED, INSUFFICIENT = "sufficient", "undecided", "insufficient"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A target for escape rates, and the bounds that prove it.

    Attributes:
        target: the rate to reach, in (0, 1).
        bounds: function from escapes and trials to the lower and the upper bounds, all arrays of one shape.
        words: the name of the bounds in reports.
    """

    target: float
    bounds: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    words: str

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise ConfigError(f"The target rate must lie between 0 and 1. Received: {self.target}.")


def exact(target: float = 0.8, confidence: float = 0.95) -> Claim:
    """Return the claim for a number of trials fixed in advance, with exact one-sided bounds.

    The bounds are Clopper and Pearson's (Biometrika 26, 1934).

    Args:
        target: the rate to reach, in (0, 1).
        confidence: confidence of each bound.

    Raises:
        ConfigError: the target is outside (0, 1).
    """
    return Claim(
        target=target,
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

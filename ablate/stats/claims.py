"""What it takes to call an escape rate enough: a target, and the bounds that must lie on one side of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ablate.core.errors import ConfigError
from ablate.stats.rates import lower_bound, upper_bound

SUFFICIENT, UNDECIDED, INSUFFICIENT = "sufficient", "undecided", "insufficient"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A target for escape rates and how it is proven.

    Attributes:
        target: the rate.
        bounds: escapes and trials -> lower and upper bound, arrays of one shape.
        words: what the bounds are, as reports say it.
    """

    target: float
    bounds: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    words: str

    def __post_init__(self) -> None:
        if not 0 < self.target < 1:
            raise ConfigError(f"The target rate must lie between 0 and 1. Received: {self.target}.")


def exact(target: float = 0.8, confidence: float = 0.95) -> Claim:
    """Proven by the exact one-sided bounds of a number of trials fixed in advance (Clopper and Pearson, 1934).

    Raises:
        ConfigError: a target outside (0, 1).
    """
    return Claim(
        target=target,
        bounds=lambda escaped, n: (lower_bound(escaped, n, confidence), upper_bound(escaped, n, confidence)),
        words=f"one-sided {100 * confidence:g} % bound",
    )


def verdicts(successes: np.ndarray, n: np.ndarray, claim: Claim | None = None) -> np.ndarray:
    """Sufficient, insufficient or undecided: the target lies below both bounds, above both, or between them.

    Args:
        successes: escapes.
        n: of so many trials.
        claim: `exact()` by default.

    Examples:
        >>> verdicts(np.array([20, 17, 3]), np.array([20, 20, 20])).tolist()
        ['sufficient', 'undecided', 'insufficient']
    """
    claim = claim or exact()
    low, high = claim.bounds(np.asarray(successes), np.asarray(n))
    return np.where(low >= claim.target, SUFFICIENT, np.where(high < claim.target, INSUFFICIENT, UNDECIDED))


def needed(escaped: np.ndarray, n: np.ndarray, claim: Claim | None = None, *, most: int = 4096) -> np.ndarray:
    """Seeds at which each undecided rate would be decided if it stayed what it is; NaN where decided.

    Infinite where `most` seeds would not do: the rate is too close to the target.
    """
    escaped, n = np.asarray(escaped, float), np.asarray(n, float)
    result = np.full(len(n), np.nan)
    open_ = verdicts(escaped, n, claim) == UNDECIDED
    # Thousands of sets of 20 seeds have at most 21 different counts.
    for k, size in {(float(escaped[place]), int(n[place])) for place in np.flatnonzero(open_)}:
        more = np.arange(size + 1, most + 1)
        decided = np.flatnonzero(verdicts(np.rint(more * k / max(size, 1)), more, claim) != UNDECIDED)
        result[open_ & (escaped == k) & (n == size)] = more[decided[0]] if len(decided) else np.inf
    return result

"""Compare two levels in a way that is valid at any time: however often one looks, and whenever one stops.

A p-value for a fixed number of seeds is too small if one looks after every seed and stops when it is small. Here one
bets against the hypothesis that the levels are exchangeable within a seed: that a seed's difference is as likely with
the opposite sign, given its size and all earlier seeds. The capital is the e-value. A mixture of bets is made, one for
each strength of the effect, so that nothing has to be tuned. Under the hypothesis the capital exceeds 20 at any time
with a chance of at most .05 (Ville's inequality; Ramdas, Gruenwald, Vovk and Shafer, Statistical Science 38, 2023). For
one pair a seed only pairs that differ count, and equal rates alone make the hypothesis true. Over several comparisons
e-BH keeps the false discovery rate, however they depend on one another (Wang and Ramdas, JRSS B 84, 2022).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

STRENGTHS = 64
"""The bets of the mixture: quantiles of the arcsine law of the chance that a difference is positive."""

ERROR = 0.05


def log_capital(differences: np.ndarray) -> np.ndarray:
    """Return the log of the capital after each seed.

    Args:
        differences: [..., seeds] in the order of the seeds: each seed's difference in [-1, 1], as the first level's
            rate less the second's; NaN for a seed without a pair, which changes nothing.

    Examples:
        >>> gained = log_capital(np.ones(8))
        >>> round(float(np.exp(gained[-1])), 1), bool(np.exp(log_capital(np.array([1.0, -1.0])))[-1] < 1)
        (50.3, True)
    """
    chance = special.betaincinv(0.5, 0.5, (np.arange(STRENGTHS) + 0.5) / STRENGTHS)
    odds = special.logit(chance)
    steps = np.log(2) + special.log_expit(np.nan_to_num(np.asarray(differences, float))[..., None] * odds)
    return np.asarray(special.logsumexp(np.cumsum(steps, axis=-2), axis=-1) - np.log(STRENGTHS))


def e_value(differences: np.ndarray) -> float:
    """Return the capital after all seeds: the evidence that the levels differ, 1 without any.

    Args:
        differences: [seeds], as for `log_capital`.
    """
    return float(np.exp(log_capital(differences)[-1])) if len(differences) else 1.0


def any_time_p(differences: np.ndarray) -> float:
    """Return the p-value that is valid at any time: 1 divided by the largest capital so far.

    Args:
        differences: [seeds], as for `log_capital`.

    Examples:
        >>> round(any_time_p(np.ones(8)), 3), any_time_p(np.zeros(8))
        (0.02, 1.0)
    """
    return float(np.exp(-max(float(log_capital(differences).max(initial=0.0)), 0.0)))


def e_bh(values: Sequence[float] | np.ndarray, error: float = ERROR) -> np.ndarray:
    """Return which hypotheses are rejected, so that the expected share of false rejections is at most `error`.

    Args:
        values: one e-value a hypothesis; the number of hypotheses must not depend on the results.
        error: the false discovery rate.

    Examples:
        >>> e_bh([100.0, 45.0, 1.0, 0.2]).tolist()
        [True, True, False, False]
    """
    capital = np.asarray(values, float)
    ordered = np.sort(capital)[::-1]
    ranks = np.arange(1, len(capital) + 1)
    passed = np.flatnonzero(ordered * ranks * error >= len(capital) * (1 - 1e-12))
    if not len(passed):
        return np.zeros(len(capital), bool)
    return np.asarray(capital >= ordered[passed[-1]])


def seed_differences(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return each seed's difference as a share of the strata that are compared; NaN for a seed without a pair.

    Args:
        one: [strata, seeds] 1 where the trial of the first level ended in the state, 0 where not, NaN without a pair.
        other: [strata, seeds] likewise for the second level.
    """
    gap = np.asarray(one, float) - np.asarray(other, float)
    paired = ~np.isnan(gap)
    return np.where(paired.any(0), np.where(paired, gap, 0.0).sum(0) / len(gap), np.nan)

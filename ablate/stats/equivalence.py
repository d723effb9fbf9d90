"""Show that a difference is small: that a level is worth less than a margin, or that two levels are equivalent.

A difference that is not significant may be large. That it is small takes a test of its own, two one-sided ones
(Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987): that the rate rises by MARGIN or more, and that
it falls by as much. Each is rejected where the one-sided 95 % limit over seeds (`clustered.bounded_mean`) lies inside
the margin. That *no* level of many is worth the margin needs no correction, since each of them must pass (an
intersection-union test; Berger, Technometrics 24, 1982).
"""

from __future__ import annotations

import math

import numpy as np

from ablate.stats.clustered import tails
from ablate.stats.contrasts import seed_gaps

MARGIN = 0.1
"""A difference of escape rates below this is small."""

ERROR = 0.05
"""The chance of a false claim."""


def p_values(one: np.ndarray, other: np.ndarray, margin: float = MARGIN) -> tuple[float, float]:
    """Return two p-values: that the first level escapes more often by the margin, and that the two differ by it.

    Args:
        one: [strata, seeds] 1 where the trial of the first level ended in the state, 0 where not, NaN without a pair.
        other: [strata, seeds] likewise for the second level.
        margin: the difference of rates that is not small.

    Examples:
        >>> [round(p, 3) for p in p_values(np.zeros((1, 29)), np.zeros((1, 29)))]
        [0.047, 0.047]
    """
    if len(one) == 1:
        seeds, least, most = (one - other)[0], np.asarray(-1.0), np.asarray(1.0)
    else:
        seeds, least, most = seed_gaps(one, other)
    less = float(tails(seeds, least, most, margin)[1])
    return less, max(less, float(tails(seeds, least, most, -margin)[0]))


def fewest_seeds(margin: float = MARGIN) -> int:
    """Return the fewest seeds that can show a difference to be small: if no pair differs.

    Examples:
        >>> fewest_seeds(), fewest_seeds(0.2)
        (29, 14)
    """
    return math.ceil(math.log(ERROR) / math.log(1 - margin))

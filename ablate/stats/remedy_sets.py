"""Sets of remedies as sets: what meets them all, and a path through them from the baseline."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import pandas as pd

Remedies = frozenset[str]
"""Levels in place of the baseline's, as `factor=level`."""


MOST = 2000
"""More sets than this are not listed."""


def hitting_sets(sets: Iterable[Remedies]) -> tuple[Remedies, ...] | None:
    """The minimal sets that meet every given set (Berge's algorithm); none if there is nothing to meet.

    None where there are more than MOST on the way: their number can grow exponentially.

    Examples:
        >>> [sorted(each) for each in hitting_sets([frozenset("ab"), frozenset("bc")])]
        [['b'], ['a', 'c']]
    """
    result: set[Remedies] | None = None
    for each in sets:
        if result is None:
            result = {frozenset({item}) for item in each}
            continue
        met = {one if one & each else one | {item} for one in result for item in (each if not one & each else [""])}
        if len(met) > MOST:
            return None
        result = {one for one in met if not any(other < one for other in met)}
    return tuple(sorted(result or (), key=lambda one: (len(one), sorted(one))))


def path(sets: pd.DataFrame) -> pd.DataFrame:
    """An ablation path (Fawcett and Hoos, 2016): from the baseline, at each step the remedy that raises the rate most.

    Args:
        sets: of a `Sufficiency`.

    Returns:
        One row a step: `added` (empty at the baseline), `n`, `escaped`, `rate`, `low`, `high`; it ends where no set
        with one more remedy was run.
    """
    numbers = sets[["n", "escaped", "rate", "low", "high"]].to_dict("records")
    rows: dict[Remedies, dict[Hashable, Any]] = dict(zip(map(frozenset, sets["remedies"]), numbers, strict=True))
    here: Remedies = frozenset()
    added, steps = "", []
    while here in rows:
        steps.append({"added": added, **rows[here]})
        larger = [each for each in rows if len(each) == len(here) + 1 and here < each]
        if not larger:
            break
        best = max(larger, key=lambda each: (rows[each]["rate"], sorted(each)))
        added, here = next(iter(best - here)), best
    return pd.DataFrame(steps, columns=["added", "n", "escaped", "rate", "low", "high"])

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
    result: list[Remedies] | None = None
    for each in sets:
        result = _met(result, each) if result is not None else [frozenset({item}) for item in each]
        if len(result) > MOST:
            return None
    return tuple(sorted(result or (), key=lambda one: (len(one), sorted(one))))


def _met(found: list[Remedies], each: Remedies) -> list[Remedies]:
    """The minimal sets that meet all that `found` meet, and one more set.

    Those that meet it already stay. Another grows by one of its items, and is minimal unless it then holds one of those
    that stay; that one has no other item of the set, since what grows had none. Two that grow never hold each other.
    """
    stay = [one for one in found if one & each]
    grow = [one for one in found if not one & each]
    result = list(stay)
    for item in each if grow else ():
        alone = [one - {item} for one in stay if one & each == {item}]
        result += [one | {item} for one in grow if not any(less <= one for less in alone)]
    return result


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

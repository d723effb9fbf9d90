"""Compute on sets of remedies: the sets that share a remedy with each of them, and a path from the baseline."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

Remedies = frozenset[str]
"""A set of levels that replace the baseline's, each as `factor=level`."""


def remedy_sets(settings: pd.DataFrame, factors: Sequence[str], baseline: Mapping[str, str]) -> list[Remedies]:
    """Return each setting's set of remedies.

    Args:
        settings: one row a setting, level names by factor.
        factors: the factors that vary.
        baseline: factor -> its baseline level.
    """
    return [
        frozenset(
            f"{name}={level}" for name, level in zip(factors, map(str, row), strict=True) if level != baseline[name]
        )
        for row in settings[list(factors)].itertuples(index=False, name=None)
    ]


MOST = 2000
"""`hitting_sets` gives up when it has more sets than this."""


def hitting_sets(sets: Iterable[Remedies]) -> tuple[Remedies, ...] | None:
    """Return the minimal sets that share an item with every given set (Berge's algorithm); empty without any set.

    The number of such sets can grow exponentially; if it exceeds MOST at any step, the result is None.

    Examples:
        >>> [sorted(hitting) for hitting in hitting_sets([frozenset("ab"), frozenset("bc")])]
        [['b'], ['a', 'c']]
    """
    result: list[Remedies] | None = None
    for remedies in sets:
        result = _extended(result, remedies) if result is not None else [frozenset({item}) for item in remedies]
        if len(result) > MOST:
            return None
    return tuple(sorted(result or (), key=lambda one: (len(one), sorted(one))))


def _extended(hitting: list[Remedies], remedies: Remedies) -> list[Remedies]:
    """Extend minimal hitting sets, so that they share an item with one more set, `remedies`.

    A set of `hitting` that shares an item with `remedies` already stays. Any other grows by one item of `remedies`. The
    grown set is minimal unless it contains a set that stays. That set shares no other item with `remedies`, because the
    set that grew shared none. Two grown sets never contain each other.
    """
    stay = [one for one in hitting if one & remedies]
    grow = [one for one in hitting if not one & remedies]
    result = list(stay)
    for item in remedies if grow else ():
        alone = [one - {item} for one in stay if one & remedies == {item}]
        result += [one | {item} for one in grow if not any(less <= one for less in alone)]
    return result


def path(sets: pd.DataFrame) -> pd.DataFrame:
    """Return an ablation path: from the baseline, add at each step the remedy that gives the highest rate.

    See Fawcett and Hoos, Journal of Heuristics 22 (2016).

    Args:
        sets: the table `sets` of a `Sufficiency`.

    Returns:
        One row a step: `added` (empty at the baseline), `n`, `escaped`, `rate`, `low`, `high`. The path ends where no
        set with one more remedy was run.
    """
    numbers = sets[["n", "escaped", "rate", "low", "high"]].to_dict("records")
    rows: dict[Remedies, dict[Hashable, Any]] = dict(zip(map(frozenset, sets["remedies"]), numbers, strict=True))
    here: Remedies = frozenset()
    added, steps = "", []
    while here in rows:
        steps.append({"added": added, **rows[here]})
        larger = [remedies for remedies in rows if len(remedies) == len(here) + 1 and here < remedies]
        if not larger:
            break
        best = max(larger, key=lambda remedies: (rows[remedies]["rate"], sorted(remedies)))
        added, here = next(iter(best - here)), best
    return pd.DataFrame(steps, columns=["added", "n", "escaped", "rate", "low", "high"])

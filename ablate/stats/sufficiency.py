"""Find the minimal sufficient sets of remedies over a failing baseline, and the necessary and harmful remedies.

A set is a few levels that replace the baseline's. It is sufficient if the lower bound of its escape rate reaches the
target, insufficient if the upper bound stays below it, else undecided; `claims` gives the bounds. The bounds are per
set, without a correction for the number of sets. Nothing is assumed about sets that were not run.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError
from ablate.stats.claims import INSUFFICIENT, SUFFICIENT, Claim, exact, needed, verdicts
from ablate.stats.rates import cell_counts
from ablate.stats.remedy_sets import Remedies, hitting_sets, remedy_sets


@dataclass(frozen=True, eq=False, kw_only=True)
class Sufficiency:
    """The verdicts on the remedy sets of a study.

    Attributes:
        sets: one row a set that was run: `remedies` (sorted, `factor=level`), `size`, `n`, `escaped`, `rate`, `low`,
            `high` (one-sided bounds), `verdict`, `minimal` (sufficient, and no proper subset that was run is),
            `certain` (minimal, and every proper subset was run and is insufficient), `robust` (sufficient, and so is
            every larger set that was run), `complete` (every larger set was run), `needs` (seeds at which an undecided
            set would be decided at its present rate; NaN if decided, infinite if never).
        minimal: the minimal sufficient sets.
        harmful: one row per sufficient set and remedy that makes it insufficient: `remedies`, `added`, `n`, `escaped`
            with the remedy, `low`, `high`.
        necessary: the remedies in every minimal sufficient set.
        blockers: the minimal sets of remedies that share a remedy with every minimal sufficient set; None if there are
            too many to list.
        claim: the target and the bounds behind the verdicts.
    """

    sets: pd.DataFrame
    minimal: tuple[Remedies, ...]
    harmful: pd.DataFrame
    necessary: tuple[str, ...]
    blockers: tuple[Remedies, ...] | None
    claim: Claim


def lattice(
    trials: pd.DataFrame,
    factors: Sequence[str],
    baseline: Mapping[str, str],
    claim: Claim | None = None,
) -> Sufficiency:
    """Return the verdicts on the remedy sets among the trials.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        baseline: factor -> its baseline level.
        claim: the target and the bounds; `claims.exact()` by default.

    Raises:
        ConfigError: there is no trial.
    """
    if not len(trials):
        raise ConfigError("Verdicts on remedy sets need trials. Received none: train the study first.")
    keys, hits, counts = cell_counts(trials, factors, (trials["state"].astype(str) == "escaped").to_numpy(float))
    return analyse(remedy_sets(keys, factors, baseline), hits.sum(1), counts.sum(1), claim)


def analyse(sets: Sequence[Remedies], escaped: np.ndarray, n: np.ndarray, claim: Claim | None = None) -> Sufficiency:
    """Return the verdicts on remedy sets from their counts.

    Args:
        sets: the sets that were run.
        escaped: [sets] trials that escaped.
        n: [sets] trials.
        claim: the target and the bounds; `claims.exact()` by default.
    """
    claim = claim or exact()
    low, high = claim.bounds(np.asarray(escaped), np.asarray(n))
    verdict_of = dict(zip(sets, verdicts(escaped, n, claim).tolist(), strict=True))
    below, above = _around(verdict_of)
    minimal = tuple(
        sorted(
            (one for one in verdict_of if verdict_of[one] == SUFFICIENT and not below[one][0]), key=_by_size_and_name
        )
    )
    smallest = set(minimal)
    table = pd.DataFrame(
        {
            "remedies": [tuple(sorted(one)) for one in sets],
            "size": [len(one) for one in sets],
            "n": n,
            "escaped": np.asarray(escaped).astype(int),
            "rate": np.asarray(escaped) / np.asarray(n),
            "low": low,
            "high": high,
            "verdict": [verdict_of[one] for one in sets],
            "minimal": [one in smallest for one in sets],
            "certain": [one in smallest and below[one][1] for one in sets],
            "robust": [verdict_of[one] == SUFFICIENT and above[one][0] for one in sets],
            "complete": [above[one][1] for one in sets],
            "needs": needed(escaped, n, claim),
        }
    )
    order = sorted(range(len(sets)), key=lambda row: _by_size_and_name(sets[row]))
    return Sufficiency(
        sets=table.iloc[order].reset_index(drop=True),
        minimal=minimal,
        harmful=_harmful(verdict_of, table),
        necessary=tuple(sorted(frozenset.intersection(*minimal))) if minimal else (),
        blockers=hitting_sets(minimal),
        claim=claim,
    )


def _by_size_and_name(remedies: Remedies) -> tuple[int, list[str]]:
    return len(remedies), sorted(remedies)


def _around(
    verdict_of: Mapping[Remedies, str],
) -> tuple[dict[Remedies, tuple[bool, bool]], dict[Remedies, tuple[bool, bool]]]:
    """Summarize the verdicts on the subsets and on the supersets of each set.

    Two levels of one factor exclude each other, so a set can only grow by factors that it leaves at the baseline. The
    number of its supersets follows from the numbers of levels. Only sets that were run are visited, because a union of
    designs over seventeen factors has far too many possible sets. This function holds each set as a number with one bit
    a remedy, because it compares millions of pairs of sets.

    Returns:
        Per set, whether a proper subset is sufficient, and whether all proper subsets were run and are insufficient;
        per set, whether every superset that was run is sufficient, and whether every superset was run.
    """
    bits = {remedy: 1 << bit for bit, remedy in enumerate(sorted(set().union(*verdict_of)))}
    masks = [sum(bits[remedy] for remedy in remedies) for remedies in verdict_of]
    verdict = dict(zip(masks, verdict_of.values(), strict=True))
    run, short = dict.fromkeys(masks, 0), dict.fromkeys(masks, 0)
    below: dict[Remedies, tuple[bool, bool]] = {}
    for remedies, mask in zip(verdict_of, masks, strict=True):
        parts = _proper_parts(mask, len(remedies), verdict)
        words = [verdict[part] for part in parts]
        fails = verdict[mask] != SUFFICIENT
        for part in parts:
            run[part] += 1
            short[part] += fails
        below[remedies] = (SUFFICIENT in words, words.count(INSUFFICIENT) == 2 ** len(remedies) - 1)
    levels = Counter(remedy.partition("=")[0] for remedy in bits)
    above = {}
    for remedies, mask in zip(verdict_of, masks, strict=True):
        taken = {remedy.partition("=")[0] for remedy in remedies}
        possible = math.prod(count + 1 for factor, count in levels.items() if factor not in taken) - 1
        above[remedies] = (short[mask] == 0, run[mask] == possible)
    return below, above


def _proper_parts(larger: int, size: int, run: Mapping[int, str]) -> list[int]:
    """Return the proper subsets that were run; search the subsets, or the sets that were run if these are fewer."""
    if 2**size > len(run):
        return [mask for mask in run if mask & larger == mask and mask != larger]
    parts, part = [], larger
    while part:
        part = (part - 1) & larger
        if part in run:
            parts.append(part)
    return parts


def _harmful(verdict_of: Mapping[Remedies, str], table: pd.DataFrame) -> pd.DataFrame:
    """Return the sufficient sets that one more remedy makes insufficient."""
    numbers = table[["n", "escaped", "low", "high"]].to_dict("records")
    counts = dict(zip(map(frozenset, table["remedies"]), numbers, strict=True))
    rows = [
        {"remedies": tuple(sorted(larger - {remedy})), "added": remedy, **counts[larger]}
        for larger, verdict in verdict_of.items()
        if verdict == INSUFFICIENT
        for remedy in sorted(larger)
        if verdict_of.get(larger - {remedy}) == SUFFICIENT
    ]
    return pd.DataFrame(rows, columns=["remedies", "added", "n", "escaped", "low", "high"])

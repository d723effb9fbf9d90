"""Which sets of remedies are enough: minimal sufficient sets over a failing baseline, and what follows from them.

A set is a few levels put in place of the baseline's. It is sufficient if the lower bound of its escape rate (exact,
one-sided, 95 %, unless another claim is made) reaches the target, insufficient if the upper bound stays below it, else
undecided. The bound is per set:
the family of sets is stated, not corrected for. Sets that were not run are unknown and never assumed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError
from ablate.stats.claims import INSUFFICIENT, SUFFICIENT, UNDECIDED, Claim, exact, needed, verdicts
from ablate.stats.rates import cell_counts
from ablate.stats.remedy_sets import Remedies, hitting_sets


@dataclass(frozen=True, eq=False, kw_only=True)
class Sufficiency:
    """What a lattice of remedy sets says.

    Attributes:
        sets: one row a set that was run: `remedies` (sorted, `factor=level`), `size`, `n`, `escaped`, `rate`, `low`,
        `high` (one-sided
            bounds), `verdict`, `minimal`, `certain` (minimal, and every proper subset was run and is insufficient),
            `robust` (sufficient, and so is every larger set that was run), `complete` (every larger set was run),
            `needs` (seeds at which an undecided set would be decided at its present rate; NaN if decided, infinite if
            never).
        minimal: the minimal sufficient sets.
        harmful: one row per set and remedy that undoes it: `remedies`, `added`, `n`, `escaped` with it, `low`, `high`.
        necessary: remedies in every minimal sufficient set.
        blockers: the minimal sets of remedies without which no minimal sufficient set is left; None if
            there are too many to list.
        claim: what the verdicts are about.
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
    """The sets among the trials and what they say.

    Args:
        trials: one row a trial.
        factors: the factors that vary.
        baseline: each factor's baseline level.
        claim: which escape rate is enough, and how that is proven; `claims.exact()` by default.

    Raises:
        ConfigError: no trial.
    """
    if not len(trials):
        raise ConfigError("Remedy sets must have trials. Received none.")
    keys, hits, counts = cell_counts(trials, factors, (trials["state"].astype(str) == "escaped").to_numpy(float))
    named = [
        frozenset(
            f"{name}={level}" for name, level in zip(factors, map(str, row), strict=True) if level != baseline[name]
        )
        for row in keys.itertuples(index=False, name=None)
    ]
    return analyse(named, hits.sum(1), counts.sum(1), claim)


def analyse(named: Sequence[Remedies], escaped: np.ndarray, n: np.ndarray, claim: Claim | None = None) -> Sufficiency:
    """The same from counts: set i escaped `escaped[i]` times of `n[i]`."""
    claim = claim or exact()
    low, high = claim.bounds(np.asarray(escaped), np.asarray(n))
    found = dict(zip(named, verdicts(escaped, n, claim).tolist(), strict=True))
    below, above = _around(found)
    minimal = tuple(
        sorted(
            (each for each, verdict in found.items() if verdict == SUFFICIENT and not below[each][0]),
            key=lambda each: (len(each), sorted(each)),
        )
    )
    smallest = set(minimal)
    sets = pd.DataFrame(
        {
            "remedies": [tuple(sorted(each)) for each in named],
            "size": [len(each) for each in named],
            "n": n,
            "escaped": np.asarray(escaped).astype(int),
            "rate": np.asarray(escaped) / np.asarray(n),
            "low": low,
            "high": high,
            "verdict": [found[each] for each in named],
            "minimal": [each in smallest for each in named],
            "certain": [each in smallest and below[each][1] for each in named],
            "robust": [found[each] == SUFFICIENT and above[each][0] for each in named],
            "complete": [above[each][1] for each in named],
            "needs": needed(escaped, n, claim),
        }
    )
    order = sorted(range(len(named)), key=lambda place: (len(named[place]), sorted(named[place])))
    return Sufficiency(
        sets=sets.iloc[order].reset_index(drop=True),
        minimal=minimal,
        harmful=_harmful(found, sets),
        necessary=tuple(sorted(frozenset.intersection(*minimal))) if minimal else (),
        blockers=hitting_sets(minimal),
        claim=claim,
    )


def _around(
    found: Mapping[Remedies, str],
) -> tuple[dict[Remedies, tuple[bool, bool]], dict[Remedies, tuple[bool, bool]]]:
    """What the sets below and above each one say.

    Two levels of one factor exclude each other, so a set grows by one level of each factor it leaves alone; how many
    larger sets there are follows from the numbers of levels. Only sets that were run are visited: a union of designs
    over seventeen factors has more sets than could ever be. Sets are numbers here, a bit a remedy: there are millions
    of pairs.

    Returns:
        below: per set, whether a proper subset is sufficient, and whether all were run and are insufficient.
        above: per set, whether every larger set that was run is sufficient, and whether every larger set was run.
    """
    bits = {remedy: 1 << place for place, remedy in enumerate(sorted(set().union(*found)))}
    masks = [sum(bits[remedy] for remedy in each) for each in found]
    verdict = dict(zip(masks, found.values(), strict=True))
    run, short = dict.fromkeys(masks, 0), dict.fromkeys(masks, 0)
    below: dict[Remedies, tuple[bool, bool]] = {}
    for each, larger in zip(found, masks, strict=True):
        parts = _proper_parts(larger, len(each), verdict)
        words = [verdict[part] for part in parts]
        fails = verdict[larger] != SUFFICIENT
        for part in parts:
            run[part] += 1
            short[part] += fails
        below[each] = (SUFFICIENT in words, words.count(INSUFFICIENT) == 2 ** len(each) - 1)
    levels = Counter(remedy.partition("=")[0] for remedy in bits)
    above = {}
    for each, own in zip(found, masks, strict=True):
        taken = {remedy.partition("=")[0] for remedy in each}
        possible = math.prod(count + 1 for factor, count in levels.items() if factor not in taken) - 1
        above[each] = (short[own] == 0, run[own] == possible)
    return below, above


def _proper_parts(larger: int, size: int, run: Mapping[int, str]) -> list[int]:
    """The sets that were run and are part of a larger one, by whichever way is shorter."""
    if 2**size > len(run):
        return [each for each in run if each & larger == each and each != larger]
    parts, part = [], larger
    while part:
        part = (part - 1) & larger
        if part in run:
            parts.append(part)
    return parts


def _harmful(found: Mapping[Remedies, str], sets: pd.DataFrame) -> pd.DataFrame:
    """Sufficient sets that one more remedy makes insufficient."""
    place = {frozenset(each): row for row, each in enumerate(sets["remedies"])}
    numbers = sets[["n", "escaped", "low", "high"]].to_dict("records")
    rows = [
        {"remedies": tuple(sorted(larger - {remedy})), "added": remedy, **numbers[place[larger]]}
        for larger, verdict in found.items()
        if verdict == INSUFFICIENT
        for remedy in sorted(larger)
        if found.get(larger - {remedy}) == SUFFICIENT
    ]
    return pd.DataFrame(rows, columns=["remedies", "added", "n", "escaped", "low", "high"])


def top_up(found: Sufficiency, *, most: int = 64) -> pd.DataFrame:
    """The undecided sets that can still get seeds: `remedies`, `n`, `needs` and `seeds`, the number to run them to."""
    rows = found.sets[(found.sets["verdict"] == UNDECIDED) & (found.sets["n"] < most)]
    return rows[["remedies", "n", "needs"]].assign(seeds=most).reset_index(drop=True)

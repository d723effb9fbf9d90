"""Minimal sufficient remedy sets: what to draw, what to list, and what each removal costs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ablate.report.figure_data import SetsInfo
from ablate.report.strata import Stratum
from ablate.stats import contrasts, sufficiency
from ablate.stats.claims import Claim
from ablate.stats.sufficiency import Sufficiency

COLUMNS = 16
"""So many sets fit one picture."""

REMOVALS = 60
"""So many removals are worked out: those from the smallest minimal sets."""


def name(remedies: Sequence[str]) -> str:
    """A set for people.

    Examples:
        >>> name(("loss=fused", "width=32")), name(())
        ('loss=fused + width=32', 'baseline')
    """
    return " + ".join(remedies) or "baseline"


def shown(found: Sufficiency) -> pd.DataFrame:
    """The sets worth a picture: the baseline, the minimal ones, then others that hold no sufficient set.

    Of the others the undecided come first, then the smallest, then the best.
    """
    sets = found.sets
    minimal = sets[sets["minimal"]]
    held = [frozenset(each) for each in minimal["remedies"]]
    free = [not any(each <= frozenset(remedies) for each in held) for remedies in sets["remedies"]]
    rest = sets[np.array(free, dtype=bool) & (sets["size"] > 0).to_numpy()]
    rest = rest.assign(order=rest["verdict"].map({"undecided": 0, "insufficient": 1}), least=-rest["rate"])
    rest = rest.sort_values(["order", "size", "least"], kind="stable")
    return pd.concat([sets[sets["size"] == 0], minimal, rest[sets.columns]]).head(COLUMNS)


def info(found: Sufficiency, title: str, cost: pd.DataFrame) -> SetsInfo:
    """The picture's record."""
    rows = shown(found)
    remedies = tuple(sorted({remedy for each in rows["remedies"] for remedy in each}))
    removal = np.full((len(rows), len(remedies)), np.nan)
    for at, each in enumerate(rows["remedies"]):
        own = cost[cost["set"] == name(each)]
        rates = own["escaped_without"].to_numpy(float) / own["n_without"].to_numpy(float)
        for removed, rate in zip(own["removed"], rates, strict=True):
            removal[at, remedies.index(removed)] = rate
    return SetsInfo(
        title=title,
        target=found.claim.target,
        remedies=remedies,
        member=np.array([[remedy in each for remedy in remedies] for each in rows["remedies"]], dtype=bool),
        k=rows["escaped"].to_numpy(int),
        n=rows["n"].to_numpy(int),
        low=rows["low"].to_numpy(float),
        bound=found.claim.words,
        verdict=tuple(rows["verdict"]),
        removal=removal,
    )


def table(found: Sufficiency) -> pd.DataFrame:
    """One row a set that was run, with words for truths."""
    sets = found.sets.copy()
    sets["remedies"] = [name(each) for each in sets["remedies"]]
    for column in ("minimal", "certain", "robust", "complete"):
        sets[column] = sets[column].map({True: "yes", False: "no"})
    return sets.rename(columns={"low": "lower_bound", "high": "upper_bound", "needs": "needs_seeds"})


def removals(found: Sufficiency, stratum: Stratum, baseline: Mapping[str, str]) -> pd.DataFrame:
    """What a minimal set loses without one of its remedies, paired by seed.

    Columns: `set`, `removed`, `n`, `escaped`, `n_without`, `escaped_without`, `cost` (rate with less rate without),
    `low`, `high`, `p`, `pairs`; smaller sets that were not run have no row.
    """
    runs: dict[frozenset[str], pd.DataFrame] = {}

    def of(remedies: frozenset[str]) -> pd.DataFrame:
        if remedies not in runs:
            runs[remedies] = _trials(
                stratum, {**{each: baseline[each] for each in stratum.varying}, **_levels(remedies)}
            )
        return runs[remedies]

    every = ((whole, remedy) for whole in found.minimal for remedy in sorted(whole))
    rows = (_removal(of(whole), of(whole - {remedy}), name(sorted(whole)), remedy) for whole, remedy in every)
    kept = list(itertools.islice((row for row in rows if row is not None), REMOVALS))
    columns = ["set", "removed", "n", "escaped", "n_without", "escaped_without", "cost", "low", "high", "p", "pairs"]
    return pd.DataFrame(kept, columns=columns)


def _removal(own: pd.DataFrame, less: pd.DataFrame, whole: str, remedy: str) -> tuple[object, ...] | None:
    """A row of `removals`; None if the set without the remedy has no seed in common with it."""
    pair = own.merge(less, on="seed", suffixes=("", "_less"))
    if not len(pair):
        return None
    gap = contrasts.difference(pair["escaped"].to_numpy(float)[None], pair["escaped_less"].to_numpy(float)[None])
    counts = (len(own), int(own["escaped"].sum()), len(less), int(less["escaped"].sum()))
    return (whole, remedy, *counts, gap.estimate, gap.low, gap.high, gap.p, gap.pairs)


def _levels(remedies: frozenset[str]) -> dict[str, str]:
    return dict(each.split("=", 1) for each in remedies)


def _trials(stratum: Stratum, levels: Mapping[str, str]) -> pd.DataFrame:
    rows = np.ones(len(stratum.trials), dtype=bool)
    for factor, level in levels.items():
        rows &= (stratum.trials[factor] == level).to_numpy()
    return stratum.trials.loc[rows, ["seed", "escaped"]]


def lattice(stratum: Stratum, baseline: Mapping[str, str], claim: Claim) -> Sufficiency:
    """The sets among a question's trials."""
    return sufficiency.lattice(stratum.trials, list(stratum.varying), baseline, claim)


def words(found: Sufficiency, title: str) -> list[str]:
    """Necessary remedies, blockers and harmful additions, in sentences."""
    lines = []
    if not found.minimal:
        lines.append(f"{title}: no set that was run reaches {found.claim.target:g} with its {found.claim.words}.")
    if found.necessary:
        lines.append(f"{title}: necessary, in every minimal set: {', '.join(found.necessary)}.")
    if found.blockers and found.minimal:
        blocks = "; ".join(name(sorted(each)) for each in found.blockers[:10])
        lines.append(f"{title}: take away any one of these and no minimal set is left: {blocks}.")
    if len(found.harmful):
        undone = [
            f"{row['added']} undoes {name(row['remedies'])} ({row['escaped']}/{row['n']})"
            for row in found.harmful.head(10).to_dict(orient="records")
        ]
        lines.append(f"{title}: harmful additions, {len(found.harmful)} in all: {'; '.join(undone)}.")
    lines.append(
        f"{title}: {len(found.sets)} sets were run; the {found.claim.words} holds per set, not over all of them."
    )
    return lines

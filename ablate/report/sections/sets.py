"""The section on minimal sufficient remedy sets, and the cost of each removal from one."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from ablate.report.figure_data import SetsInfo
from ablate.report.figures.sets import plot_removal, plot_sets
from ablate.report.page_parts import Section, Table, TableFile, collect, link, table
from ablate.report.pictures import Picture, on_axes
from ablate.report.section_inputs import Inputs
from ablate.report.text_escaping import file_name
from ablate.report.trial_groups import TrialGroup
from ablate.stats import contrasts, sufficiency
from ablate.stats.sufficiency import Sufficiency

COLUMNS = 16
"""The most sets in one figure."""

REMOVALS = 60
"""The most removals that are worked out: those from the smallest minimal sets."""

ROWS = 60
"""The most sets that the page lists; tables/sets.csv has all."""

NAMED = 10
"""The most blockers or harmful additions that a sentence lists."""

REMOVAL_COLUMNS = (
    *("set", "removed", "n", "escaped", "n_without", "escaped_without"),
    *("cost", "low", "high", "p", "pairs"),
)


def section(inputs: Inputs) -> Section:
    """Make the section on minimal sufficient remedy sets."""
    lead = (
        "A set of remedies over the baseline is sufficient if the lower bound of its escape rate reaches "
        f"{inputs.claim.target:g}, and minimal if no smaller part of it is sufficient. For an undecided set, the "
        "table says how many seeds would decide it at its present rate."
    )
    return collect("sets", "Minimal remedy sets", lead, _parts(inputs))


def _parts(inputs: Inputs) -> Iterator[Picture | Table | TableFile | str]:
    of_sets = f"Remedy sets with their {inputs.claim.words}s and verdicts"
    of_removals = "Cost of each removal from a minimal set, paired by seed"
    for group in inputs.groups:
        if not group.varying:
            continue
        lattice = sufficiency.lattice(group.trials, list(group.varying), inputs.baseline, inputs.claim)
        cost = _removals(lattice, group, inputs.baseline)
        info = _info(lattice, f"{group.title}: remedy sets", cost)
        yield from _pictures(info, group)
        if np.isfinite(info.removal).any():
            members = {set_name(sorted(remedies)): sorted(remedies) for remedies in lattice.minimal}
            links = [_link(group, inputs.baseline, members[name]) for name in cost["set"]]
            yield table(cost, f"{group.title}: cost of each removal, paired by seed", links=links)
        listed = _listed(lattice)
        links = [_link(group, inputs.baseline, remedies) for remedies in lattice.sets["remedies"].head(ROWS)]
        yield table(listed, f"{group.title}: every set that was run", links=links, limit=ROWS)
        yield from _sentences(lattice, group.title)
        yield TableFile(name="sets", caption=of_sets, frame=listed.assign(stratum=group.title))
        yield TableFile(name="removals", caption=of_removals, frame=cost.assign(stratum=group.title))


def set_name(remedies: Iterable[str]) -> str:
    """Name a set of remedies.

    Examples:
        >>> set_name(("loss=fused", "width=32")), set_name(())
        ('loss=fused + width=32', 'baseline')
    """
    return " + ".join(remedies) or "baseline"


def _levels(remedies: Iterable[str]) -> dict[str, str]:
    return dict(remedy.split("=", 1) for remedy in remedies)


def _link(group: TrialGroup, baseline: Mapping[str, str], members: Sequence[str]) -> str:
    levels = {name: baseline[name] for name in group.varying} | _levels(members)
    return link(*group.within, *levels.items())


def _drawn(lattice: Sufficiency) -> pd.DataFrame:
    """Return the sets in the figure: the baseline, the minimal sets, then others without a sufficient part.

    Of the others the undecided sets come first, then the smallest, then the best.
    """
    sets = lattice.sets
    minimal = sets[sets["minimal"]]
    sufficient = [frozenset(members) for members in minimal["remedies"]]
    free = [not any(part <= frozenset(members) for part in sufficient) for members in sets["remedies"]]
    others = sets[np.array(free, dtype=bool) & (sets["size"] > 0).to_numpy()]
    others = others.assign(order=others["verdict"].map({"undecided": 0, "insufficient": 1}), worst=-others["rate"])
    others = others.sort_values(["order", "size", "worst"], kind="stable")
    return pd.concat([sets[sets["size"] == 0], minimal, others[sets.columns]]).head(COLUMNS)


def _info(lattice: Sufficiency, title: str, cost: pd.DataFrame) -> SetsInfo:
    rows = _drawn(lattice)
    names = tuple(sorted({remedy for members in rows["remedies"] for remedy in members}))
    removal = np.full((len(rows), len(names)), np.nan)
    for at, members in enumerate(rows["remedies"]):
        for row in cost[cost["set"] == set_name(members)].to_dict(orient="records"):
            removal[at, names.index(row["removed"])] = row["escaped_without"] / row["n_without"]
    return SetsInfo(
        title=title,
        target=lattice.claim.target,
        remedies=names,
        member=np.array([[remedy in members for remedy in names] for members in rows["remedies"]], dtype=bool),
        k=rows["escaped"].to_numpy(int),
        n=rows["n"].to_numpy(int),
        low=rows["low"].to_numpy(float),
        bound=lattice.claim.words,
        verdict=tuple(rows["verdict"]),
        removal=removal,
    )


def _pictures(info: SetsInfo, group: TrialGroup) -> Iterator[Picture]:
    yield Picture(
        name=file_name("sets", group.key),
        caption=f"{info.title}: the baseline, the minimal sufficient sets, and the nearest others. Escaped of n "
        f"with the {info.bound} against the target {info.target:g}; hatched white: undecided.",
        size=(max(2.4 + 0.5 * len(info.k), 2.0 + 0.075 * len(info.title)), 2.6 + 0.42 * len(info.remedies)),
        draw=on_axes(plot_sets, info),
    )
    rows = int(np.isfinite(info.removal).sum())
    if rows:
        yield Picture(
            name=file_name("removals", group.key),
            caption=f"{group.title}: cost of each removal. Escape rate of a minimal set, and without one remedy.",
            size=(8.6, 1.3 + 0.25 * rows),
            draw=on_axes(plot_removal, info),
        )


def _listed(lattice: Sufficiency) -> pd.DataFrame:
    """Return one row a set that was run, with yes and no for truth values."""
    sets = lattice.sets.copy()
    sets["remedies"] = sets["remedies"].map(set_name)
    for column in ("minimal", "certain", "robust", "complete"):
        sets[column] = sets[column].map({True: "yes", False: "no"})
    return sets.rename(columns={"low": "lower_bound", "high": "upper_bound", "needs": "needs_seeds"})


def _removals(lattice: Sufficiency, group: TrialGroup, baseline: Mapping[str, str]) -> pd.DataFrame:
    """Compare each minimal set with the set that lacks one of its remedies, paired by seed.

    Returns:
        Columns REMOVAL_COLUMNS; `cost` is the set's rate less the rate without the remedy. A smaller set that was not
        run has no row.
    """
    runs: dict[frozenset[str], pd.DataFrame] = {}

    def trials_of(members: frozenset[str]) -> pd.DataFrame:
        if members not in runs:
            levels = {name: baseline[name] for name in group.varying} | _levels(members)
            rows = np.logical_and.reduce([(group.trials[name] == level).to_numpy() for name, level in levels.items()])
            runs[members] = group.trials.loc[rows, ["seed", "escaped"]]
        return runs[members]

    pairs = ((members, remedy) for members in lattice.minimal for remedy in sorted(members))
    rows = (
        _removal(trials_of(members), trials_of(members - {remedy}), set_name(sorted(members)), remedy)
        for members, remedy in pairs
    )
    kept = itertools.islice((row for row in rows if row is not None), REMOVALS)
    return pd.DataFrame(list(kept), columns=list(REMOVAL_COLUMNS))


def _removal(whole: pd.DataFrame, less: pd.DataFrame, name: str, remedy: str) -> tuple[object, ...] | None:
    """Return a row of `_removals`; None if the two sets have no seed in common."""
    pairs = whole.merge(less, on="seed", suffixes=("", "_less"))
    if not len(pairs):
        return None
    gap = contrasts.difference(pairs["escaped"].to_numpy(float)[None], pairs["escaped_less"].to_numpy(float)[None])
    counts = (len(whole), int(whole["escaped"].sum()), len(less), int(less["escaped"].sum()))
    return (name, remedy, *counts, gap.estimate, gap.low, gap.high, gap.p, gap.pairs)


def _sentences(lattice: Sufficiency, title: str) -> list[str]:
    """Say which remedies are necessary, which removals leave no minimal set, and which additions harm."""
    bound = lattice.claim.words
    lines = []
    if not lattice.minimal:
        lines.append(f"{title}: no set that was run reaches {lattice.claim.target:g} with its {bound}.")
    if lattice.necessary:
        lines.append(f"{title}: necessary, in every minimal set: {', '.join(lattice.necessary)}.")
    if lattice.blockers and lattice.minimal:
        listed = "; ".join(set_name(sorted(members)) for members in lattice.blockers[:NAMED])
        lines.append(f"{title}: without any one of these no minimal set is left: {listed}.")
    if len(lattice.harmful):
        listed = "; ".join(
            f"{row['added']} undoes {set_name(row['remedies'])} ({row['escaped']}/{row['n']})"
            for row in lattice.harmful.head(NAMED).to_dict(orient="records")
        )
        lines.append(f"{title}: harmful additions, {len(lattice.harmful)} in all: {listed}.")
    lines.append(f"{title}: {len(lattice.sets)} sets were run; the {bound} holds for each set, not for all at once.")
    return lines

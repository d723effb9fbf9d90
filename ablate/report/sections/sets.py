"""The section on minimal sufficient remedy sets, and the cost of each removal from one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from ablate.remedies import problems
from ablate.report import charts
from ablate.report.figure_data import SetsInfo
from ablate.report.figures.sets import plot_removal, plot_sets
from ablate.report.page_parts import Conclusion, Section, Table, TableFile, collect, link, table
from ablate.report.pictures import Picture, on_axes
from ablate.report.section_inputs import Inputs
from ablate.report.style import percent
from ablate.report.text_escaping import file_name
from ablate.report.trial_groups import TrialGroup
from ablate.stats import claims, removals, sufficiency
from ablate.stats.sufficiency import Sufficiency

COLUMNS = 16
"""The most sets in one figure."""

REMOVALS = 60
"""The most removals that are worked out: those from the smallest minimal sets."""

ROWS = 60
"""The most sets that the page lists; tables/sets.csv has all."""

NAMED = 10
"""The most blockers or harmful additions that a sentence lists."""

CHOSEN = (
    "These sets were called minimal by the trials that are counted here, so the raw gap of their rates is too large. "
    "`cost` is shrunk towards the differences that are common among all sets that were run; it may still be too large "
    "if these are few. The intervals hold for the differences of all sets together. A proof needs fresh seeds."
)


def section(inputs: Inputs) -> Section:
    """Make the section on minimal sufficient remedy sets."""
    lead = (
        "A set of remedies over the baseline is sufficient if the lower bound of its escape rate reaches "
        f"{percent(inputs.claim.target)}, and minimal if no smaller part of it is sufficient. For an undecided set, "
        "the table says how many seeds would decide it at its present rate."
    )
    return collect("sets", "Which sets of remedies are enough, and is every part needed?", lead, _parts(inputs))


def _parts(inputs: Inputs) -> Iterator[Picture | Table | TableFile | Conclusion | str]:
    of_sets = f"Remedy sets with their {inputs.claim.words}s and verdicts"
    of_removals = "Cost of each removal from a minimal set, shrunk because the sets were chosen by these trials"
    for group in inputs.groups:
        if not group.varying:
            continue
        lattice = sufficiency.lattice(group.trials, list(group.varying), inputs.baseline, inputs.claim)
        yield _conclusion(lattice, group.title)
        cost = _removals(lattice, group, inputs.baseline)
        info = _info(lattice, f"{group.title}: remedy sets", cost)
        yield from _pictures(info, group)
        if np.isfinite(info.removal).any():
            members = {set_name(sorted(remedies)): sorted(remedies) for remedies in lattice.minimal}
            links = [_link(group, inputs.baseline, members[name]) for name in cost["set"]]
            yield table(
                cost, f"{group.title}: what leaving out each remedy costs, paired by seed", links=links, note=CHOSEN
            )
        listed = _listed(lattice)
        links = [_link(group, inputs.baseline, remedies) for remedies in lattice.sets["remedies"].head(ROWS)]
        yield table(listed, f"{group.title}: every set that was run", links=links, limit=ROWS)
        yield from _sentences(lattice, group.title)
        yield TableFile(name="sets", caption=of_sets, frame=listed.assign(stratum=group.title))
        yield TableFile(name="removals", caption=of_removals, frame=cost.assign(stratum=group.title))


def _conclusion(lattice: Sufficiency, title: str) -> Conclusion:
    """Count the minimal sets by their size."""
    # Other data or a planted bug is no remedy: sets with such a level stand in the table and are not counted here.
    minimal = [remedies for remedies in lattice.minimal if not problems() & set(_levels(remedies))]
    sizes = Counter(map(len, minimal))
    if not sizes:
        return Conclusion(f"{title}: no set that was run is shown to be sufficient.")
    parts = [f"{sizes[size]} of {size} remed{'y' if size == 1 else 'ies'}" for size in sorted(sizes)]
    count = "1 minimal sufficient set" if sizes.total() == 1 else f"{sizes.total()} minimal sufficient sets"
    return Conclusion(f"{title}: {count}, {', '.join(parts)}.")


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
        caption=f"{info.title}: the baseline, the minimal sufficient sets, and the nearest others. Each "
        f"shows its escape rate, the {info.bound} and the target {percent(info.target)}.",
        size=(max(2.4 + 0.5 * len(info.k), 2.0 + 0.075 * len(info.title)), 2.6 + 0.42 * len(info.remedies)),
        draw=on_axes(plot_sets, info),
        chart=charts.sets(info),
    )
    rows = int(np.isfinite(info.removal).sum())
    if rows:
        yield Picture(
            name=file_name("removals", group.key),
            caption=f"{group.title}: what leaving out each remedy costs. The gaps are too large, because these trials "
            "also chose the set. The table has the shrunk costs.",
            size=(8.6, 1.3 + 0.25 * rows),
            draw=on_axes(plot_removal, info),
            chart=charts.removals(info),
        )


def _listed(lattice: Sufficiency) -> pd.DataFrame:
    """Return one row a set that was run, with yes and no for truth values."""
    sets = lattice.sets.copy()
    sets["remedies"] = sets["remedies"].map(set_name)
    for column in ("minimal", "certain", "robust", "complete"):
        sets[column] = sets[column].map({True: "yes", False: "no"})
    return sets.rename(columns={"low": "lower_bound", "high": "upper_bound", "needs": "needs_seeds"})


def _removals(lattice: Sufficiency, group: TrialGroup, baseline: Mapping[str, str]) -> pd.DataFrame:
    """Return the table of `ablate.stats.removals`, of the first REMOVALS removals, with the sets' names."""
    cost = removals.removals(group.pooled, list(group.varying), baseline, lattice.minimal).head(REMOVALS)
    return cost.assign(set=cost["set"].map(set_name))


def _sentences(lattice: Sufficiency, title: str) -> list[str]:
    """Say which remedies are necessary, which removals leave no minimal set, and which additions harm."""
    bound = lattice.claim.words
    proven = claims.proven(lattice.sets["escaped"].to_numpy(), lattice.sets["n"].to_numpy(), lattice.claim)
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
    lines.append(
        f"{title}: {len(lattice.sets)} sets were run; the {bound} holds for each set, not for all at once. "
        f"For all at once (Holm), {int(proven.sum())} are proven sufficient."
    )
    return lines

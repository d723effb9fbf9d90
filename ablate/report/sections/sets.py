"""Minimal sufficient remedy sets."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ablate.report import figures, remedy_sets
from ablate.report.page_parts import Part, grid, link
from ablate.report.pictures import Picture, single
from ablate.report.sections.section_inputs import Material, name_of
from ablate.report.strata import Stratum

ROWS = 60
"""So many sets are listed in the page; tables/sets has all."""


def remedies(material: Material) -> Part:
    """Minimal sufficient remedy sets, and what each removal costs."""
    pictures, grids, notes, frames, costs = [], [], [], [], []
    for stratum in material.strata:
        if not stratum.varying:
            continue
        found = remedy_sets.lattice(stratum, material.baseline, material.claim)
        cost = remedy_sets.removals(found, stratum, material.baseline)
        info = remedy_sets.info(found, f"{stratum.title}: remedy sets", cost)
        size = (max(2.4 + 0.5 * len(info.k), 2.0 + 0.075 * len(info.title)), 2.6 + 0.42 * len(info.remedies))
        caption = (
            f"{info.title}: the baseline, the minimal sufficient sets, and the nearest others. Escaped of n with "
            f"the {found.claim.words} against the target {info.target:g}; hatched white: undecided."
        )
        pictures.append(
            Picture(name=name_of("sets", stratum.key), caption=caption, size=size, draw=single(figures.plot_sets, info))
        )
        if np.isfinite(info.removal).any():
            size = (8.6, 1.3 + 0.25 * int(np.isfinite(info.removal).sum()))
            caption = f"{stratum.title}: what each removal costs. Escape rate of a minimal set, and without one remedy."
            draw = single(figures.plot_removal, info)
            pictures.append(Picture(name=name_of("removals", stratum.key), caption=caption, size=size, draw=draw))
            sets_by_name = {remedy_sets.name(sorted(each)): tuple(sorted(each)) for each in found.minimal}
            links = [_set_link(stratum, material, sets_by_name[each]) for each in cost["set"]]
            grids.append(grid(cost, f"{stratum.title}: what each removal costs, paired by seed", links=links))
        listed = remedy_sets.table(found)
        links = [_set_link(stratum, material, each) for each in found.sets["remedies"].head(ROWS)]
        grids.append(grid(listed, f"{stratum.title}: every set that was run", links=links, limit=ROWS))
        notes += remedy_sets.words(found, stratum.title)
        frames.append(listed.assign(stratum=stratum.title))
        costs.append(cost.assign(stratum=stratum.title))
    lead = (
        f"A set of remedies over the baseline is sufficient if its escape rate's lower bound reaches "
        f"{material.claim.target:g}; minimal if no "
        "smaller part of it is. Undecided sets say how many seeds they need at their present rate."
    )
    tables = tuple(pd.concat(each, ignore_index=True) if each else pd.DataFrame() for each in (frames, costs))
    return Part(
        anchor="sets",
        title="Minimal remedy sets",
        lead=lead,
        pictures=tuple(pictures),
        tables=tuple(grids),
        notes=tuple(notes),
        files=(
            ("sets", f"Remedy sets with their {material.claim.words}s and verdicts", tables[0]),
            ("removals", "What each removal from a minimal set costs, paired by seed", tables[1]),
        ),
    )


def _set_link(stratum: Stratum, material: Material, chosen: tuple[str, ...]) -> str:
    levels = {name: material.baseline[name] for name in stratum.varying} | dict(each.split("=", 1) for each in chosen)
    return link(*stratum.within, *levels.items())

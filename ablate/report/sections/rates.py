"""How trials ended: the one picture of the first screen, heat maps, and rates by level."""

from __future__ import annotations

import pandas as pd

from ablate.report import figures, heat, levels
from ablate.report.figure_data import StatesInfo
from ablate.report.page_parts import Part, grid, link
from ablate.report.pictures import Picture, single
from ablate.report.sections.section_inputs import Material, name_of
from ablate.report.strata import Stratum


def glance(material: Material) -> Picture:
    """The one picture of the first screen."""
    stratum = material.strata[0]
    info = levels.single_remedies(stratum, material.baseline)
    if info is None:
        table = levels.table(stratum)
        info = (
            levels.states_info(table, f"{stratum.title}: how trials ended, by level") if len(table) else _whole(stratum)
        )
    return Picture(
        name="glance",
        caption=f"{info.title}. Shares of trials by how they ended; at the right, escaped of n.",
        size=(8.2, 1.5 + 0.26 * len(info.labels)),
        draw=single(figures.plot_states, info),
    )


def _whole(stratum: Stratum) -> StatesInfo:
    counts = stratum.trials["state"].value_counts(sort=False).to_numpy(dtype=int)[None, :]
    return StatesInfo(title=f"{stratum.title}: how trials ended", labels=("all trials",), counts=counts)


def heats(material: Material) -> list[Picture]:
    """Escape and collapse over the two factors with the most levels' worth of difference, per question."""
    found = []
    for stratum in material.strata:
        names = _widest(stratum)
        if len(names) < 2:
            continue
        for state in ("escaped", "collapsed"):
            info = heat.info(stratum, names[0], names[1], state, material.claim.target)
            found.append(
                Picture(
                    name=name_of("heat", info.what, stratum.key),
                    caption=(
                        f"{info.title}. k/n with 95 % intervals over seeds; hatched: the interval holds "
                        f"{material.claim.target:g}."
                    ),
                    size=(2.2 + 0.85 * len(info.across_levels), 1.6 + 0.5 * len(info.down_levels)),
                    draw=single(figures.plot_heat, info),
                )
            )
    return found


def _widest(stratum: Stratum) -> list[str]:
    """The two factors that matter most."""
    return list(stratum.loudest(2))


def level_rates(material: Material) -> Part:
    """Rates by level, a factor at a time."""
    tables = [(stratum, levels.table(stratum)) for stratum in (*material.strata, *material.aside)]
    tables = [(stratum, table) for stratum, table in tables if len(table)]
    pictures, grids = [], []
    for stratum, table in tables:
        info = levels.states_info(table, f"{stratum.title}: how trials ended, by level")
        size = (8.2, 1.5 + 0.24 * len(info.labels))
        caption = f"{info.title}. At the right, escaped of n."
        draw = single(figures.plot_states, info)
        if not stratum.aside:
            pictures.append(Picture(name=name_of("levels", stratum.key), caption=caption, size=size, draw=draw))
        rows = zip(table["factor"], table["level"], strict=True)
        company = {name: stratum.company([name]) for name in stratum.varying}
        links = [link(*stratum.within, (str(factor), str(level)), *company[factor]) for factor, level in rows]
        note = f"{stratum.lead} The intervals know that seeds are shared."
        grids.append(grid(table.drop(columns="question"), f"{stratum.title}: rates by level", links=links, note=note))
    frame = pd.concat([table for _, table in tables], ignore_index=True) if tables else pd.DataFrame()
    lead = (
        "How trials with each level ended, over those settings of the other factors in which they can be compared: "
        "all of a full grid; of a union of designs those in which the most levels were run."
    )
    return Part(
        anchor="levels",
        title="Rates by level",
        lead=lead,
        pictures=tuple(pictures),
        tables=tuple(grids),
        files=(("levels", "Levels: rates among comparable settings, intervals over seeds", frame),),
    )

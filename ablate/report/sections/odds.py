"""Effects in an incomplete grid: fractions, one at a time, pairs, unions, grids with holes."""

from __future__ import annotations

import pandas as pd

from ablate.report import figures, odds
from ablate.report.page_parts import Part, grid, link
from ablate.report.pictures import Picture, single
from ablate.report.sections.section_inputs import Material, name_of

PAGE = ["term", "level", "odds_ratio", "odds_low", "odds_high", "log_odds", "low", "high", "escaped", "n", "separated"]


def odds_ratios(material: Material) -> Part | None:
    """Odds ratios of escape by a penalised model, per question; None where every question is a full grid."""
    pictures, grids, frames = [], [], []
    notes: list[str] = []
    for stratum in material.strata:
        found = odds.fitted(stratum)
        if found is None:
            continue
        notes += found.notes
        if not len(found.table):
            continue
        title = f"{stratum.title}: odds of escape"
        info = odds.info(found, title)
        caption = (
            f"{title}, against the average level of the factor; 95 % intervals, escaped of n at the right. "
            f"Triangles: all or none of these trials escaped."
        )
        name = name_of("odds", stratum.key)
        size = (9.2, 1.3 + 0.25 * len(info.rows))
        pictures.append(Picture(name=name, caption=caption, size=size, draw=single(figures.plot_odds, info)))
        links = [link(*stratum.within, *pairs) for pairs in found.levels]
        grids.append(grid(found.table[PAGE], title, links=links))
        frame = found.table.copy()
        frame.insert(0, "stratum", stratum.title)
        frames.append(frame)
    if not notes:
        return None
    lead = (
        "Not every combination was run, so rates cannot be averaged over the others' levels as in a full grid. This "
        "model tells the effects apart as far as the settings that were run allow: the odds of escape with a level, "
        "divided by the odds at its factor's average level, all other factors being equal."
    )
    return Part(
        anchor="odds",
        title="Odds by level",
        lead=lead,
        pictures=tuple(pictures),
        tables=tuple(grids),
        notes=tuple(notes),
        files=(
            (
                "odds",
                "Odds ratios of escape against the average level: Firth's logistic model of the settings that were run",
                pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(),
            ),
        ),
    )

"""How soon trials escape and fall back."""

from __future__ import annotations

from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from ablate.report import escape_times, figures
from ablate.report.figure_data import IncidenceInfo
from ablate.report.page_parts import Part, grid, link
from ablate.report.pictures import Picture
from ablate.report.sections.section_inputs import Material, name_of
from ablate.report.strata import Stratum
from ablate.report.style import CROWD

DRAWN = 5
"""So many factors are drawn, those whose levels differ most; the table has all of them."""


def time(material: Material) -> Part:
    """Incidence of escape and of collapse, and the probability of being above chance, by the levels of each factor."""
    lead = (
        "First escape with divergence before it as a competing end (dotted), never as censoring; from escape, the "
        "fall back to "
        "chance; and the probability of being above chance at each look, all trials in the denominator. Bands: 95 % "
        "over seeds."
    )
    if not material.results.complete:
        return Part(anchor="time", title="Time", lead="Curves are in the shards, which are not here.")
    seen = escape_times.looks(material.results)
    pictures, grids, frames = [], [], []
    for stratum in material.strata:
        loudest = stratum.loudest(DRAWN)
        for factor in stratum.varying:
            if factor in loudest:
                pictures.append(_time(escape_times.curves(stratum, factor, seen), stratum, factor))
            frames.append(escape_times.table(stratum, factor, seen))
            company = stratum.company([factor])
            names = [(*stratum.within, (factor, str(level)), *company) for level in frames[-1]["level"]]
            title = f"{stratum.title}: time by {factor}"
            shown = frames[-1].drop(columns=["stratum", "factor"])
            grids.append(
                grid(shown, title, links=[link(*pairs) for pairs in names], choice=f"{stratum.title}: {factor}")
            )
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return Part(
        anchor="time",
        title="Time",
        lead=lead,
        pictures=tuple(pictures),
        tables=tuple(grids),
        picker=True,
        files=(("times", "Time to first escape, and from there to collapse, by level", whole),),
    )


def _draw_times(infos: tuple[IncidenceInfo, ...], figure: Figure) -> None:
    """The three curves side by side, the first two with numbers at risk below; the legend has the third place there."""
    rows = 0.18 * max(len(info.curves) for info in infos) + 0.35
    top, bottom = figure.subplots(2, 3, height_ratios=[3.4, rows])
    for at, info in enumerate(infos):
        figures.plot_incidence(info, top[at])
        if top[at].get_legend() is not None:
            top[at].get_legend().remove()
        if at < 2:
            figures.risk_table(info, bottom[at]).sharex(top[at])
    handles, labels = top[0].get_legend_handles_labels()
    bottom[2].set_axis_off()
    bottom[2].legend(handles, labels, title=infos[0].factor, loc="upper left", ncols=2 if len(handles) > CROWD else 1)


def _time(infos: tuple[IncidenceInfo, ...], stratum: Stratum, factor: str) -> Picture:
    title = f"{stratum.title}: time by {factor}"
    counts = ", ".join(f"{curve.label} n={curve.n}" for curve in infos[0].curves)
    caption = f"{title}: {counts}. Numbers at risk below; dotted: diverged or failed first; intervals in the table."
    size = (11.0, 4.6 + 0.18 * len(infos[0].curves))
    return Picture(
        name=name_of("time", factor, stratum.key),
        caption=caption,
        size=size,
        draw=partial(_draw_times, infos),
        choice=f"{stratum.title}: {factor}",
    )

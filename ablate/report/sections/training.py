"""Training curves, and the trials that broke."""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib.figure import Figure

from ablate.report import failures, fans, figures
from ablate.report.figure_data import FanInfo
from ablate.report.page_parts import Grid, Part, grid, link
from ablate.report.pictures import Picture
from ablate.report.sections.section_inputs import Material, name_of

DRAWN = 5
"""So many factors are drawn, those whose levels differ most; `plot_fan` draws any."""


def training(material: Material) -> Part:
    """Curves by state and by level, the mechanism's signals beside the accuracy."""
    lead = (
        "Median over trials, with the middle half (dark) and nine tenths (light). Mean logit and gap, zero "
        "gradients and dead "
        "units say which plateau it is: a large gap with zero gradients is the clipped loss's trap, dead units are "
        "dead, all "
        "flat near ln N is an untrained network."
    )
    if not material.results.complete:
        return Part(anchor="training", title="Training curves", lead="Curves are in the shards, which are not here.")
    steps = np.array(material.results.study.budget.schedule, dtype=float)
    chances = [chance.majority for chance in material.results.manifest.chance.values()]
    chance = chances[0] if len(set(chances)) == 1 else None
    pictures = []
    for stratum in material.strata:
        for factor in ("state", *stratum.loudest(DRAWN)):
            trials = stratum.trials if factor == "state" else stratum.comparable([factor])
            infos = fans.by_factor(trials, material.arrays, factor, steps, chance)
            title = f"{stratum.title}: training curves by {factor}"
            pictures.append(_fan(infos, name_of("training", factor, stratum.key), title, f"{stratum.title}: {factor}"))
        infos = fans.singles(stratum.trials, material.arrays, steps, chance)
        title = f"{stratum.title}: single trials, up to {fans.SINGLE} of each state, in the state's colour"
        pictures.append(_fan(infos, name_of("singles", stratum.key), title, f"{stratum.title}: single trials"))
    return Part(anchor="training", title="Training curves", lead=lead, pictures=tuple(pictures), picker=True)


def _draw_fans(infos: tuple[FanInfo, ...], title: str, figure: Figure) -> None:
    """A panel a signal; the legend stands beside them, where it covers no curve."""
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    panels = figure.subplots(2, 3)
    for info, ax in zip(infos, panels.flat, strict=True):
        figures.plot_fan(info, ax, legend=False)
        ax.set_title("")
    handles, labels = panels.flat[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, title=infos[0].factor, loc="outside right upper", fontsize=7)


def _fan(infos: tuple[FanInfo, ...], name: str, title: str, choice: str) -> Picture:
    counts = ", ".join(f"{fan.label} n={fan.n}" for fan in infos[0].fans)
    caption = f"{title}{': ' + counts if counts else ''}. Dotted: the chance level."
    return Picture(name=name, caption=caption, size=(11.0, 5.2), draw=partial(_draw_fans, infos, title), choice=choice)


def broken(material: Material) -> Part:
    """Failed and diverged trials with their reasons."""
    listing = failures.listed(material.results)
    lead = "Every planned trial is in every denominator, these too."
    files = (("failures", "Failed and diverged trials", listing),)
    if not len(listing):
        return Part(anchor="failures", title="Failed and diverged", lead=f"None. {lead}", files=files)
    reasons = failures.counted(listing)
    names = list(material.results.varying)
    own = material.results.trials.set_index("id").loc[listing["id"], names].astype(str)
    settings = [link(*zip(names, levels, strict=True)) for levels in own.itertuples(index=False, name=None)]
    tables: tuple[Grid, ...] = (
        grid(reasons, "By reason", links=[link(("state", state)) for state in reasons["state"]], limit=100),
        grid(listing, "Trial by trial", links=settings, limit=100, note="`ablate show ID` draws one."),
    )
    return Part(anchor="failures", title="Failed and diverged", lead=lead, tables=tables, files=files)

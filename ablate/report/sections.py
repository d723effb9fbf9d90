"""The page's sections, one function each: from results to pictures and tables with words around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ablate.report import effects, failures, fans, figures, heat, levels, sets, shares, times
from ablate.report.info import FanInfo, ForestInfo, IncidenceInfo, StatesInfo
from ablate.report.pictures import Picture, single
from ablate.report.strata import Stratum
from ablate.report.words import Grid, Part, grid, link
from ablate.results import Results


@dataclass(frozen=True, eq=False, kw_only=True)
class Material:
    """What every section is made from.

    Attributes:
        results: the study.
        settings: `results.table(results)`.
        strata: the questions that may not be pooled.
        arrays: per signal [trials, looks].
        baseline: level names by factor.
        target: the escape rate that counts as a remedy.
    """

    results: Results
    settings: pd.DataFrame
    strata: tuple[Stratum, ...]
    arrays: Mapping[str, np.ndarray]
    baseline: Mapping[str, str]
    target: float

    def of(self, stratum: Stratum) -> pd.DataFrame:
        """The settings of one question."""
        rows = self.settings
        for name, value in stratum.within:
            rows = rows[rows[name].astype(str) == value]
        return rows


def glance(material: Material) -> Picture:
    """The one picture of the first screen."""
    stratum = material.strata[0]
    info = levels.single_remedies(stratum, material.baseline)
    if info is None:
        table = levels.table(stratum)
        info = levels.states_info(table, f"{stratum.title}: how trials ended, by level") if len(table) else _whole(stratum)
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
            info = heat.info(stratum, names[0], names[1], state, material.target)
            found.append(
                Picture(
                    name=_name("heat", info.what, stratum.key),
                    caption=f"{info.title}. k/n with 95 % intervals over seeds; hatched: the interval holds {material.target:g}.",
                    size=(2.2 + 0.85 * len(info.across_levels), 1.6 + 0.5 * len(info.down_levels)),
                    draw=single(figures.plot_heat, info),
                )
            )
    return found


def _widest(stratum: Stratum) -> list[str]:
    """The two factors whose levels' escape rates lie furthest apart."""
    spread = {}
    for place, name in enumerate(stratum.varying):
        rate = stratum.trials.groupby(name, observed=True)["escaped"].mean()
        spread[name] = (-float(rate.max() - rate.min()), place)
    return sorted(spread, key=spread.__getitem__)[:2]


def level_rates(material: Material) -> tuple[Part, pd.DataFrame]:
    """Rates by level, a factor at a time."""
    tables = [(stratum, levels.table(stratum)) for stratum in material.strata]
    tables = [(stratum, table) for stratum, table in tables if len(table)]
    pictures, grids = [], []
    for stratum, table in tables:
        info = levels.states_info(table, f"{stratum.title}: how trials ended, by level")
        size = (8.2, 1.5 + 0.24 * len(info.labels))
        caption = f"{info.title}, pooled over the other factors. At the right, escaped of n."
        draw = single(figures.plot_states, info)
        pictures.append(Picture(name=_name("levels", stratum.key), caption=caption, size=size, draw=draw))
        rows = zip(table["factor"], table["level"], strict=True)
        links = [link(*stratum.within, (str(factor), str(level))) for factor, level in rows]
        note = "Pooled over the other factors; the intervals know that seeds are shared."
        grids.append(grid(table.drop(columns="question"), stratum.title, links=links, note=note))
    frame = pd.concat([table for _, table in tables], ignore_index=True) if tables else pd.DataFrame()
    lead = "How trials with each level ended, whatever the other factors were."
    return Part(anchor="levels", title="Rates by level", lead=lead, pictures=tuple(pictures), tables=tuple(grids)), frame


def contrasts(material: Material) -> tuple[Part, pd.DataFrame]:
    """Paired differences, declared and screened, of escape and of collapse."""
    pictures, grids, notes, frames = [], [], [], []
    for stratum in material.strata:
        for state in ("escaped", "collapsed"):
            asked, missing = effects.declared(stratum, material.results.study, state)
            notes += missing if state == "escaped" else []
            screened = effects.screen(stratum, material.baseline, state)
            for family, frame in (("declared", asked), ("screen", screened)):
                if not len(frame):
                    continue
                title = f"{stratum.title}: difference of {effects.WHAT[state]} rates, {family}"
                info = effects.forest(frame, title, state)
                pictures.append(_forest(info, _name("forest", family, effects.WHAT[state], stratum.key)))
                frames.append(effects.readable(frame, stratum.title, state))
                rows = zip(frame["factor"], frame["level"], frame["against"], strict=True)
                links = [link(*stratum.within, (str(f), str(a)), (str(f), str(b))) for f, a, b in rows]
                shown = frames[-1].drop(columns=["stratum", "counted", "family", "correction", "method"])
                grids.append(grid(shown, title, links=links, note=f"Corrected by {frames[-1]['correction'].iloc[0]}."))
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    lead = (
        "Each level against another on the same seeds and the same levels of every other factor. Declared contrasts were "
        "written down before the study ran and are corrected by Holm; the screen of every level against the baseline's is "
        "corrected by Benjamini-Hochberg. Filled marks and stars survive the correction at 5 %."
    )
    part = Part(anchor="effects", title="Effects", lead=lead, pictures=tuple(pictures), tables=tuple(grids), notes=tuple(notes))
    return part, whole


def _forest(info: ForestInfo, name: str) -> Picture:
    return Picture(
        name=name,
        caption=f"{info.title}. Risk differences paired by seed with 95 % intervals and numbers of pairs.",
        size=(9.2, 1.3 + 0.27 * len(info.differences)),
        draw=single(figures.plot_forest, info),
    )


def importance(material: Material) -> tuple[Part, pd.DataFrame]:
    """Shares of variance by factor and pair, for escape and for collapse."""
    pictures, grids, notes, frames = [], [], [], []
    for stratum in material.strata:
        for state in ("escaped", "collapsed"):
            frame, note = shares.shares(stratum, state)
            notes += [note] if note else []
            if not len(frame):
                continue
            what = effects.WHAT[state]
            title = f"{stratum.title}: what decides {what}"
            info = shares.info(frame, title)
            caption = f"{title}. Shares of the variance of setting rates, seed noise removed, 95 % intervals over seeds, n={info.n}."
            size = (8.2, 1.2 + 0.26 * min(len(info.terms), 20))
            name = _name("importance", what, stratum.key)
            pictures.append(Picture(name=name, caption=caption, size=size, draw=single(figures.plot_shares, info)))
            if len(stratum.varying) > 1:
                side = 2.2 + 0.62 * len(stratum.varying)
                name = _name("interactions", what, stratum.key)
                caption = f"{title}, as a matrix. Main effects on the diagonal, interactions of two below it, n={info.n}."
                draw = single(figures.plot_interactions, info)
                pictures.append(Picture(name=name, caption=caption, size=(side + 0.8, side), draw=draw))
            frame.insert(0, "counted", state)
            frame.insert(0, "stratum", stratum.title)
            frames.append(frame)
            grids.append(grid(frame.drop(columns=["stratum", "counted"]), title))
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    lead = (
        "Exact functional ANOVA of the full grid's rates: how much of their variance a factor explains alone, and how much "
        "only a pair explains together. The logit scale is a check: an interaction may be there on one scale only."
    )
    part = Part(anchor="importance", title="What decides", lead=lead, pictures=tuple(pictures), tables=tuple(grids), notes=tuple(notes))
    return part, whole


def remedies(material: Material) -> tuple[Part, pd.DataFrame, pd.DataFrame]:
    """Minimal sufficient remedy sets, and what each removal costs."""
    pictures, grids, notes, frames, costs = [], [], [], [], []
    for stratum in material.strata:
        if not stratum.varying:
            continue
        found = sets.lattice(stratum, material.baseline, material.target)
        cost = sets.removals(found, stratum, material.baseline)
        info = sets.info(found, f"{stratum.title}: remedy sets", cost)
        size = (2.4 + 0.5 * len(info.k), 2.6 + 0.42 * len(info.remedies))
        caption = (
            f"{info.title}: the baseline, the minimal sufficient sets, and the nearest others. Escaped of n with the one-sided "
            f"95 % bound against the target {info.target:g}; hatched white: undecided."
        )
        pictures.append(Picture(name=_name("sets", stratum.key), caption=caption, size=size, draw=single(figures.plot_sets, info)))
        if np.isfinite(info.removal).any():
            size = (8.6, 1.3 + 0.25 * int(np.isfinite(info.removal).sum()))
            caption = f"{stratum.title}: what each removal costs. Escape rate of a minimal set, and without one remedy."
            draw = single(figures.plot_removal, info)
            pictures.append(Picture(name=_name("removals", stratum.key), caption=caption, size=size, draw=draw))
            grids.append(grid(cost, f"{stratum.title}: what each removal costs, paired by seed"))
        listed = sets.table(found)
        links = [_set_link(stratum, material, each) for each in found.sets["remedies"]]
        grids.append(grid(listed, f"{stratum.title}: every set that was run", links=links, limit=60))
        notes += sets.words(found, stratum.title)
        frames.append(listed.assign(stratum=stratum.title))
        costs.append(cost.assign(stratum=stratum.title))
    lead = (
        f"A set of remedies over the baseline is sufficient if its escape rate's lower bound reaches {material.target:g}; minimal if no "
        "smaller part of it is. Undecided sets say how many seeds they need at their present rate."
    )
    tables = tuple(pd.concat(each, ignore_index=True) if each else pd.DataFrame() for each in (frames, costs))
    part = Part(anchor="sets", title="Minimal remedy sets", lead=lead, pictures=tuple(pictures), tables=tuple(grids), notes=tuple(notes))
    return part, tables[0], tables[1]


def _set_link(stratum: Stratum, material: Material, chosen: tuple[str, ...]) -> str:
    levels = {name: material.baseline[name] for name in stratum.varying} | dict(each.split("=", 1) for each in chosen)
    return link(*stratum.within, *levels.items())


def time(material: Material) -> tuple[Part, pd.DataFrame]:
    """Incidence of escape and of collapse, and the probability of being above chance, by the levels of each factor."""
    lead = (
        "First escape with divergence before it as a competing end (dotted), never as censoring; from escape, the fall back to "
        "chance; and the probability of being above chance at each look, all trials in the denominator. Bands: 95 % over seeds."
    )
    if not material.results.complete:
        return Part(anchor="time", title="Time", lead="Curves are in the shards, which are not here."), pd.DataFrame()
    seen = times.looks(material.results)
    pictures, grids, frames = [], [], []
    for stratum in material.strata:
        for factor in stratum.varying:
            infos = times.curves(stratum, factor, seen)
            pictures.append(_time(infos, stratum, factor))
            frames.append(times.table(stratum, factor, seen))
            names = [(*stratum.within, (factor, str(level))) for level in frames[-1]["level"]]
            title = f"{stratum.title}: time by {factor}"
            shown = frames[-1].drop(columns=["stratum", "factor"])
            grids.append(grid(shown, title, links=[link(*pairs) for pairs in names], choice=f"{stratum.title}: {factor}"))
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    return Part(anchor="time", title="Time", lead=lead, pictures=tuple(pictures), tables=tuple(grids), picker=True), whole


def _draw_times(infos: tuple[IncidenceInfo, ...], figure: Figure) -> None:
    """The three curves side by side, the first two with numbers at risk below."""
    rows = 0.18 * max(len(info.curves) for info in infos) + 0.35
    top, bottom = figure.subplots(2, 3, height_ratios=[3.4, rows])
    for at, info in enumerate(infos):
        figures.plot_incidence(info, top[at])
        if at and top[at].get_legend() is not None:
            top[at].get_legend().remove()
        if at < 2:
            figures.risk_table(info, bottom[at]).sharex(top[at])
        else:
            bottom[at].set_axis_off()


def _time(infos: tuple[IncidenceInfo, ...], stratum: Stratum, factor: str) -> Picture:
    title = f"{stratum.title}: time by {factor}"
    counts = ", ".join(f"{curve.label} n={curve.n}" for curve in infos[0].curves)
    caption = f"{title}: {counts}. Numbers at risk below; dotted: diverged or failed first."
    size = (11.0, 4.4 + 0.18 * len(infos[0].curves))
    return Picture(
        name=_name("time", factor, stratum.key), caption=caption, size=size, draw=partial(_draw_times, infos),
        choice=f"{stratum.title}: {factor}"
    )


def training(material: Material) -> Part:
    """Curves by state and by level, the mechanism's signals beside the accuracy."""
    lead = (
        "Median over trials, with the middle half (dark) and nine tenths (light). Mean logit and gap, zero gradients and dead "
        "units say which plateau it is: a large gap with zero gradients is the clipped loss's trap, dead units are dead, all "
        "flat near ln N is an untrained network."
    )
    if not material.results.complete:
        return Part(anchor="training", title="Training curves", lead="Curves are in the shards, which are not here.")
    steps = np.array(material.results.study.budget.schedule, dtype=float)
    chances = {measured.chance.get("majority") for measured in material.results.manifest.chance.values()}
    chance = float(next(iter(chances))) if len(chances) == 1 and None not in chances else None
    pictures = []
    for stratum in material.strata:
        for factor in ("state", *stratum.varying):
            infos = fans.by_factor(stratum.trials, material.arrays, factor, steps, chance)
            title = f"{stratum.title}: training curves by {factor}"
            pictures.append(_fan(infos, _name("training", factor, stratum.key), title, f"{stratum.title}: {factor}"))
        infos = fans.singles(stratum.trials, material.arrays, steps, chance)
        title = f"{stratum.title}: single trials, up to {fans.SINGLE} of each state, in the state's colour"
        pictures.append(_fan(infos, _name("singles", stratum.key), title, f"{stratum.title}: single trials"))
    return Part(anchor="training", title="Training curves", lead=lead, pictures=tuple(pictures), picker=True)


def _draw_fans(infos: tuple[FanInfo, ...], title: str, figure: Figure) -> None:
    """A panel a signal; the legend stands in the first."""
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    for at, (info, ax) in enumerate(zip(infos, figure.subplots(2, 3).flat, strict=True)):
        figures.plot_fan(info, ax)
        ax.set_title("")
        if at and ax.get_legend() is not None:
            ax.get_legend().remove()


def _fan(infos: tuple[FanInfo, ...], name: str, title: str, choice: str) -> Picture:
    counts = ", ".join(f"{fan.label} n={fan.n}" for fan in infos[0].fans)
    caption = f"{title}{': ' + counts if counts else ''}. Dotted: the chance level."
    return Picture(name=name, caption=caption, size=(9.6, 5.2), draw=partial(_draw_fans, infos, title), choice=choice)


def broken(material: Material) -> tuple[Part, pd.DataFrame]:
    """Failed and diverged trials with their reasons."""
    listing = failures.listed(material.results)
    lead = "Every planned trial is in every denominator, these too."
    if not len(listing):
        return Part(anchor="failures", title="Failed and diverged", lead=f"None. {lead}"), listing
    tables: tuple[Grid, ...] = (
        grid(failures.counted(listing), "By reason", limit=100),
        grid(listing, "Trial by trial", limit=100, note="`ablate show ID` draws one."),
    )
    return Part(anchor="failures", title="Failed and diverged", lead=lead, tables=tables), listing


def _name(*words: str) -> str:
    joined = "-".join(word for word in words if word)
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in joined)[:80]

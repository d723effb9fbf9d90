"""Paired differences, and what decides: shares of variance."""

from __future__ import annotations

import pandas as pd

from ablate.report import effects, figures, variance_shares
from ablate.report.figure_data import ForestInfo
from ablate.report.page_parts import Part, grid, link
from ablate.report.pictures import Picture, single
from ablate.report.sections.section_inputs import Material, name_of
from ablate.report.strata import Stratum


def contrasts(material: Material) -> Part:
    """Paired differences, declared and screened, of escape and of collapse."""
    pictures, grids, notes, frames = [], [], [], []
    for stratum in material.strata:
        for state in _seen(stratum):
            asked, missing = effects.declared(stratum, material.results.study, state)
            notes += missing if state == "escaped" else []
            screened = effects.screen(stratum, material.baseline, state)
            for family, frame in (("declared", asked), ("screen", screened)):
                if not len(frame):
                    continue
                title = f"{stratum.title}: difference of {effects.WHAT[state]} rates, {family}"
                info = effects.forest(frame, title, state)
                pictures.append(_forest(info, name_of("forest", family, effects.WHAT[state], stratum.key)))
                frames.append(effects.readable(frame, stratum.title, state))
                rows = zip(frame["factor"], frame["level"], frame["against"], strict=True)
                links = [link(*stratum.within, (str(f), str(a)), (str(f), str(b))) for f, a, b in rows]
                shown = frames[-1].drop(columns=["stratum", "counted", "family", "correction", "method"])
                grids.append(grid(shown, title, links=links, note=f"Corrected by {frames[-1]['correction'].iloc[0]}."))
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    lead = (
        "Each level against another on the same seeds and the same levels of every other factor. Declared contrasts "
        "were "
        "written down before the study ran and are corrected by Holm; the screen of every level against the "
        "baseline's is "
        "corrected by Benjamini-Hochberg. Filled marks and stars survive the correction at 5 %. Each is a mean over "
        "all settings that have both levels, other remedies at work in many of them: what a level does to the baseline "
        "alone is in the first picture and in the remedy sets. The column parts names the other factor by which a "
        "difference varies most, where its levels lie 0.1 or more apart: a mean of opposite parts says little."
    )
    return Part(
        anchor="effects",
        title="Effects",
        lead=lead,
        pictures=tuple(pictures),
        tables=tuple(grids),
        notes=tuple(notes),
        files=(("contrasts", "Paired differences of rates, with correction", whole),),
    )


def _seen(stratum: Stratum) -> tuple[str, ...]:
    """Escape, and collapse if any trial did."""
    return ("escaped", "collapsed") if (stratum.trials["state"] == "collapsed").any() else ("escaped",)


def _forest(info: ForestInfo, name: str) -> Picture:
    return Picture(
        name=name,
        caption=f"{info.title}. Risk differences paired by seed with 95 % intervals and numbers of pairs.",
        size=(9.2, 1.3 + 0.27 * len(info.differences)),
        draw=single(figures.plot_forest, info),
    )


def importance(material: Material) -> Part:
    """Shares of variance by factor and pair, for escape and for collapse."""
    pictures, grids, notes, frames = [], [], [], []
    for stratum in material.strata:
        for state in ("escaped", "collapsed"):
            frame, note = variance_shares.shares(stratum, material.results.study, state)
            notes += [note] if note else []
            if not len(frame):
                continue
            what = effects.WHAT[state]
            title = f"{stratum.title}: what decides {what}"
            info = variance_shares.info(frame, title)
            caption = (
                f"{title}. Shares of the variance of setting rates, seed noise removed, 95 % intervals over "
                f"seeds, n={info.n}."
            )
            size = (8.2, 1.2 + 0.26 * min(len(info.terms), 20))
            name = name_of("importance", what, stratum.key)
            pictures.append(Picture(name=name, caption=caption, size=size, draw=single(figures.plot_shares, info)))
            mains = sum(len(term) == 1 and term != (figures.REST,) for term in info.terms)
            if mains > 1:
                side = 2.2 + 0.62 * mains
                name = name_of("interactions", what, stratum.key)
                caption = (
                    f"{title}, as a matrix. Main effects on the diagonal, interactions of two below it, n={info.n}."
                )
                draw = single(figures.plot_interactions, info)
                pictures.append(Picture(name=name, caption=caption, size=(side + 0.8, side), draw=draw))
            frame.insert(0, "counted", state)
            frame.insert(0, "stratum", stratum.title)
            frames.append(frame)
            links = [link(*stratum.within)] * len(frame)
            grids.append(grid(frame.drop(columns=["stratum", "counted"]), title, links=links))
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    lead = (
        "Exact functional ANOVA of the full grid's rates: how much of their variance a factor explains alone, and "
        "how much "
        "only a pair explains together. The logit scale is a check: an interaction may be there on one scale only."
    )
    return Part(
        anchor="importance",
        title="What decides",
        lead=lead,
        pictures=tuple(pictures),
        tables=tuple(grids),
        notes=tuple(notes),
        files=(("importance", "Shares of the variance of setting rates, exact ANOVA", whole),),
    )

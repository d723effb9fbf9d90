"""The section on shares of variance: how much each factor and each pair decides, by exact ANOVA of a full grid."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError
from ablate.core.study import Study
from ablate.design import designs
from ablate.report import charts
from ablate.report.figure_data import SharesInfo
from ablate.report.figures.effects import REST, TERMS, plot_interactions, plot_shares
from ablate.report.page_parts import Conclusion, Section, Table, TableFile, collect, link, table
from ablate.report.pictures import Picture, on_axes
from ablate.report.section_inputs import EVENTS, Inputs
from ablate.report.style import percent
from ablate.report.text_escaping import file_name
from ablate.report.trial_groups import TrialGroup
from ablate.stats import effects, grid

LEAD = (
    "Exact functional ANOVA of the rates of a full grid: the share of their variance that a factor explains alone, and "
    "the share that only a pair explains together. The logit scale is a check, since an interaction may exist on one "
    "scale only."
)


def section(inputs: Inputs) -> Section:
    """Make the section on shares of variance by factor and pair, for escape and for collapse."""
    return collect("importance", "Which factors decide, alone or in pairs?", LEAD, _parts(inputs))


def _parts(inputs: Inputs) -> Iterator[Picture | Table | TableFile | Conclusion | str]:
    caption = "Shares of the variance of setting rates, exact ANOVA"
    for group in inputs.groups:
        for state, event in EVENTS.items():
            frame, note = _shares(group, inputs.results.study, state)
            yield note
            if len(frame):
                yield _conclusion(frame, f"{group.title}, {event}")
                title = f"{group.title}: what decides {event}"
                yield from _pictures(_info(frame, title), event, group.key)
                yield table(frame, title, links=[link(*group.within)] * len(frame))
                frame.insert(0, "counted", state)
                frame.insert(0, "stratum", group.title)
                yield TableFile(name="importance", caption=caption, frame=frame)


def _conclusion(frame: pd.DataFrame, title: str) -> Conclusion:
    """Name the factor or pair that explains most."""
    rows = frame[(frame["scale"] == "probability") & frame["share"].notna() & (frame["term"] != REST)]
    if not len(rows):
        return Conclusion(f"{title}: no share can be estimated.")
    row = rows.iloc[int(rows["share"].to_numpy(float).argmax())]
    share = f"{percent(row['share'])} [{100 * row['low']:.0f}, {100 * row['high']:.0f}]"
    return Conclusion(f"{title}: {str(row['term']).replace(':', ' with ')} explains most, {share} of the variance.")


def _shares(group: TrialGroup, study: Study, state: str) -> tuple[pd.DataFrame, str]:
    """Return the shares on the probability and the logit scale, and which settings they cover or why none."""
    trials, names = _full_grid(group, study)
    if not names:
        return (
            pd.DataFrame(),
            f"{group.title}: no exact ANOVA, because no part of the design is a full grid of two factors.",
        )
    ended = (trials["state"].astype(str) == state).to_numpy(float)
    if not ended.any() or ended.all():
        return pd.DataFrame(), f"{group.title}: every trial, or none, is {state}; there is no variance to explain."
    try:
        cells = grid.grid(trials, names, ended)
    except ConfigError as error:
        return pd.DataFrame(), f"{group.title}: no exact ANOVA yet. {error}"
    if len(cells.seeds) < 3:
        return pd.DataFrame(), f"{group.title}: no exact ANOVA with fewer than 3 seeds."
    parts = [
        part.shares.assign(scale=part.scale, cells=part.cells, seeds=part.seeds, n=part.cells * part.seeds)
        for part in (effects.anova(cells), effects.logit_anova(cells))
    ]
    columns = ["scale", "term", "order", "df", "variance", "share", "low", "high", "cells", "seeds", "n"]
    covered = f"{group.title}, {state}: over the {cells.values[..., 0].size} settings of {', '.join(names)}."
    dropped = f" {cells.dropped} seeds that some setting lacks are left out." if cells.dropped else ""
    return pd.concat(parts, ignore_index=True)[columns], covered + dropped


def _full_grid(group: TrialGroup, study: Study) -> tuple[pd.DataFrame, list[str]]:
    """Return the trials of the largest full grid among the group's, and the factors that vary in it."""
    names = list(group.varying)
    if names and grid.missing(group.pooled, names) == 0:
        return group.pooled, names
    best: tuple[pd.DataFrame, list[str]] = (group.pooled.head(0), [])
    for part in study.designs:
        if part.get("kind") != "full":
            continue
        settings = designs.settings(dataclasses.replace(study, designs=(part,)))
        levels = {name: {setting[name].name for setting in settings} for name in names}
        rows = np.logical_and.reduce([group.pooled[name].isin(levels[name]).to_numpy() for name in names])
        varying = [name for name in names if len(levels[name]) > 1]
        if len(varying) > 1 and rows.sum() > len(best[0]):
            best = (group.pooled[rows], varying)
    return best


def _info(frame: pd.DataFrame, title: str) -> SharesInfo:
    """Return the record of the probability scale, on which the rest of the variance is a term of its own."""
    rows = frame[(frame["scale"] == "probability") & frame["share"].notna()]
    return SharesInfo(
        title=title,
        terms=tuple(tuple(str(term).split(":")) for term in rows["term"]),
        share=rows["share"].to_numpy(float),
        low=rows["low"].to_numpy(float),
        high=rows["high"].to_numpy(float),
        n=int(rows["n"].iloc[0]) if len(rows) else 0,
    )


def _pictures(info: SharesInfo, event: str, key: str) -> Iterator[Picture]:
    """Yield the bars, and the matrix of interactions if several factors vary."""
    yield Picture(
        name=file_name("importance", event, key),
        caption=f"{info.title}. Shares of the variance of setting rates, seed noise removed, 95 % intervals over "
        f"seeds, n={info.n}.",
        size=(8.2, 1.2 + 0.26 * min(len(info.terms), TERMS)),
        draw=on_axes(plot_shares, info),
        chart=charts.shares(info),
    )
    factors = sum(len(term) == 1 and term != (REST,) for term in info.terms)
    side = 2.2 + 0.62 * factors
    if factors > 1:
        yield Picture(
            name=file_name("interactions", event, key),
            caption=f"{info.title}, as a matrix. Single factors on the diagonal, interactions of two below it, "
            f"n={info.n}.",
            size=(side + 0.8, side),
            draw=on_axes(plot_interactions, info),
            on_page=False,
        )

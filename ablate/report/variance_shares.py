"""How much of the variance of settings' rates each factor and each pair explains, by exact ANOVA of a full grid."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError
from ablate.core.study import Study
from ablate.design import designs
from ablate.report.figure_data import SharesInfo
from ablate.report.strata import Stratum
from ablate.stats import effects, grid


def shares(stratum: Stratum, study: Study, state: str) -> tuple[pd.DataFrame, str]:
    """The table of terms on both scales, and a sentence on what it is over, or why there is none.

    Columns: `scale`, `term`, `order`, `df`, `variance`, `share`, `low`, `high`, `cells`, `seeds`, `n`.
    """
    trials, names = full_grid(stratum, study)
    if not names:
        return pd.DataFrame(), f"{stratum.title}: no exact ANOVA, no part of the design is a full grid of two factors."
    hit = (trials["state"].astype(str) == state).to_numpy(float)
    if not hit.any() or hit.all():
        return pd.DataFrame(), f"{stratum.title}: every trial, or none, is {state}; there is no variance to explain."
    try:
        table = grid.grid(trials, names, hit)
    except ConfigError as error:
        return pd.DataFrame(), f"{stratum.title}: no exact ANOVA yet. {error}"
    if len(table.seeds) < 3:
        return pd.DataFrame(), f"{stratum.title}: no exact ANOVA with fewer than 3 seeds."
    parts = [_rows(effects.anova(table)), _rows(effects.logit_anova(table))]
    over = f"{stratum.title}, {state}: over the {table.values[..., 0].size} settings of {', '.join(names)}."
    dropped = f" {table.dropped} seeds that some setting lacks are left out." if table.dropped else ""
    return pd.concat(parts, ignore_index=True), over + dropped


def full_grid(stratum: Stratum, study: Study) -> tuple[pd.DataFrame, list[str]]:
    """The trials of the largest full grid, all or a full part of the design, and the factors that vary in it."""
    names = list(stratum.varying)
    if names and grid.missing(stratum.trials, names) == 0:
        return stratum.trials, names
    best: tuple[pd.DataFrame, list[str]] = (stratum.trials.head(0), [])
    for part in study.designs:
        if part.get("kind") != "full":
            continue
        rows = np.ones(len(stratum.trials), dtype=bool)
        levels: dict[str, set[str]] = {name: set() for name in names}
        for setting in designs.settings(dataclasses.replace(study, designs=(part,))):
            for name in names:
                levels[name].add(setting[name].name)
        for name in names:
            rows &= stratum.trials[name].isin(levels[name]).to_numpy()
        varying = [name for name in names if len(levels[name]) > 1]
        if len(varying) > 1 and rows.sum() > len(best[0]):
            best = (stratum.trials[rows], varying)
    return best


def _rows(found: effects.Effects) -> pd.DataFrame:
    whole = found.shares.assign(cells=found.cells, seeds=found.seeds, n=found.cells * found.seeds)
    whole.insert(0, "scale", found.scale)
    return whole[["scale", "term", "order", "df", "variance", "share", "low", "high", "cells", "seeds", "n"]]


def info(frame: pd.DataFrame, title: str) -> SharesInfo:
    """The probability scale's rows as a record to draw; the rest of the variance is a term of its own."""
    own = frame[(frame["scale"] == "probability") & frame["share"].notna()]
    return SharesInfo(
        title=title,
        terms=tuple(tuple(str(term).split(":")) for term in own["term"]),
        share=own["share"].to_numpy(float),
        low=own["low"].to_numpy(float),
        high=own["high"].to_numpy(float),
        n=int(own["n"].iloc[0]) if len(own) else 0,
    )

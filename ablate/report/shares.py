"""How much of the variance of settings' rates each factor and each pair explains, by exact ANOVA of a full grid."""

from __future__ import annotations

import pandas as pd

from ablate.errors import ConfigError
from ablate.report.info import SharesInfo
from ablate.report.strata import Stratum
from ablate.stats import effects, grid


def shares(stratum: Stratum, state: str) -> tuple[pd.DataFrame, str]:
    """The table of terms on both scales, and a sentence that says why there is none.

    Columns: `scale`, `term`, `order`, `df`, `variance`, `share`, `low`, `high`, `cells`, `seeds`, `n`.
    """
    names = list(stratum.varying)
    if not names:
        return pd.DataFrame(), "Nothing varies."
    hit = (stratum.trials["state"].astype(str) == state).to_numpy(float)
    if not hit.any() or hit.all():
        return pd.DataFrame(), f"{stratum.title}: every trial, or none, is {state}; there is no variance to explain."
    try:
        table = grid.grid(stratum.trials, names, hit)
    except ConfigError as error:
        return pd.DataFrame(), f"{stratum.title}: no exact ANOVA, the grid is not full. {error}"
    if len(table.seeds) < 3:
        return pd.DataFrame(), f"{stratum.title}: no exact ANOVA with fewer than 3 seeds."
    parts = [_rows(effects.anova(table)), _rows(effects.logit_anova(table))]
    dropped = f" {table.dropped} seeds that some setting lacks are left out." if table.dropped else ""
    return pd.concat(parts, ignore_index=True), dropped.strip()


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

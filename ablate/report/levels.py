"""Rates by level, one factor at a time, and the single remedies against the baseline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ablate.outcomes.states import STATES
from ablate.report.figure_data import StatesInfo
from ablate.report.heat import levels_of
from ablate.report.strata import Stratum
from ablate.stats import rates

ROWS = 120
"""So many bars fit one picture."""

BEST = 30
"""So many single remedies fit the first screen."""


def table(stratum: Stratum) -> pd.DataFrame:
    """One row a level of each varying factor, over the settings of the others in which its levels can be compared.

    Columns: `question`, `factor`, `level`, `n`, `seeds`, one per state, `escape_rate`, `low`, `high`.
    """
    parts = []
    for factor in stratum.varying:
        found = rates.table(stratum.comparable([factor]), [factor]).rename(
            columns={factor: "level", "rate": "escape_rate"}
        )
        order = {level: at for at, level in enumerate(levels_of(stratum.trials, factor))}
        found["level"] = found["level"].astype(str)
        found = found.iloc[np.argsort([order[level] for level in found["level"]], kind="stable")]
        found.insert(0, "factor", factor)
        parts.append(found)
    if not parts:
        return pd.DataFrame()
    whole = pd.concat(parts, ignore_index=True)
    whole.insert(0, "question", stratum.title)
    return whole.loc[:, ["question", "factor", "level", "n", "seeds", *STATES, "escape_rate", "low", "high"]]


def states_info(table: pd.DataFrame, title: str) -> StatesInfo:
    """The table's first rows as bars."""
    shown = table.head(ROWS)
    return StatesInfo(
        title=title,
        labels=tuple(f"{factor}: {level}" for factor, level in zip(shown["factor"], shown["level"], strict=True)),
        counts=shown[list(STATES)].to_numpy(dtype=int),
        groups=tuple(shown["factor"]),
    )


def single_remedies(stratum: Stratum, baseline: Mapping[str, str]) -> StatesInfo | None:
    """The baseline, then every setting that differs from it in one factor, best escape rate first.

    None if the study ran neither, or no single remedy.
    """
    names = list(stratum.varying)
    if not names:
        return None
    found = rates.table(stratum.trials, names)
    differs = np.stack([(found[name].astype(str) != baseline[name]).to_numpy() for name in names])
    own, single = found[differs.sum(axis=0) == 0], found[differs.sum(axis=0) == 1]
    if not len(own) or not len(single):
        return None
    count = len(single)
    # Of equals, a remedy of the study's first factor comes first.
    place = differs.argmax(axis=0)[differs.sum(axis=0) == 1]
    single = single.iloc[np.lexsort((place, -single["rate"].to_numpy()))].head(BEST)
    rows = pd.concat([own, single])
    which = f"the best {BEST} of {count} remedies" if count > BEST else "each remedy"
    labels = ["baseline"]
    for values in single[names].astype(str).itertuples(index=False, name=None):
        labels += [f"{name}: {value}" for name, value in zip(names, values, strict=True) if baseline[name] != value]
    return StatesInfo(
        title=f"{stratum.title}: the baseline, and {which} alone",
        labels=tuple(labels),
        counts=rows[list(STATES)].to_numpy(dtype=int),
    )

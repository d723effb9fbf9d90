"""Effects where the settings are no full grid: the log odds that a penalised logistic model finds in what was run."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ablate.report.figure_data import Odds, OddsInfo
from ablate.report.strata import Stratum
from ablate.stats import grid, model

COLUMNS = 100
"""More columns than this are too many for a model that a report may wait for."""

WORK = 2e8
"""So is more than this: settings x columns squared x effects; 10^8 takes some 15 seconds."""

MISFIT = 1e-6
"""A model with a smaller p for its lack of fit is not shown; shared seeds make moderate ones common."""

ROWS = 44
"""So many effects fit the picture: the largest."""

NAMES = [
    *("term", "level", "log_odds", "low", "high", "odds_ratio", "odds_low", "odds_high"),
    *("escaped", "n", "separated", "order", "settings", "seeds"),
]


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """A model's effects as a table (columns NAMES), each row's levels by factor, and what a reader has to know."""

    table: pd.DataFrame
    levels: Sequence[Sequence[tuple[str, str]]] = ()
    notes: Sequence[str] = field(default=())


def fitted(stratum: Stratum) -> Found | None:
    """The model of escape; None for a full grid, whose exact ANOVA needs none.

    Pairs of factors are in it where they can be afforded, else single factors alone, and the notes say which.
    """
    names = list(stratum.varying)
    if not names or grid.missing(stratum.trials, names) == 0:
        return None
    cells = len(stratum.trials[names].drop_duplicates())
    sizes = [stratum.trials[name].nunique() for name in names]
    orders = [order for order in (2, 1) if _affordable(sizes, cells, order)]
    if not orders:
        return _none(stratum, f"{cells} settings of {len(names)} factors are too many for a model")
    try:
        for order in orders:
            deviance, df, p = model.lack_of_fit(stratum.trials, names, order=order)
            if p < MISFIT:
                return _none(
                    stratum,
                    f"{_kind(order)} do not describe these {cells} settings (deviance {deviance:.0f} on {df} degrees "
                    "of freedom), so a level's odds would mislead: what it does depends on the others. The paired "
                    "differences above compare settings that differ in one factor alone",
                )
            found = model.logistic(stratum.trials, names, order=order)
            if len(found.effects):
                return _found(stratum, found, order)
    except (ArithmeticError, ValueError) as error:
        return _none(stratum, str(error).rstrip("."))
    return _none(stratum, f"no effect can be told apart from another: {'; '.join(found.aliases.lines()[:8])}")


def _none(stratum: Stratum, why: str) -> Found:
    return Found(table=pd.DataFrame(columns=NAMES), notes=(f"{stratum.title}: no odds by level, {why}.",))


def _found(stratum: Stratum, found: model.Model, order: int) -> Found:
    levels = [pairs for term in found.effects["term"].unique() for pairs in _combinations(stratum.trials, str(term))]
    table = _table(found, stratum.trials, levels).assign(order=order, settings=found.cells, seeds=found.seeds)
    return Found(table=table[NAMES], levels=levels, notes=tuple(_notes(stratum, found, table, order)))


def _affordable(sizes: Sequence[int], cells: int, order: int) -> bool:
    columns, effects = 1, 0
    for size in range(1, order + 1):
        for each in itertools.combinations(sizes, size):
            columns += int(np.prod([levels - 1 for levels in each]))
            effects += int(np.prod(each))
    return columns <= COLUMNS and cells * columns**2 * effects <= WORK


def _combinations(trials: pd.DataFrame, term: str) -> list[tuple[tuple[str, str], ...]]:
    """A term's levels by factor, in the model's order."""
    names = term.split(":")
    return [
        tuple(zip(names, each, strict=True))
        for each in itertools.product(*(grid.level_order(trials[name]) for name in names))
    ]


def _table(found: model.Model, trials: pd.DataFrame, levels: Sequence[Sequence[tuple[str, str]]]) -> pd.DataFrame:
    escaped = (trials["state"].astype(str) == "escaped").to_numpy()
    here = {
        (name, level): (trials[name].astype(str) == level).to_numpy()
        for name, level in {pair for pairs in levels for pair in pairs}
    }
    rows = [np.logical_and.reduce([here[pair] for pair in pairs]) for pairs in levels]
    k, n = [int(escaped[each].sum()) for each in rows], [int(each.sum()) for each in rows]
    table = found.effects.rename(columns={"effect": "log_odds"}).reset_index(drop=True)
    with np.errstate(over="ignore"):
        table = table.assign(
            odds_ratio=np.exp(table["log_odds"]), odds_low=np.exp(table["low"]), odds_high=np.exp(table["high"])
        )
    ends = [
        "not run" if not own else "none" if not hit else "all" if hit == own else ""
        for hit, own in zip(k, n, strict=True)
    ]
    return table.assign(escaped=k, n=n, separated=ends)


def _notes(stratum: Stratum, found: model.Model, table: pd.DataFrame, order: int) -> list[str]:
    what = f"a logistic model with Firth's penalty of {found.trials} trials of {found.cells} settings"
    notes = [f"{stratum.title}: {what}, {_kind(order)}; larger interactions are taken to be nothing."]
    if found.clustered:
        notes.append("Intervals are the wider of the profile likelihood's and a jackknife over seeds.")
    else:
        notes.append(
            "Intervals are the profile likelihood's alone: they ignore that settings share seeds, because without one "
            "of the seeds some effect could not be told at all."
        )
    if found.separated:
        ends = table[(table["separated"] != "") & ~table["term"].str.contains(":", regex=False)]
        listed = ", ".join(f"{row.term}={row.level} ({row.escaped}/{row.n})" for row in ends.head(8).itertuples())
        notes.append(
            "Levels are separated: maximum likelihood would make some odds infinite. The penalty keeps them finite; "
            f"their size is a floor, read the interval.{' All or none escaped: ' + listed + '.' if listed else ''}"
        )
    if found.aliases.confounded:
        shown = "; ".join(found.aliases.lines()[:8])
        notes.append(f"What these settings cannot tell apart is left out: {shown}.")
    return notes


def _kind(order: int) -> str:
    return "single factors and pairs" if order == 2 else "single factors without pairs"


def info(found: Found, title: str) -> OddsInfo:
    """The largest effects, in the table's order, ready to be drawn."""
    place = np.sort(np.argsort(-found.table["log_odds"].abs().to_numpy(), kind="stable")[:ROWS])
    rows = found.table.iloc[place]
    return OddsInfo(
        title=title,
        rows=tuple(
            Odds(
                label=f"{row['term']}: {row['level']}",
                ratio=float(row["odds_ratio"]),
                low=float(row["odds_low"]),
                high=float(row["odds_high"]),
                k=int(row["escaped"]),
                n=int(row["n"]),
            )
            for row in rows.to_dict(orient="records")
        ),
    )

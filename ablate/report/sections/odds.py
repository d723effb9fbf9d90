"""The section on effects in an incomplete grid: odds ratios by a penalised logistic model of the settings that ran."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.report import charts
from ablate.report.figure_data import Estimate, ForestInfo
from ablate.report.figures.effects import plot_forest
from ablate.report.page_parts import Conclusion, Section, Table, TableFile, collect, link, table
from ablate.report.pictures import Picture, on_axes
from ablate.report.section_inputs import Inputs
from ablate.report.text_escaping import file_name
from ablate.report.trial_groups import TrialGroup
from ablate.stats import grid, model

COLUMNS = 100
"""A report fits no model with more columns: it would take too long."""

WORK = 2e8
"""A report fits no model with more work: settings x columns squared x effects; 10^8 takes some 15 seconds."""

MISFIT = 1e-6
"""A model whose lack of fit has a smaller p is not shown; shared seeds often make p moderately small."""

ROWS = 44
"""The most effects in one figure: the largest."""

NAMED = 8
"""The most levels or effects that a sentence lists."""

NAMES = [
    *("term", "level", "log_odds", "low", "high", "odds_ratio", "odds_low", "odds_high"),
    *("escaped", "n", "separated", "order", "settings", "seeds"),
]
ON_PAGE = ["term", "level", "odds_ratio", "odds_low", "odds_high", "log_odds", "low", "high", *NAMES[8:11]]

LEAD = (
    "Not every combination was run, so a level's rate cannot be averaged over the levels of the other factors as in a "
    "full grid. This model separates the effects as far as the settings that were run allow. It gives the odds of "
    "escape with a level, divided by the odds at its factor's average level, all other factors being equal."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Odds:
    """The effects of a model.

    Attributes:
        table: one row an effect, with columns NAMES.
        levels: per row, its levels by factor.
        notes: what a reader has to know about the effects.
    """

    table: pd.DataFrame
    levels: Sequence[Sequence[tuple[str, str]]] = ()
    notes: Sequence[str] = ()


def section(inputs: Inputs) -> Section | None:
    """Make the section on odds ratios of escape; None where every group of trials is a full grid."""
    parts = list(_parts(inputs))
    return collect("odds", "What are the odds of escape with each level?", LEAD, parts) if parts else None


def _parts(inputs: Inputs) -> Iterator[Picture | Table | TableFile | Conclusion | str]:
    caption = "Odds ratios of escape against the average level: Firth's logistic model of the settings that were run"
    for group in inputs.groups:
        odds = fitted(group)
        yield from odds.notes if odds is not None else ()
        if odds is not None and not len(odds.table):
            yield Conclusion(f"{group.title}: no model gives odds that can be read; the reason stands below.")
        if odds is not None and len(odds.table):
            title = f"{group.title}: odds of escape"
            top = odds.table.iloc[int(odds.table["odds_ratio"].to_numpy(float).argmax())]
            yield Conclusion(
                f"{group.title}: best odds with {top['term']}={top['level']}, {top['odds_ratio']:.2g} times those of "
                f"the average level [{top['odds_low']:.2g}, {top['odds_high']:.2g}]."
            )
            yield _picture(odds.table, title, file_name("odds", group.key))
            yield table(odds.table[ON_PAGE], title, links=[link(*group.within, *pairs) for pairs in odds.levels])
            frame = odds.table[NAMES].assign(stratum=group.title)[["stratum", *NAMES]]
            yield TableFile(name="odds", caption=caption, frame=frame)


def fitted(group: TrialGroup) -> Odds | None:
    """Fit the model of escape; None for a full grid, for which the exact ANOVA exists.

    The model contains pairs of factors if that is fast enough, else single factors only; the notes say which.
    """
    names = list(group.varying)
    if not names or grid.missing(group.pooled, names) == 0:
        return None
    cells = len(group.pooled[names].drop_duplicates())
    sizes = [group.pooled[name].nunique() for name in names]
    orders = [order for order in (2, 1) if _affordable(sizes, cells, order)]
    if not orders:
        return _no_odds(group, f"{cells} settings of {len(names)} factors are too many for a model")
    try:
        for order in orders:
            deviance, df, p = model.lack_of_fit(group.pooled, names, order=order)
            if p < MISFIT:
                return _no_odds(
                    group,
                    f"{_kind(order)} do not describe these {cells} settings (deviance {deviance:.0f} on {df} degrees "
                    "of freedom). The effect of a level depends on the other levels, so its odds would mislead. The "
                    "paired differences above compare settings that differ in one factor alone",
                )
            fit = model.logistic(group.pooled, names, order=order)
            if len(fit.effects):
                return _odds(group, fit, order)
    except (ArithmeticError, ValueError) as error:
        return _no_odds(group, str(error).rstrip("."))
    return _no_odds(group, f"no effect can be told apart from another: {'; '.join(fit.aliases.lines()[:NAMED])}")


def _no_odds(group: TrialGroup, why: str) -> Odds:
    return Odds(table=pd.DataFrame(columns=NAMES), notes=(f"{group.title}: no odds by level: {why}.",))


def _affordable(sizes: Sequence[int], cells: int, order: int) -> bool:
    columns, effects = 1, 0
    for size in range(1, order + 1):
        for levels in itertools.combinations(sizes, size):
            columns += int(np.prod([count - 1 for count in levels]))
            effects += int(np.prod(levels))
    return columns <= COLUMNS and cells * columns**2 * effects <= WORK


def _odds(group: TrialGroup, fit: model.Model, order: int) -> Odds:
    trials = group.pooled
    terms = [str(term).split(":") for term in fit.effects["term"].unique()]
    levels = [
        tuple(zip(names, combination, strict=True))
        for names in terms
        for combination in itertools.product(*(grid.level_order(trials[name]) for name in names))
    ]
    escaped = (trials["state"].astype(str) == "escaped").to_numpy()
    at = {
        pair: (trials[pair[0]].astype(str) == pair[1]).to_numpy() for pair in {pair for row in levels for pair in row}
    }
    rows = [np.logical_and.reduce([at[pair] for pair in pairs]) for pairs in levels]
    frame = fit.effects.rename(columns={"effect": "log_odds"}).reset_index(drop=True)
    with np.errstate(over="ignore"):
        ratios = np.exp(frame[["log_odds", "low", "high"]].to_numpy(float))
    frame[["odds_ratio", "odds_low", "odds_high"]] = ratios
    frame = frame.assign(escaped=[int(escaped[row].sum()) for row in rows], n=[int(row.sum()) for row in rows])
    frame["separated"] = np.select(
        [frame["n"] == 0, frame["escaped"] == 0, frame["escaped"] == frame["n"]], ["not run", "none", "all"], ""
    )
    frame = frame.assign(order=order, settings=fit.cells, seeds=fit.seeds)
    return Odds(table=frame[NAMES], levels=levels, notes=_notes(group, fit, frame, order))


def _notes(group: TrialGroup, fit: model.Model, frame: pd.DataFrame, order: int) -> list[str]:
    what = f"a logistic model with Firth's penalty of {fit.trials} trials of {fit.cells} settings"
    notes = [f"{group.title}: {what}, {_kind(order)}; larger interactions are assumed to be zero."]
    if fit.clustered:
        notes.append("Intervals are the wider of the profile likelihood's and a jackknife over seeds.")
    else:
        notes.append(
            "Intervals are those of the profile likelihood and ignore that settings share seeds: without one of the "
            "seeds some effect could not be estimated."
        )
    if fit.separated:
        ends = frame[(frame["separated"] != "") & ~frame["term"].str.contains(":", regex=False)]
        listed = ", ".join(f"{row.term}={row.level} ({row.escaped}/{row.n})" for row in ends.head(NAMED).itertuples())
        notes.append(
            "Levels are separated: maximum likelihood would make some odds infinite. The penalty keeps them finite, "
            f"but too small; read the intervals.{' All or none escaped: ' + listed + '.' if listed else ''}"
        )
    if fit.aliases.confounded:
        shown = "; ".join(fit.aliases.lines()[:NAMED])
        notes.append(f"These settings cannot tell some effects apart, which are left out: {shown}.")
    return notes


def _kind(order: int) -> str:
    return "single factors and pairs" if order == 2 else "single factors without pairs"


def _picture(frame: pd.DataFrame, title: str, name: str) -> Picture:
    largest = np.sort(np.argsort(-frame["log_odds"].abs().to_numpy(), kind="stable")[:ROWS])
    rows = [
        Estimate(
            label=f"{row['term']}: {row['level']}",
            numbers=f"{row['odds_ratio']:.2g} [{row['odds_low']:.2g}, {row['odds_high']:.2g}], "
            f"{row['escaped']}/{row['n']}",
            value=float(row["odds_ratio"]),
            low=float(row["odds_low"]),
            high=float(row["odds_high"]),
            holds=not row["odds_low"] <= 1 <= row["odds_high"],
            marker="^" if row["separated"] else "o",
        )
        for row in frame.iloc[largest].to_dict(orient="records")
    ]
    axis = "odds of escape against the average level (logarithmic)"
    info = ForestInfo(title=title, axis=axis, rows=tuple(rows), odds=True)
    return Picture(
        name=name,
        caption=f"{title}, against the average level of the factor; 95 % intervals, escaped of n at the right. "
        "Triangles: all or none of these trials escaped.",
        size=(9.2, 1.3 + 0.25 * len(rows)),
        draw=on_axes(plot_forest, info),
        chart=charts.forest(info),
    )

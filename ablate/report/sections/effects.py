"""The section on paired differences of rates: declared contrasts, and a screen of every level."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ablate.core.errors import ConfigError
from ablate.core.study import Study
from ablate.remedies.start import START
from ablate.report.figure_data import Estimate, ForestInfo
from ablate.report.figures.effects import plot_forest
from ablate.report.page_parts import Section, Table, TableFile, collect, link, table
from ablate.report.pictures import Picture, on_axes
from ablate.report.section_inputs import EVENTS, Inputs
from ablate.report.text_escaping import file_name
from ablate.report.trial_groups import TrialGroup
from ablate.stats import contrasts, families

CORRECTIONS = {"holm": "Holm", "fdr_bh": "Benjamini-Hochberg"}
APART = (START, "start_state")
"""The columns that tell groups of trials apart."""

LEVEL = 0.05
"""A difference is marked if both of its corrected p-values are below this."""

ROWS = 40
"""The most differences in one figure."""

CAPTION = "Paired differences of rates, with correction"

LEAD = (
    "Each row compares two levels on the same seeds and the same levels of every other factor. Declared contrasts "
    "were written down before the study ran; their p-values are corrected by Holm. The screen compares every level "
    "with the baseline's, corrected by Benjamini-Hochberg. There are two tests. p asks whether the levels are "
    "exchangeable within a seed, by flipping the signs of the seeds' differences. It also rejects if a level helps in "
    "most seeds and harms much in a few, although the rates are equal. p (equal rates) asks whether the rates differ, "
    "and allows for seeds that were not drawn, like the interval. Differences with a filled mark or a star survive the "
    "correction at 5 % in both. Each difference is a mean over all settings that have both levels, each counting "
    "equally: an average over a mixed grid, in which many settings contain other remedies. The first "
    'figure and the remedy sets show the effect of a level on the baseline alone. The column "varies most with" '
    "names the other factor with which a difference varies most, if the differences at its levels lie 0.1 or more "
    "apart: the mean of opposite differences says little."
)


def section(inputs: Inputs) -> Section:
    """Make the section on paired differences of escape and, where trials collapsed, of collapse."""
    return collect("effects", "Effects", LEAD, _parts(inputs))


def _parts(inputs: Inputs) -> Iterator[Picture | Table | TableFile | str]:
    for group in inputs.groups:
        collapsed = (group.pooled["state"] == "collapsed").any()
        for state in EVENTS if collapsed else ("escaped",):
            asked, unanswered = declared(group, inputs.results.study, state)
            yield from unanswered if state == "escaped" else ()
            for family, frame in (("declared", asked), ("screen", _screen(group, inputs.baseline, state))):
                if not len(frame):
                    continue
                title = f"{group.title}: difference of {EVENTS[state]} rates, {family}"
                yield _picture(frame, title, state, file_name("forest", family, EVENTS[state], group.key))
                readable = _readable(frame, group.title, state)
                yield TableFile(name="contrasts", caption=CAPTION, frame=readable)
                rows = frame[["factor", "level", "against"]].astype(str).itertuples(index=False, name=None)
                links = [link(*group.within, (name, level), (name, against)) for name, level, against in rows]
                shown = readable.drop(columns=["stratum", "counted", "family", "correction", "method"])
                yield table(shown, title, links=links, note=_correction(frame, group, state))


def _correction(frame: pd.DataFrame, group: TrialGroup, state: str) -> str:
    """Say over which family the p-values are corrected, and what so few seeds can never show."""
    correction, count, seeds = str(frame["correction"].iloc[0]), len(frame), int(frame["seeds"].max())
    family = f"these {count} comparisons" if count > 1 else "this comparison alone"
    note = (
        f"Corrected by {CORRECTIONS[correction]} over {family} of {EVENTS[state]} rates in the group {group.title}; "
        "other states and groups of trials are families of their own."
    )
    least = contrasts.least_p(seeds)
    if least * (count if correction == "holm" else 1) >= LEVEL:
        note += f" With {seeds} seeds p is at least {least:.2g}, so no difference can survive: more seeds are needed."
    return note


def declared(group: TrialGroup, study: Study, state: str, confidence: float = 0.95) -> tuple[pd.DataFrame, list[str]]:
    """Compare the levels of the study's declared contrasts, corrected by Holm.

    Args:
        group: the trials; contrasts that name another start are left out.
        study: whose contrasts are taken.
        state: the state whose rates are compared.
        confidence: confidence of the intervals.

    Returns:
        The table of `ablate.stats.families.declared`, and a sentence for each contrast without a pair of trials.
    """
    names = list(group.varying)
    within = dict(group.within)
    answered, unanswered = [], []
    for contrast in study.contrasts:
        if any(within.get(name, levels[0]) not in levels for name, levels in contrast.at.items() if name in APART):
            continue
        try:
            if contrast.factor not in names:
                raise ConfigError(f"`{contrast.factor}` does not vary among these trials.")
            families.declared(group.pooled, names, [contrast], state=state)
            answered.append(contrast)
        except ConfigError as error:
            compared = f"{contrast.factor}: {contrast.level} against {contrast.against}"
            unanswered.append(f"Declared, not answered: {compared}. {error}")
    if not answered:
        return pd.DataFrame(), unanswered
    return families.declared(group.pooled, names, answered, state=state, confidence=confidence), unanswered


def _screen(group: TrialGroup, baseline: Mapping[str, str], state: str) -> pd.DataFrame:
    """Compare every level with its factor's baseline level, corrected by Benjamini-Hochberg."""
    if not group.varying:
        return pd.DataFrame()
    return families.screen(group.pooled, list(group.varying), baseline, state=state)


def _picture(frame: pd.DataFrame, title: str, state: str, name: str) -> Picture:
    rows = []
    for row in frame.head(ROWS).to_dict(orient="records"):
        at = f" ({row['at']})" if row.get("at") else ""
        label = f"{row['factor']}: {row['level']} - {row['against']}{at}"
        marker = "D" if row["correction"] == "holm" else "o"
        rows.append(difference_row(label, {**row, "difference": row["estimate"]}, marker))
    return forest_picture(title, EVENTS[state], rows, name)


def difference_row(label: str, row: Mapping[Hashable, Any], marker: str = "o") -> Estimate:
    """Return a difference of rates as a row of a forest plot; a star and a filled mark mean: it survives correction.

    Args:
        label: what is compared.
        row: `difference`, `low`, `high`, `pairs`, `adjusted_p` and, if the two tests differ, `adjusted_rates_p`.
        marker: shape of the mark.
    """
    holds = bool(max(row["adjusted_p"], row.get("adjusted_rates_p", 0.0)) < LEVEL)
    interval = f"[{row['low']:+.2f}, {row['high']:+.2f}]"
    return Estimate(
        label=label,
        numbers=f"{row['difference']:+.2f} {interval}, {row['pairs']:.0f} pairs{' *' if holds else ''}",
        value=float(row["difference"]),
        low=float(row["low"]),
        high=float(row["high"]),
        holds=holds,
        marker=marker,
    )


def forest_picture(title: str, event: str, rows: Sequence[Estimate], name: str) -> Picture:
    """Return the forest plot of differences of rates.

    Args:
        title: above the figure.
        event: what the rates count, `escape` or `collapse`.
        rows: the differences.
        name: the picture's name.
    """
    info = ForestInfo(title=title, axis=f"difference of {event} rates, paired by seed", rows=tuple(rows))
    return Picture(
        name=name,
        caption=f"{title}. Differences of {event} rates, paired by seed, with 95 % intervals and numbers of pairs.",
        size=(9.2, 1.3 + 0.27 * len(rows)),
        draw=on_axes(plot_forest, info),
    )


COLUMNS = (
    *("stratum", "counted", "family", "correction", "factor", "level", "against", "difference", "low", "high", "p"),
    *(
        "adjusted_p",
        "rates_p",
        "adjusted_rates_p",
        "pairs",
        "seeds",
        "level_count",
        "against_count",
        "gained",
        "lost",
        "method",
        "shares",
        "parts",
    ),
    *("asked", "at", "expect"),
)
"""Columns of contrasts.csv; the last two exist for declared contrasts only."""


def _readable(frame: pd.DataFrame, group: str, state: str) -> pd.DataFrame:
    """Return the columns of COLUMNS, with the group of trials and the state that is counted."""
    empty = pd.Series("", index=frame.index)
    shown = frame.assign(
        stratum=group,
        counted=state,
        correction=frame["correction"].map(CORRECTIONS),
        difference=frame["estimate"],
        asked=frame.get("question", empty).fillna("").astype(str),
        **{name: frame[name].astype(str) for name in ("at", "expect") if name in frame},
    )
    return shown[[name for name in COLUMNS if name in shown]]

"""The section on paired differences of rates: declared contrasts, and a screen of every level."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ablate.report import any_time, charts, small_effects
from ablate.report.comparisons import Family, compared
from ablate.report.figure_data import Estimate, ForestInfo
from ablate.report.figures.effects import plot_forest
from ablate.report.page_parts import Conclusion, Section, Table, TableFile, collect, link, table
from ablate.report.pictures import Picture, on_axes
from ablate.report.section_inputs import EVENTS, Inputs
from ablate.report.style import decimal
from ablate.report.text_escaping import file_name
from ablate.report.trial_groups import TrialGroup
from ablate.stats import contrasts

CORRECTIONS = {"holm": "Holm", "fdr_bh": "Benjamini-Hochberg"}
LEVEL = 0.05
"""A difference is marked if both of its corrected p-values are below this."""

IN_FILES = (
    "stratum",
    "counted",
    "family",
    "correction",
    "method",
    "less_p",
    "small_p",
    "adjusted_less_p",
    "adjusted_small_p",
)
"""The columns of contrasts.csv that the page leaves out."""

ROWS = 40
"""The most differences in one figure."""

CAPTION = "Paired differences of rates, with correction"

LEAD = (
    "Each row compares two levels on the same seeds and the same levels of every other factor. First stands what a "
    "level does at the baseline alone, or at the levels that a contrast declares: what you would see if you changed "
    "that one thing. Means over a mixed grid stand second and are named so: they average over settings that contain "
    "other remedies, and the mean of opposite differences says little. A filled mark and a star: the difference "
    "survives the correction at 5 %."
)

TESTS = (
    "Declared contrasts were written down before the study ran; their p-values are corrected by Holm. The screen "
    "compares every level with the baseline's, corrected by Benjamini-Hochberg. There are two tests. p asks whether "
    "the levels are exchangeable within a seed, by flipping the signs of the seeds' differences. It also rejects if a "
    "level helps in most seeds and harms much in a few, although the rates are equal. p (equal rates) asks whether the "
    "rates differ, and allows for seeds that were not drawn, like the interval. Differences with a filled mark or a "
    "star survive the correction at 5 % in both. A level that is shown to be worth less than 0.1, or equivalent (the "
    'rates differ by less than 0.1), is called so: two one-sided tests with the same correction. The column "varies '
    'most with" names the other factor with which a difference varies most, if the differences at its levels lie 0.1 '
    "or more apart."
)
"""What the columns of p-values ask."""


def section(inputs: Inputs) -> Section:
    """Make the section on paired differences of escape and, where trials collapsed, of collapse."""
    return collect("effects", "How much does each level change the rate?", LEAD, _parts(inputs))


def _parts(inputs: Inputs) -> Iterator[Picture | Table | TableFile | Conclusion | str]:
    yield TESTS
    for group in inputs.groups:
        collapsed = (group.pooled["state"] == "collapsed").any()
        for state in EVENTS if collapsed else ("escaped",):
            families_of, unanswered = compared(inputs, group, state)
            yield from unanswered if state == "escaped" else ()
            screens = [frame for family, frame in families_of if family.kind == "screen"]
            if screens and state == "escaped":
                yield _conclusion(screens[0], group.title)
            for family, frame in families_of:
                yield from _shown(inputs, group, state, family, frame)
        if any_time.wanted(inputs):
            yield from any_time.parts(inputs, group)


def _shown(
    inputs: Inputs, group: TrialGroup, state: str, family: Family, frame: pd.DataFrame
) -> Iterator[Picture | Table | TableFile | str]:
    """Yield a family's figure, rows of the file, table and, for the screen at the baseline, what is not worth it."""
    event = EVENTS[state]
    title = f"{group.title}: difference of {event} rates {family.words}"
    yield _picture(frame, title, state, file_name("forest", family.key, event, group.key))
    readable = _readable(frame, group.title, state).assign(family=family.name)
    yield TableFile(name="contrasts", caption=CAPTION, frame=readable)
    links = [_link(inputs, group, family, row) for row in frame.to_dict("records")]
    shown = readable.drop(columns=[name for name in IN_FILES if name in readable])
    yield table(shown, title, links=links, note=_correction(frame, group, state))
    if family.here and family.kind == "screen" and state == "escaped":
        yield f"{group.title}: {small_effects.sentence(frame)}"


def _link(inputs: Inputs, group: TrialGroup, family: Family, row: Mapping[Hashable, Any]) -> str:
    """Return the filter of the settings that a row compares; of declared levels, those of the factor alone."""
    ends = ((row["factor"], row["level"]), (row["factor"], row["against"]))
    named = family.here and not family.whole and not row.get("at")
    others = [(name, inputs.baseline[name]) for name in group.varying if named and name != row["factor"]]
    return link(*group.within, *others, *ends)


def _conclusion(frame: pd.DataFrame, title: str) -> Conclusion:
    """Say how many levels change the escape rate beyond noise, and which changes it most."""
    beyond = frame[np.maximum(frame["adjusted_p"], frame["adjusted_rates_p"]) < LEVEL]
    counted = f"{title}: {len(beyond)} of {len(frame)} levels change the escape rate beyond noise"
    if not len(beyond):
        return Conclusion(f"{counted}.")
    row = beyond.iloc[int(beyond["estimate"].abs().to_numpy(float).argmax())]
    size = _size(row["estimate"], row["low"], row["high"])
    return Conclusion(f"{counted}; most of all {row['factor']}={row['level']}, by {size}.")


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


def _picture(frame: pd.DataFrame, title: str, state: str, name: str) -> Picture:
    rows = []
    for row in frame.head(ROWS).to_dict(orient="records"):
        at = f" ({row['at']})" if row.get("at") else ""
        label = f"{row['factor']}: {row['level']} vs {row['against']}{at}"
        marker = "D" if row["correction"] == "holm" else "o"
        rows.append(difference_row(label, {**row, "difference": row["estimate"]}, marker))
    return forest_picture(title, EVENTS[state], rows, name)


def difference_row(label: str, row: Mapping[Hashable, Any], marker: str = "o", count: str = "") -> Estimate:
    """Return a difference of rates as a row of a forest plot; a star and a filled mark mean: it survives correction.

    Args:
        label: what is compared.
        row: `difference`, `low`, `high`, `pairs`, `adjusted_p` and, if the two tests differ, `adjusted_rates_p`.
        marker: shape of the mark.
        count: what was compared, in words; empty: the number of pairs.
    """
    count = count or f"{row['pairs']:.0f} pairs"
    holds = bool(max(row["adjusted_p"], row.get("adjusted_rates_p", 0.0)) < LEVEL)
    return Estimate(
        label=label,
        numbers=f"{_size(row['difference'], row['low'], row['high'])}, {count}{' *' if holds else ''}",
        value=float(row["difference"]),
        low=float(row["low"]),
        high=float(row["high"]),
        holds=holds,
        marker=marker,
    )


def _size(difference: float, low: float, high: float) -> str:
    return f"{decimal(difference, sign=True)} [{decimal(low, sign=True)}, {decimal(high, sign=True)}]"


def forest_picture(title: str, event: str, rows: Sequence[Estimate], name: str, how: str = "paired by seed") -> Picture:
    """Return the forest plot of differences of rates.

    Args:
        title: above the figure.
        event: what the rates count, `escape` or `collapse`.
        rows: the differences.
        name: the picture's name.
        how: how trials are compared.
    """
    info = ForestInfo(title=title, axis=f"difference of {event} rates, {how}", rows=tuple(rows))
    return Picture(
        name=name,
        caption=f"{title}. Differences of {event} rates, {how}, with 95 % intervals and what was compared.",
        size=(9.2, 1.3 + 0.27 * len(rows)),
        draw=on_axes(plot_forest, info),
        chart=charts.forest(info),
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
        "less_p",
        "small_p",
        "adjusted_less_p",
        "adjusted_small_p",
        "small",
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
        small=small_effects.words(frame),
        asked=frame.get("question", empty).fillna("").astype(str),
        **{name: frame[name].astype(str) for name in ("at", "expect") if name in frame},
    )
    return shown[[name for name in COLUMNS if name in shown]]

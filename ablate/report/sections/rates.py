"""How trials ended: the figure of the first screen, heat maps, and rates by level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ablate.outcomes.states import STATES
from ablate.report import charts, heat
from ablate.report.figure_data import StatesInfo
from ablate.report.figures.rates import plot_accuracy, plot_heat, plot_states
from ablate.report.page_parts import Conclusion, Section, Table, TableFile, collect, levels_by_name, link, table
from ablate.report.pictures import Picture, on_axes
from ablate.report.section_inputs import EVENTS, Inputs
from ablate.report.style import percent
from ablate.report.text_escaping import file_name
from ablate.report.trial_groups import TrialGroup, levels_of
from ablate.results import accuracies
from ablate.stats import rates

ROWS = 120
"""The most bars in one figure."""

BEST = 30
"""The most single remedies on the first screen."""

LEAD = (
    "How the trials with each level ended. Only settings of the other factors that can be compared count. In a full "
    "grid these are all of them; in a union of designs, those in which the most levels were run."
)


def section(inputs: Inputs) -> Section:
    """Make the section on rates by level, one factor at a time."""
    return collect("levels", "How do trials end with each level?", LEAD, _parts(inputs))


def _parts(inputs: Inputs) -> Iterator[Picture | Table | TableFile | Conclusion]:
    caption = "Levels: rates among comparable settings, intervals over seeds"
    for group in (*inputs.groups, *inputs.aside):
        frame = level_table(group)
        if not len(frame):
            continue
        if not group.aside:
            always, never = (frame["escaped"] == frame["n"]).sum(), (frame["escaped"] == 0).sum()
            says = (
                f"{group.title}: of {len(frame)} levels, {always} escape in every comparable trial and {never} in none."
            )
            yield Conclusion(says)
            yield _states_picture(_by_level(group, frame), file_name("levels", group.key))
        others = {name: group.other_levels([name]) for name in group.varying}
        rows = zip(frame["factor"], frame["level"], strict=True)
        links = [link(*group.within, (factor, level), *others[factor]) for factor, level in rows]
        note = f"{group.lead} {_seeds_note(group)}"
        yield table(frame.drop(columns="question"), f"{group.title}: rates by level", links=links, note=note)
        yield TableFile(name="levels", caption=caption, frame=frame)


def level_table(group: TrialGroup) -> pd.DataFrame:
    """Return one row a level of each varying factor, over the settings in which its levels can be compared.

    Returns:
        Columns `question` (the group), `factor`, `level`, `n`, `seeds`, one per state, `escape_rate`, `low`, `high`,
        and the accuracy at the end (`ablate.results.accuracies.COLUMNS`).
    """
    parts = []
    for factor in group.varying:
        comparable = group.comparable([factor])
        part = rates.table(comparable, [factor]).merge(accuracies.by_group(comparable, [factor]), on=factor)
        part = part.rename(columns={factor: "level", "rate": "escape_rate"})
        part["level"] = part["level"].astype(str)
        order = levels_of(group.trials, factor)
        part = part.iloc[np.argsort([order.index(level) for level in part["level"]], kind="stable")]
        parts.append(part.assign(question=group.title, factor=factor))
    if not parts:
        return pd.DataFrame()
    whole = pd.concat(parts, ignore_index=True)
    return whole.loc[
        :, ["question", "factor", "level", "n", "seeds", *STATES, "escape_rate", "low", "high", *accuracies.COLUMNS]
    ]


def _seeds_note(group: TrialGroup) -> str:
    """Say what the intervals over seeds allow for, and which trials they leave out."""
    seeds = group.pooled["seed"].nunique()
    least = 0.025 ** (1 / seeds)
    note = (
        "Settings count equally. The intervals are over seeds, which settings share and in which all may fail "
        f"together: with {seeds} seeds, a level whose trials all escape has the interval from {least:.2f} to 1."
    )
    later = len(group.trials) - len(group.pooled)
    if later:
        note += (
            f" {later} trials on later seeds are left out, because results decided which settings got them; they count "
            "in the rates of single settings."
        )
    return note


def _by_level(group: TrialGroup, frame: pd.DataFrame) -> StatesInfo:
    shown = frame.head(ROWS)
    return StatesInfo(
        title=f"{group.title}: how trials ended, by level",
        labels=tuple(f"{factor}: {level}" for factor, level in zip(shown["factor"], shown["level"], strict=True)),
        counts=shown[list(STATES)].to_numpy(dtype=int),
    )


def _states_picture(info: StatesInfo, name: str) -> Picture:
    return Picture(
        name=name,
        caption=f"{info.title}. Shares of trials by how they ended; at the right, escaped of n.",
        size=(8.2, 1.5 + 0.25 * len(info.labels)),
        draw=on_axes(plot_states, info),
        chart=charts.ended(info),
    )


def glance(inputs: Inputs) -> Picture:
    """Return the figure of the first screen: single remedies, or else rates by level, or else all trials."""
    group = inputs.groups[0]
    info = _single_remedies(group.without_problems(inputs.baseline), inputs.baseline)
    if info is None and group.varying and not inputs.results.searched:
        info = _by_level(group, level_table(group))
    if info is None:
        counts = group.trials["state"].value_counts(sort=False).to_numpy(dtype=int)[None, :]
        info = StatesInfo(title=f"{group.title}: how trials ended", labels=("all trials",), counts=counts)
    picture = _states_picture(info, "glance")
    if info.accuracy is None:
        return picture
    caption = f"{picture.caption} Right panel: accuracy at the end, median and range."
    return replace(picture, caption=caption, size=(10.4, picture.size[1]), draw=partial(_draw_both, info))


def _draw_both(info: StatesInfo, figure: Figure) -> None:
    """Draw how trials ended, and beside it their accuracy at the end."""
    left, right = figure.subplots(1, 2, width_ratios=[3, 1], sharey=True)
    plot_accuracy(info, right)
    plot_states(info, left)


def _single_remedies(group: TrialGroup, baseline: Mapping[str, str]) -> StatesInfo | None:
    """Return the baseline, then the settings that differ from it in one factor, best first; None if either is lacking.

    Of equally good remedies, that of the study's first factor comes first.
    """
    names = list(group.varying)
    if not names:
        return None
    table = rates.table(group.trials, names)
    table = table.merge(accuracies.by_group(group.trials, names), on=names, how="left", validate="1:1")
    differs = np.stack([(table[name].astype(str) != baseline[name]).to_numpy() for name in names])
    changes = differs.sum(axis=0)
    unchanged, single = table[changes == 0], table[changes == 1]
    if not len(unchanged) or not len(single):
        return None
    which = f"the best {BEST} of {len(single)} remedies" if len(single) > BEST else "each remedy"
    first_factor = differs.argmax(axis=0)[changes == 1]
    single = single.iloc[np.lexsort((first_factor, -single["rate"].to_numpy()))].head(BEST)
    labels = [
        f"{name}: {level}"
        for levels in levels_by_name(single, names)
        for name, level in levels.items()
        if baseline[name] != level
    ]
    rows = pd.concat([unchanged, single])
    return StatesInfo(
        title=f"{group.title}: the baseline, and {which} alone",
        labels=("baseline", *labels),
        counts=rows[list(STATES)].to_numpy(dtype=int),
        accuracy=rows[list(accuracies.COLUMNS)].to_numpy(dtype=float),
    )


def heats(inputs: Inputs) -> list[Picture]:
    """Return heat maps of escape and collapse over the two factors whose levels differ most, for each group."""
    pictures = []
    for group in () if inputs.results.searched else inputs.groups:
        names = group.most_different(2)
        for state in EVENTS if len(names) == 2 else ():
            info = heat.heat_info(group, names[0], names[1], state, inputs.claim.target)
            what = "k/n with 95 % intervals over seeds; hatched: the interval holds"
            picture = Picture(
                name=file_name("heat", info.event, group.key),
                caption=f"{info.title}. {what} {percent(inputs.claim.target)}.",
                size=(2.2 + 0.85 * len(info.across_levels), 1.6 + 0.5 * len(info.down_levels)),
                draw=on_axes(plot_heat, info),
                on_page=False,
            )
            pictures.append(picture)
    return pictures

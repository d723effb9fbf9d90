"""The section on time: how soon trials escape and fall back, by the levels of each factor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ablate.outcomes import states
from ablate.outcomes.chance_level import RUN
from ablate.report import line_charts
from ablate.report.figure_data import Curve, IncidenceInfo
from ablate.report.figures.time import plot_incidence, plot_numbers_at_risk
from ablate.report.page_parts import Conclusion, Section, Table, TableFile, collect, link, table
from ablate.report.pictures import Picture
from ablate.report.section_inputs import NO_CURVES, Inputs
from ablate.report.signals import arrays
from ablate.report.style import CROWD, percent
from ablate.report.text_escaping import file_name
from ablate.report.trial_groups import TrialGroup, levels_of
from ablate.results.study_results import Results
from ablate.stats import events, restricted, survival
from ablate.stats.events import Events

DRAWN = 5
"""The most factors that are drawn for a group of trials: those whose levels differ most. The table has all."""

COLUMNS = (
    *("stratum", "factor", "level", "n", "seeds", "escape", "escape_low", "escape_high", "diverged_first"),
    *("escaped_n", "collapse", "collapse_low", "collapse_high", "mean_steps", "mean_low", "mean_high", "log_rank_p"),
)

CAPTION = "Time to first escape, and from there to collapse, by level"

TITLE = "How soon do trials escape, and when do they fall back?"

LEAD = (
    "First: escape; divergence before it is a competing event (dotted), not censoring. Second: from the escape, the "
    "fall back to chance. Third: the probability of being above chance at each evaluation, among all trials. "
    "Bands: 95 % over seeds. Point at a curve to read its values and the number at risk."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class AboveChance:
    """When the trials of `Results.trials` are above chance.

    Attributes:
        steps: [evaluations] training steps.
        above: [trials, evaluations] whether a trial is above chance; never from the step at which it diverged.
        fell: [trials] the step at which a trial had fallen for good: to chance, or by half of its gain; NaN if never.
    """

    steps: np.ndarray
    above: np.ndarray
    fell: np.ndarray


def section(inputs: Inputs) -> Section:
    """Make the section on first escape, collapse, and being above chance."""
    if not inputs.results.complete:
        return Section(anchor="time", title=TITLE, lead=NO_CURVES)
    return collect("time", TITLE, LEAD, _parts(inputs), picker=True)


def _parts(inputs: Inputs) -> Iterator[Picture | Table | TableFile | Conclusion]:
    chance = above_chance(inputs.results)
    for group in inputs.groups:
        drawn = group.most_different(DRAWN)
        for factor in group.varying:
            choice, title = f"{group.title}: {factor}", f"{group.title}: time by {factor}"
            if factor in drawn:
                yield _picture(_curves(group, factor, chance), file_name("time", factor, group.key), title, choice)
            frame, others = _time_table(group, factor, chance), group.other_levels([factor])
            if factor == drawn[0]:
                yield _conclusion(frame, group.title)
            links = [link(*group.within, (factor, level), *others) for level in frame["level"]]
            yield table(frame.drop(columns=["stratum", "factor"]), title, links=links, choice=choice)
            yield TableFile(name="times", caption=CAPTION, frame=frame)


def _conclusion(frame: pd.DataFrame, title: str) -> Conclusion:
    """Name the soonest level of a factor, and the one from which most trials fall back."""
    soon = frame.iloc[int(np.nanargmin(frame["mean_steps"].to_numpy(float)))]
    size = f"{soon['mean_steps']:.0f} steps [{soon['mean_low']:.0f}, {soon['mean_high']:.0f}]"
    says = f"{title}: {soon['factor']}={soon['level']} escapes soonest, after a mean of {size}."
    if frame["collapse"].notna().any() and frame["collapse"].max() > 0:
        fall = frame.iloc[int(np.nanargmax(frame["collapse"].to_numpy(float)))]
        fallen = f"{percent(fall['collapse'])} of the trials that rose above chance fall back"
        says += f" With {fall['factor']}={fall['level']} {fallen}."
    return Conclusion(says)


def above_chance(results: Results) -> AboveChance:
    """Apply the chance level of each trial's task to its curve."""
    steps = np.array(results.study.budget.schedule, dtype=float)
    correct = arrays(results, ["correct"])["correct"]
    least, kept = _limits(results, correct)
    bad = results.trials["bad_step"].to_numpy(float)
    whole = (bad[:, None] < 0) | (steps[None, :] < bad[:, None])
    # A comparison with NaN is False: without evaluations or a chance level, a trial is not above chance.
    fell = events.falls(steps, (correct >= kept[:, None]) & whole, min(RUN, len(steps)))
    return AboveChance(steps=steps, above=(correct >= least[:, None]) & whole, fell=fell)


def _limits(results: Results, correct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return per trial the fewest correct rows that are above chance, and the fewest of a trial that has not fallen."""
    least, kept = np.full(len(correct), np.nan), np.full(len(correct), np.nan)
    trials, chances = results.trials, results.manifest.chance
    for at, (task, start) in enumerate(zip(trials["task_hash"], trials["start_state"], strict=True)):
        if task in chances and np.isfinite(correct[at]).all():
            least[at] = states.least(correct[at], chances[task], fresh=not start)
            kept[at] = states.keeps(correct[at], chances[task], fresh=not start)
    return least, kept


def _curves(group: TrialGroup, factor: str, chance: AboveChance) -> list[IncidenceInfo]:
    """Return the curves of first escape, of collapse from there, and of being above chance, one for each level."""
    steps, budget = chance.steps, int(chance.steps[-1])
    trials = group.comparable([factor])
    escape, collapse, above = [], [], []
    for position, level in enumerate(levels_of(trials, factor)):
        rows = trials[trials[factor] == level]
        at = rows.index.to_numpy()
        escape.append(_incidence(level, position, events.first_escape(rows, budget), steps))
        after = events.collapse(rows, chance.fell[at], budget)
        if len(after.time):
            collapse.append(_incidence(level, position, after, steps))
        share = survival.above_chance(rows["seed"].to_numpy(), chance.above[at])
        above.append(
            Curve(
                label=level,
                position=position,
                n=len(rows),
                steps=steps,
                value=share.estimate,
                low=share.low,
                high=share.high,
                at_risk=np.full(len(steps), len(rows)),
            )
        )
    titles = {"First escape": "first escape", "From escape: collapse": "collapse", "Above chance": "being above chance"}
    return [
        IncidenceInfo(title=title, factor=factor, event=event, curves=tuple(curves))
        for (title, event), curves in zip(titles.items(), (escape, collapse, above), strict=True)
    ]


def _incidence(label: str, position: int, waits: Events, steps: np.ndarray) -> Curve:
    """Return the incidence at every evaluation; between the times at which trials ended it does not change."""
    incidence = survival.incidence(waits)
    event = incidence.curve[incidence.curve["cause"] == "event"]
    other = incidence.curve[incidence.curve["cause"] == "competing"]
    return Curve(
        label=label,
        position=position,
        n=incidence.trials,
        steps=steps,
        value=_at(event, "incidence", steps),
        low=_at(event, "low", steps),
        high=_at(event, "high", steps),
        at_risk=(waits.time[None, :] >= steps[:, None]).sum(axis=1),
        competing=_at(other, "incidence", steps),
    )


def _at(curve: pd.DataFrame, name: str, steps: np.ndarray) -> np.ndarray:
    times, values = curve["time"].to_numpy(float), curve[name].to_numpy(float)
    before = np.searchsorted(times, steps, side="right") - 1
    return np.where(before >= 0, values[np.maximum(before, 0)], 0.0)


def _time_table(group: TrialGroup, factor: str, chance: AboveChance) -> pd.DataFrame:
    """Return COLUMNS, one row a level.

    `escape` and `diverged_first` are incidences at the end of the budget, `collapse` is the incidence from escape,
    `mean_steps` to escape is restricted to the budget, and `log_rank_p` is of the factor, stratified by seed.
    """
    budget = int(chance.steps[-1])
    trials = group.comparable([factor])
    # Untrained networks are not above chance, so the first evaluation after a step bounds every time from below.
    first = float(chance.steps[1]) if len(chance.steps) > 1 and (trials["start_state"] == "").all() else 0.0
    p = _log_rank(events.first_escape(trials, budget), trials[factor].astype(str).to_numpy())
    rows = []
    for level in levels_of(trials, factor):
        at_level = trials[trials[factor] == level]
        waits = events.first_escape(at_level, budget)
        mean = restricted.restricted_mean(waits)
        after = events.collapse(at_level, chance.fell[at_level.index.to_numpy()], budget)
        fall = _last(after, "event") if len(after.time) else (float("nan"),) * 3
        escape, diverged = _last(waits, "event"), _last(waits, "competing")[0]
        steps = (mean.estimate, max(mean.low, first), mean.high)
        counts = (len(at_level), mean.seeds)
        rows.append((group.title, factor, level, *counts, *escape, diverged, len(after.time), *fall, *steps, p))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _log_rank(waits: Events, levels: np.ndarray) -> float:
    """Return the log-rank test's p; NaN with one level, or if too few seeds have trials of several levels."""
    if len(np.unique(levels)) < 2:
        return float("nan")
    try:
        return restricted.log_rank(waits, levels).p
    except np.linalg.LinAlgError:
        return float("nan")


def _last(waits: Events, cause: str) -> tuple[float, float, float]:
    curve = survival.incidence(waits).curve
    row = curve[curve["cause"] == cause].iloc[-1]
    return float(row["incidence"]), float(row["low"]), float(row["high"])


def _picture(infos: Sequence[IncidenceInfo], name: str, title: str, choice: str) -> Picture:
    return Picture(
        name=name,
        caption=f"{title}. Dotted: diverged or failed first. Intervals and counts stand in the table.",
        size=(11.0, 4.6 + 0.18 * len(infos[0].curves)),
        draw=partial(_draw, infos),
        chart=line_charts.lines(infos, {}),
        choice=choice,
    )


def _draw(infos: Sequence[IncidenceInfo], figure: Figure) -> None:
    """Draw the three curves side by side; below are the numbers at risk of the first two, and the legend."""
    rows = 0.18 * max(len(info.curves) for info in infos) + 0.35
    top, bottom = figure.subplots(2, 3, height_ratios=[3.4, rows])
    for at, info in enumerate(infos):
        plot_incidence(info, top[at])
        if top[at].get_legend() is not None:
            top[at].get_legend().remove()
        if at < 2:
            plot_numbers_at_risk(info, bottom[at]).sharex(top[at])
    handles, labels = top[0].get_legend_handles_labels()
    bottom[2].set_axis_off()
    bottom[2].legend(handles, labels, title=infos[0].factor, loc="upper left", ncols=2 if len(handles) > CROWD else 1)

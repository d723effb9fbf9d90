"""The section on training curves: by state, by level, and single trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ablate.outcomes.states import STATES
from ablate.report import line_charts
from ablate.report.figure_data import Fan, FanInfo
from ablate.report.figures.curves import SIGNAL_LABELS, plot_fan
from ablate.report.page_parts import Conclusion, Section, collect
from ablate.report.pictures import Picture
from ablate.report.section_inputs import NO_CURVES, Inputs
from ablate.report.signals import SIGNALS
from ablate.report.style import decimal
from ablate.report.text_escaping import file_name
from ablate.report.trial_groups import levels_of
from ablate.stats import quantiles

DRAWN = 5
"""The most factors that are drawn for a group of trials: those whose levels differ most."""

SINGLE = 3
"""Trials of each state that are drawn one by one: the first by id, so that the choice is fair and does not change."""

TITLE = "What do the signals show during training?"

LEAD = (
    "Median over trials, with the middle half (dark) and nine tenths (light). The signals beside the accuracy tell "
    "plateaus apart. A large logit gap with zero gradients: the clipped loss passes no gradient back. Many dead units: "
    "a layer is dead. All signals flat and the loss near ln N: the network has not learned anything."
)


def section(inputs: Inputs) -> Section:
    """Make the section on training curves."""
    if not inputs.results.complete:
        return Section(anchor="training", title=TITLE, lead=NO_CURVES)
    return collect("training", TITLE, LEAD, [*_pictures(inputs), _conclusion(inputs)], picker=True)


def _conclusion(inputs: Inputs) -> Conclusion:
    """Compare the median accuracy at the end of the trials that escaped with that of all others."""
    escaped = (inputs.results.trials["state"] == "escaped").to_numpy()
    ends = inputs.arrays["accuracy"][:, -1]
    parts = [
        f"{decimal(float(np.nanmedian(rows)))} in the {len(rows):,} trials that {what}"
        for what, rows in (("escaped", ends[escaped]), ("did not", ends[~escaped]))
        if np.isfinite(rows).any()
    ]
    return Conclusion(f"The median accuracy at the end is {' and '.join(parts)}." if parts else "")


def _pictures(inputs: Inputs) -> Iterator[Picture]:
    steps = np.array(inputs.results.study.budget.schedule, dtype=float)
    majorities = {level.majority for level in inputs.results.manifest.chance.values()}
    chance = majorities.pop() if len(majorities) == 1 else None
    for group in inputs.groups:
        for factor in ("state", *group.most_different(DRAWN)):
            trials = group.trials if factor == "state" else group.comparable([factor])
            infos = _by_level(trials, inputs.arrays, factor, steps, chance)
            title, choice = f"{group.title}: training curves by {factor}", f"{group.title}: {factor}"
            yield _picture(infos, file_name("training", factor, group.key), title, choice)
        infos = _single_trials(group.trials, inputs.arrays, steps, chance)
        title = f"{group.title}: single trials, up to {SINGLE} of each state, in the state's colour"
        yield _picture(infos, file_name("singles", group.key), title, f"{group.title}: single trials")


def _by_level(
    trials: pd.DataFrame, arrays: Mapping[str, np.ndarray], factor: str, steps: np.ndarray, chance: float | None
) -> list[FanInfo]:
    """Return, per signal, the quantiles over the trials of each level; the trials' index names their rows of arrays."""
    if factor == "state":
        levels = [state for state in STATES if (trials["state"] == state).any()]
    else:
        levels = levels_of(trials, factor)
    infos = []
    for signal in SIGNALS:
        fans = []
        for position, level in enumerate(levels):
            n, bands = quantiles.fan(arrays[signal][trials.index.to_numpy()[(trials[factor] == level).to_numpy()]])
            if n:
                fans.append(Fan(label=level, position=position, n=n, steps=steps, quantiles=bands))
        reference = chance if signal == "accuracy" else None
        infos.append(FanInfo(title=signal, factor=factor, signal=signal, fans=tuple(fans), reference=reference))
    return infos


def _single_trials(
    trials: pd.DataFrame, arrays: Mapping[str, np.ndarray], steps: np.ndarray, chance: float | None
) -> list[FanInfo]:
    """Return, per signal, a few single trials of every state."""
    chosen = trials.sort_values("id", kind="stable").groupby("state", observed=True).head(SINGLE)
    infos = []
    for signal in SIGNALS:
        lines = {
            str(name): (str(state), steps, arrays[signal][row].astype(float))
            for row, name, state in zip(chosen.index, chosen["id"], chosen["state"], strict=True)
        }
        reference = chance if signal == "accuracy" else None
        infos.append(FanInfo(title=signal, factor="state", signal=signal, fans=(), lines=lines, reference=reference))
    return infos


def _picture(infos: Sequence[FanInfo], name: str, title: str, choice: str) -> Picture:
    caption = f"{title}. Dotted: the chance level."
    return Picture(
        name=name,
        caption=caption,
        size=(11.0, 5.2),
        draw=partial(_draw, infos, title),
        choice=choice,
        chart=line_charts.lines(infos, SIGNAL_LABELS),
    )


def _draw(infos: Sequence[FanInfo], title: str, figure: Figure) -> None:
    """Draw a panel a signal; the legend stands beside them, where it covers no curve."""
    figure.suptitle(title, fontsize=10, x=0.01, ha="left")
    panels = figure.subplots(2, 3)
    for info, ax in zip(infos, panels.flat, strict=True):
        plot_fan(info, ax, legend=False)
        ax.set_title("")
    handles, labels = panels.flat[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, title=infos[0].factor, loc="outside right upper", fontsize=7)

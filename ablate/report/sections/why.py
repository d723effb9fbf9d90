"""The section on the cause of the plateau: two curves of the baseline, beside its best remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ablate.outcomes.curves import PROBE_LOSS
from ablate.report import line_charts
from ablate.report.figure_data import Fan, FanInfo
from ablate.report.figures.curves import SIGNAL_LABELS, plot_beside
from ablate.report.page_parts import Conclusion, Section, collect
from ablate.report.pictures import Picture
from ablate.report.remedy_rows import RemedyRow, RemedyTable
from ablate.report.section_inputs import Inputs
from ablate.report.signals import DEAD
from ablate.report.style import decimal, percent
from ablate.report.trial_groups import TrialGroup
from ablate.stats import causes, guide, quantiles

TITLE = "Why does it stay at chance?"

ENDED: Mapping[str, str] = {
    "collapsed": "collapsed",
    "stuck": "stayed stuck",
    "slow": "were slow",
    "diverged": "diverged",
}
"""State of `ablate.stats.causes.AT_CHANCE` -> its verb; a collapsed trial may end above the chance level."""

EXPLAINED: Mapping[str, str] = {
    "clip_trap": " On a sure but wrong answer its gradient is exactly 0, so nothing is corrected.",
    "dead_units": " Such units have no gradient, so nothing wakes them.",
    "symmetric": " Copies get equal updates, so they stay copies.",
}
"""Cause -> why it holds a network, after its meaning."""

SHOWS: Mapping[str, str] = {"clip_trap": "zero_gradient_share", "dead_units": DEAD}
"""Cause -> the signal that shows it; for other causes, the loss on validation rows."""

LEAD = "Lines: medians over the seeds. Bands: the middle half of them. Dotted: the chance level."


def section(inputs: Inputs, ends: pd.DataFrame, remedies: RemedyTable) -> Section:
    """Make the section on the cause of the baseline's plateau.

    Args:
        inputs: what every section is made from.
        ends: the trials' last signals, with their causes.
        remedies: the baseline and its single changes.
    """
    return collect("why", TITLE, LEAD, _parts(inputs, ends, remedies))


def _parts(inputs: Inputs, ends: pd.DataFrame, remedies: RemedyTable) -> Iterator[Conclusion | Picture | str]:
    group = inputs.groups[0]
    base, whose = _at_chance(group, inputs.baseline)
    if not len(base):
        yield Conclusion("No trial ended at chance, and none lost most of its gain.")
        return
    cause, count, read = _cause(base, ends)
    ended = _ended(base)
    if cause:
        meaning = f"{causes.MEANINGS[cause]} ({cause}).{EXPLAINED.get(cause, '')}"
        yield Conclusion(f"{count} of the {read} {whose} that {ended} show one cause: {meaning}")
        if removal := guide.in_words(cause):
            yield f"{removal} Counted in the published studies, with 95\u00a0% intervals."
    else:
        yield Conclusion(f"{len(base)} {whose} {ended}. Their curves, which show the cause, are not here.")
    best = next((row for row in remedies.rows if row.endings[0] is not None), None)
    if not inputs.results.complete or "accuracy" not in inputs.arrays or best is None:
        return
    signal = SHOWS.get(cause, PROBE_LOSS)
    remedied = group.at({**inputs.baseline, best.factor: best.level})
    infos = [_info(inputs, name, base, remedied, best) for name in ("accuracy", signal)]
    remark = ""
    if signal == "zero_gradient_share":
        said, remark = _zero_gradients(infos, best)
        yield Conclusion(said)
    else:
        yield Conclusion(_ends(infos, best))
    yield _picture(infos[0])
    yield _picture(infos[1], remark)


def _at_chance(group: TrialGroup, baseline: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
    """Return the baseline's trials at chance, or else all trials at chance, and what they are called."""
    unchanged, every = group.at(baseline), group.trials
    rows = unchanged[unchanged["state"].isin(causes.AT_CHANCE)]
    return (rows, "baseline trials") if len(rows) else (every[every["state"].isin(causes.AT_CHANCE)], "trials")


def _ended(rows: pd.DataFrame) -> str:
    """Say how trials ended, by the states that occur among them."""
    states = set(rows["state"].astype(str))
    return " or ".join(verb for state, verb in ENDED.items() if state in states)


def _cause(rows: pd.DataFrame, ends: pd.DataFrame) -> tuple[str, int, int]:
    """Return the most frequent cause, its count, and the number of trials that were read."""
    known = ends[ends["id"].isin(rows["id"])] if len(ends) else ends
    if not len(known):
        return "", 0, 0
    refined = [causes.refine(*row) for row in zip(known["fingerprint"], known["update_ratio"], strict=True)]
    counts = pd.Series(refined).value_counts()
    return str(counts.index[0]), int(counts.iloc[0]), len(known)


def _info(inputs: Inputs, signal: str, base: pd.DataFrame, remedy: pd.DataFrame, best: RemedyRow) -> FanInfo:
    steps = np.array(inputs.results.study.budget.schedule, dtype=float)
    levels = {level.majority for level in inputs.results.manifest.chance.values()}
    fans = []
    for position, (label, rows) in enumerate((("baseline", base), (best.change, remedy))):
        n, bands = quantiles.fan(inputs.arrays[signal][rows.index.to_numpy()])
        fans.append(Fan(label=label, position=position, n=n, steps=steps, quantiles=bands))
    return FanInfo(
        title=SIGNAL_LABELS.get(signal, signal),
        factor="setting",
        signal=signal,
        fans=tuple(fans),
        reference=levels.pop() if signal == "accuracy" and len(levels) == 1 else None,
    )


def _ends(infos: list[FanInfo], best: RemedyRow) -> str:
    accuracy, shown = ([fan.quantiles[2, -1] for fan in info.fans] for info in infos)
    return (
        f"At the end the median accuracy is {decimal(accuracy[0])} and the {infos[1].title} {decimal(shown[0])}; with "
        f"{best.change} they are {decimal(accuracy[1])} and {decimal(shown[1])}."
    )


def _zero_gradients(infos: list[FanInfo], best: RemedyRow) -> tuple[str, str]:
    """Say on how many rows the gradient is 0; then that a right and sure row needs none, if that is what is seen."""
    accuracy, shown = ([fan.quantiles[2, -1] for fan in info.fans] for info in infos)
    rows = "every row" if shown[0] > 0.995 else f"{percent(shown[0])} of rows"
    said = f"At the end the gradient is 0 on {rows} of the median trial, and its accuracy is {decimal(accuracy[0])}."
    if shown[1] < 0.005:
        return f"{said} With {best.change} every row has a gradient, and the accuracy is {decimal(accuracy[1])}.", ""
    if shown[1] > accuracy[1] + 0.005:
        also = f"With {best.change} it is 0 on {percent(shown[1])} of rows, at accuracy {decimal(accuracy[1])}."
        return f"{said} {also}", ""
    return (
        said,
        f"A row that is right and sure needs no gradient: {best.change} ends with accuracy {decimal(accuracy[1])}.",
    )


def _picture(info: FanInfo, remark: str = "") -> Picture:
    caption = f"{info.title[0].upper()}{info.title[1:]} over training steps. {remark}"
    return Picture(
        name=f"why-{info.signal.replace('_', '-')}",
        caption=caption.strip(),
        size=(4.6, 2.9),
        draw=partial(_draw, info),
        chart=line_charts.beside(info, SIGNAL_LABELS),
    )


def _draw(info: FanInfo, figure: Figure) -> None:
    ax = plot_beside(info, figure.subplots())
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)

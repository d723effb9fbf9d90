"""The section on the cause of the plateau: two curves of the baseline, beside its best remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ablate.outcomes.curves import PROBE_LOSS
from ablate.report.figure_data import Fan, FanInfo
from ablate.report.figures.curves import SIGNAL_LABELS, plot_beside
from ablate.report.page_parts import Conclusion, Section, collect
from ablate.report.pictures import Picture
from ablate.report.remedy_rows import RemedyRow, RemedyTable
from ablate.report.section_inputs import Inputs
from ablate.report.signals import DEAD
from ablate.report.trial_groups import TrialGroup
from ablate.stats import causes, quantiles

TITLE = "Why does it stay at chance?"

SHOWS: Mapping[str, str] = {"clip_trap": "zero_gradient_share", "dead_units": DEAD}
"""Cause -> the signal that shows it; for other causes, the loss on validation rows."""

LEAD = (
    "Lines are medians over the seeds, bands hold the middle half of them, and the dotted line is the chance level. "
    "Point at a line to read its values."
)


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
        yield Conclusion("No trial ended at chance.")
        return
    cause, count, read = _cause(base, ends)
    if cause:
        meaning = causes.MEANINGS[cause]
        yield Conclusion(f"{count} of the {read} {whose} that ended at chance show the cause {cause}: {meaning}.")
    else:
        yield Conclusion(f"{len(base)} {whose} ended at chance. Their curves, which show the cause, are not here.")
    best = next((row for row in remedies.rows if row.endings[0] is not None), None)
    if not inputs.results.complete or "accuracy" not in inputs.arrays or best is None:
        return
    signal = SHOWS.get(cause, PROBE_LOSS)
    infos = [_info(inputs, name, base, _of_remedy(group, inputs.baseline, best), best) for name in ("accuracy", signal)]
    yield Conclusion(_ends(infos, best))
    if signal == "zero_gradient_share":
        yield "A row that is right and sure has no gradient either; in the trap, wrong rows have none."
    for info in infos:
        yield _picture(info)


def _at_chance(group: TrialGroup, baseline: Mapping[str, str]) -> tuple[pd.DataFrame, str]:
    """Return the baseline's trials at chance, or else all trials at chance, and what they are called."""
    stuck = group.trials["state"].isin(causes.AT_CHANCE)
    unchanged = np.logical_and.reduce(
        [(group.trials[name].astype(str) == baseline[name]).to_numpy() for name in group.varying],
        initial=True,
    )
    rows = group.trials[stuck & unchanged]
    return (rows, "baseline trials") if len(rows) else (group.trials[stuck], "trials")


def _of_remedy(group: TrialGroup, baseline: Mapping[str, str], best: RemedyRow) -> pd.DataFrame:
    wanted = {name: baseline[name] for name in group.varying} | {best.factor: best.level}
    same = [(group.trials[name].astype(str) == level).to_numpy() for name, level in wanted.items()]
    return group.trials[np.logical_and.reduce(same)]


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
        f"At the end the median accuracy is {accuracy[0]:.2f} and the {infos[1].title} {shown[0]:.2f}; with "
        f"{best.change} they are {accuracy[1]:.2f} and {shown[1]:.2f}."
    )


def _picture(info: FanInfo) -> Picture:
    counts = ", ".join(f"{fan.label} n={fan.n}" for fan in info.fans)
    return Picture(
        name=f"why-{info.signal.replace('_', '-')}",
        caption=f"{info.title[0].upper()}{info.title[1:]} over training steps: {counts}.",
        size=(4.6, 2.9),
        draw=partial(_draw, info),
    )


def _draw(info: FanInfo, figure: Figure) -> None:
    ax = plot_beside(info, figure.subplots())
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)

"""Draw the README's first picture: how often networks escape, by the cause of the plateau and the change."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ablate.report.style import house
from ablate.stats.causes import CAUSES
from findings import changes, guide
from findings.guide import Guide
from findings.guide_text import MADE_FROM

CHANGES: Mapping[tuple[str, str], str] = {
    ("loss", "fused"): "fused loss",
    ("learning_rate", "far lower"): "rate / 10 or lower",
    ("learning_rate", "somewhat lower"): "rate / 2 to / 5",
    ("learning_rate", "far higher"): "rate x 10 or higher",
    ("optimizer", "sgd"): "SGD",
    ("optimizer", "adam"): "Adam",
    ("activation", "leaky_relu"): "leaky ReLU",
    ("activation", "tanh"): "tanh",
    ("normalization", "batch"): "batch norm",
    ("regularizer", "l2"): "L2",
    ("clipping", "norm"): "clipping",
    ("width", "lower"): "narrower",
    ("width", "higher"): "wider",
    ("depth", "lower"): "shallower",
}
"""(factor, change) -> its label; the remedies of the folklore."""

SHOWN = tuple(cause for cause in CAUSES if cause.name != "data_fault")
"""The causes in the picture. Wrong data are a bug that no remedy mends."""

PHASES: Mapping[str, str] = {"anew": "trained anew with the change", "on": "trained on from the trapped weights"}


def svg(results: Path) -> str:
    """Return the picture as SVG, from the trials published in a folder."""
    advice = guide.made_from(changes.pairs(results, MADE_FROM))
    with io.StringIO() as file, house():
        figure = Figure(figsize=(9.5, 5.6), layout="constrained")
        for ax, (phase, words) in zip(figure.subplots(2, 1, sharex=True), PHASES.items(), strict=True):
            _panel(ax, advice, phase)
            ax.set_title(f"share of networks at 1/N that escaped, {words}")
        figure.supxlabel("the one change; all else, also the seed, is the same", fontsize=9)
        figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()


def _panel(ax: Axes, ranked: Guide, phase: str) -> None:
    """Draw one phase: a cell per cause and change with its share; a dot where too few networks were tried."""
    rates = np.full((len(SHOWN), len(CHANGES)), np.nan)
    columns = {change: column for column, change in enumerate(CHANGES)}
    for row, cause in enumerate(SHOWN):
        for advice in ranked.get((phase, cause.name), ()):
            if (column := columns.get((advice.factor, advice.change))) is not None:
                rates[row, column] = advice.rate
    ax.imshow(rates, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    for (row, column), rate in np.ndenumerate(rates):
        text = "·" if np.isnan(rate) else f"{rate:.2f}"
        ax.text(column, row, text, ha="center", va="center", fontsize=8, color="white" if rate > 0.6 else "black")
    ax.set_xticks(range(len(CHANGES)), list(CHANGES.values()), rotation=30, ha="right", fontsize=8)
    ax.set_yticks(range(len(SHOWN)), [cause.label for cause in SHOWN], fontsize=8)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)

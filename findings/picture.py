"""The README's first picture: what is seen of a network at chance, what is changed, and how often it gets out."""

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
    ("learning_rate", "far lower"): "rate / 10 or less",
    ("learning_rate", "somewhat lower"): "rate / 2 to / 5",
    ("learning_rate", "far higher"): "rate x 10 or more",
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
"""The folklore's remedies, and the words for them."""

SHOWN = tuple(cause for cause in CAUSES if cause.name != "data_fault")
"""The causes in the picture. A network that learns from wrong data has a bug, which no remedy mends."""

PHASES: Mapping[str, str] = {"anew": "started anew with the change", "on": "gone on from the trapped weights"}


def svg(results: Path) -> str:
    """The picture of the trials that are published there, as SVG."""
    own = guide.made_from(changes.pairs(results, MADE_FROM))
    with io.StringIO() as file, house():
        figure = Figure(figsize=(9.5, 5.6), layout="constrained")
        for ax, (phase, words) in zip(figure.subplots(2, 1, sharex=True), PHASES.items(), strict=True):
            _panel(ax, own, phase)
            ax.set_title(f"networks at 1/N that escaped, {words}")
        figure.supxlabel("the one thing that is changed; all else alike, the seed too", fontsize=9)
        figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()


def _panel(ax: Axes, own: Guide, phase: str) -> None:
    """One phase: a cell for each cause and change, its share in figures; a dot where too few were tried."""
    rates = np.full((len(SHOWN), len(CHANGES)), np.nan)
    columns = {change: column for column, change in enumerate(CHANGES)}
    for row, cause in enumerate(SHOWN):
        for advice in own.get((phase, cause.name), ()):
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

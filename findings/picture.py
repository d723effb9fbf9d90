"""The README's first picture: what is seen of a network at chance, what is changed, and how often it gets out."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ablate.report.style import house
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

SIGHTS: Mapping[str, str] = {
    "clip_trap": "gradient exactly zero",
    "non_finite": "NaN or infinite",
    "dead_units": "dead units",
    "symmetric": "units are copies",
    "small_steps": "small steps",
    "large_steps": "large steps",
}
"""What is seen; a network that learns something else has a bug, not a remedy, and is left out."""

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
    """One phase: a cell for each sight and change, its share in figures; a dot where too few were tried."""
    found = {(sight, (each.factor, each.change)): each.rate for sight in SIGHTS for each in own.get((phase, sight), ())}
    rates = np.array([[found.get((sight, change), np.nan) for change in CHANGES] for sight in SIGHTS])
    ax.imshow(rates, vmin=0, vmax=1, cmap="Blues", aspect="auto")
    for (row, column), rate in np.ndenumerate(rates):
        text = "·" if np.isnan(rate) else f"{rate:.2f}"
        ax.text(column, row, text, ha="center", va="center", fontsize=8, color="white" if rate > 0.6 else "black")
    ax.set_xticks(range(len(CHANGES)), list(CHANGES.values()), rotation=30, ha="right", fontsize=8)
    ax.set_yticks(range(len(SIGHTS)), list(SIGHTS.values()), fontsize=8)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)

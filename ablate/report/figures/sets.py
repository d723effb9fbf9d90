"""Draw minimal sufficient remedy sets, and the cost of each removal."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ablate.report.figure_data import SetsInfo
from ablate.report.style import GREY, INK, OKABE_ITO, PAPER, short

VERDICT_COLOURS = {"sufficient": OKABE_ITO[0], "insufficient": OKABE_ITO[1], "undecided": PAPER}
VERDICT_HATCHES = {"sufficient": "", "insufficient": "\\\\", "undecided": "////"}


def plot_sets(info: SetsInfo, ax: Axes) -> Axes:
    """Draw a column for each set: dots for its remedies, and above them a bar of its escape rate with the lower bound.

    The figure follows Lex et al. (2014), "UpSet: visualization of intersecting sets".

    Args:
        info: the sets.
        ax: where to draw.
    """
    rates = info.k / np.maximum(info.n, 1)
    height = max(3.0, 0.55 * len(info.remedies))
    rows = -0.8 - np.arange(len(info.remedies))
    for at, verdict in enumerate(info.verdict):
        style: dict[str, Any] = {"color": VERDICT_COLOURS[verdict], "hatch": VERDICT_HATCHES[verdict], "edgecolor": INK}
        ax.bar(at, rates[at] * height, width=0.62, linewidth=0.6, **style)
        ax.plot([at - 0.31, at + 0.31], [info.low[at] * height] * 2, color=OKABE_ITO[5], linewidth=2)
        ax.text(at, rates[at] * height + 0.08, f"{info.k[at]}/{info.n[at]}", ha="center", va="bottom", fontsize=7)
        _plot_dots(rows, info.member[at], at, ax)
    ax.axhline(info.target * height, color=GREY, linestyle="--", linewidth=0.9)
    ax.set_xticks(range(len(info.k)), [f"{int(members.sum())}" for members in info.member])
    ax.set_xlim(-0.7, max(len(info.k) - 0.3, 0.7))
    ax.set_ylim(-len(info.remedies) - 0.6, height * 1.13)
    ax.set_yticks([*rows, 0, info.target * height, height], [*map(short, info.remedies), "0", f"{info.target:g}", "1"])
    ax.set_xlabel(f"remedies in the set; red line: lower end of the {info.bound}; hatched white: undecided")
    ax.set_title(info.title)
    return ax


def _plot_dots(rows: np.ndarray, members: np.ndarray, at: int, ax: Axes) -> None:
    """Draw a dot for each remedy in the column `at`; the set's own are filled and joined by a line."""
    for row, inside in zip(rows, members, strict=True):
        ax.plot([at], [row], marker="o", markersize=6, color=INK if inside else PAPER, markeredgecolor=GREY)
    if members.sum() > 1:
        ax.plot([at, at], [rows[members].min(), rows[members].max()], color=INK, linewidth=1.5)


def plot_removal(info: SetsInfo, ax: Axes) -> Axes:
    """Draw, for each set and remedy, the escape rate of the whole set and the one without that remedy.

    Args:
        info: the sets.
        ax: where to draw.
    """
    labels: list[str] = []
    rates = info.k / np.maximum(info.n, 1)
    for at, remedy in np.argwhere(np.isfinite(info.removal)):
        row, left = len(labels), info.removal[at, remedy]
        ax.plot([left, rates[at]], [row, row], color=GREY, linewidth=1.2)
        ax.plot([rates[at]], [row], marker="o", color=OKABE_ITO[0], linestyle="")
        ax.plot([left], [row], marker="X", color=OKABE_ITO[5], linestyle="")
        members = [name for name, inside in zip(info.remedies, info.member[at], strict=True) if inside]
        alone = "without it: the baseline"
        without = alone if len(members) == 1 else f"without {short(info.remedies[remedy], 18)}"
        labels.append(f"{short(' + '.join(members), 34)} {without}")
    ax.set_yticks(range(len(labels)), labels, fontsize=7)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlim(-0.03, 1.03)
    ax.grid(axis="x")
    ax.set_xlabel("escape rate: whole set (dot), without the remedy (cross)")
    ax.set_title("Cost of each removal")
    return ax

"""Minimal sufficient remedy sets as an UpSet picture, and what each removal costs."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ablate.report.figure_data import SetsInfo
from ablate.report.style import GREY, INK, OKABE_ITO, PAPER, short

VERDICT_COLOURS = {"sufficient": OKABE_ITO[0], "insufficient": OKABE_ITO[1], "undecided": PAPER}
VERDICT_HATCHES = {"sufficient": "", "insufficient": "\\\\", "undecided": "////"}


def plot_sets(info: SetsInfo, ax: Axes) -> Axes:
    """Dots joined by a line say which remedies a set holds; the bar above it is its escape rate with its bound.

    The picture after Lex et al. (2014), "UpSet: visualization of intersecting sets".
    """
    sets = np.arange(len(info.k))
    rates = info.k / np.maximum(info.n, 1)
    height = max(3.0, 0.55 * len(info.remedies))
    for at, verdict in enumerate(info.verdict):
        ax.bar(
            at,
            rates[at] * height,
            width=0.62,
            color=VERDICT_COLOURS[verdict],
            hatch=VERDICT_HATCHES[verdict],
            edgecolor=INK,
            linewidth=0.6,
        )
        ax.plot([at - 0.31, at + 0.31], [info.low[at] * height] * 2, color=OKABE_ITO[5], linewidth=2)
        ax.text(at, rates[at] * height + 0.08, f"{info.k[at]}/{info.n[at]}", ha="center", va="bottom", fontsize=7)
    ax.axhline(info.target * height, color=GREY, linestyle="--", linewidth=0.9)
    _dots(info, ax)
    ax.set_xticks(sets, [f"{int(row.sum())}" for row in info.member])
    ax.set_xlim(-0.7, max(len(sets) - 0.3, 0.7))
    ax.set_ylim(-len(info.remedies) - 0.6, height * 1.13)
    ticks = [-place - 0.8 for place in range(len(info.remedies))]
    ax.set_yticks([*ticks, 0, info.target * height, height], [*map(short, info.remedies), "0", f"{info.target:g}", "1"])
    ax.set_xlabel(f"remedies in the set; red line: lower end of the {info.bound}")
    ax.set_title(info.title)
    return ax


def _dots(info: SetsInfo, ax: Axes) -> None:
    for at, row in enumerate(info.member):
        places = [-place - 0.8 for place in range(len(info.remedies))]
        for y, inside in zip(places, row, strict=True):
            ax.plot([at], [y], marker="o", markersize=6, color=INK if inside else PAPER, markeredgecolor=GREY)
        inside = [y for y, member in zip(places, row, strict=True) if member]
        if len(inside) > 1:
            ax.plot([at, at], [min(inside), max(inside)], color=INK, linewidth=1.5)


def plot_removal(info: SetsInfo, ax: Axes) -> Axes:
    """What is left of a set's escape rate when one remedy is taken away: a dumbbell per set and remedy."""
    labels: list[str] = []
    rates = info.k / np.maximum(info.n, 1)
    for at, row in enumerate(info.removal):
        for place in np.flatnonzero(np.isfinite(row)):
            y = len(labels)
            ax.plot([row[place], rates[at]], [y, y], color=GREY, linewidth=1.2)
            ax.plot([rates[at]], [y], marker="o", color=OKABE_ITO[0], linestyle="")
            ax.plot([row[place]], [y], marker="X", color=OKABE_ITO[5], linestyle="")
            whole = " + ".join(name for name, inside in zip(info.remedies, info.member[at], strict=True) if inside)
            alone = int(info.member[at].sum()) == 1
            without = "without it: the baseline" if alone else f"without {short(info.remedies[place], 18)}"
            labels.append(f"{short(whole, 34)} {without}")
    ax.set_yticks(range(len(labels)), labels, fontsize=7)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlim(-0.03, 1.03)
    ax.grid(axis="x")
    ax.set_xlabel("escape rate: whole set (dot), without the remedy (cross)")
    ax.set_title("What each removal costs")
    return ax

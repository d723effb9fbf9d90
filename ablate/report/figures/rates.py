"""Draw how trials ended, and rates over two factors."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from ablate.outcomes.states import STATES
from ablate.report.figure_data import HeatInfo, StatesInfo
from ablate.report.figures.labels import hide_spines, label_rows
from ablate.report.style import GREY, INK, ON_DARK, ON_LIGHT, PAPER, STATE_COLOURS, STATE_HATCHES, short

BAR_ORDER = ("escaped", "collapsed", "stuck", "unclear", "slow", "diverged", "failed")


def plot_states(info: StatesInfo, ax: Axes) -> Axes:
    """Draw a bar for each row: the share of trials in each state, with escapes of n at the right.

    Args:
        info: how trials ended.
        ax: where to draw.
    """
    totals = info.counts.sum(axis=1)
    shares = info.counts / np.maximum(totals, 1)[:, None]
    left = np.zeros(len(totals))
    handles = []
    for state in BAR_ORDER:
        width = shares[:, STATES.index(state)]
        rows = np.flatnonzero(width)
        style: dict[str, Any] = {"hatch": STATE_HATCHES[state], "edgecolor": PAPER}
        ax.barh(rows, width[rows], left=left[rows], height=0.78, color=STATE_COLOURS[state], linewidth=0.4, **style)
        left = left + width
        if len(rows):
            handles.append(Patch(facecolor=STATE_COLOURS[state], label=state, **style))
    escaped = info.counts[:, STATES.index("escaped")]
    label_rows(
        ax,
        [short(label, 40) for label in info.labels],
        [f"{k}/{n}" for k, n in zip(escaped, totals, strict=True)],
    )
    ax.set_xlim(0, 1)
    ax.set_xlabel("share of trials (right: escaped/n)")
    ax.set_title(info.title, pad=26)
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=6, handlelength=1.4, columnspacing=1.0)
    return ax


def plot_accuracy(info: StatesInfo, ax: Axes) -> Axes:
    """Draw the accuracy at the end beside each row of `plot_states`: the median as a dot, the range as a line.

    Args:
        info: how trials ended, with `accuracy`.
        ax: axes that share the rows.
    """
    if info.accuracy is not None:
        rows = np.arange(len(info.accuracy))
        median, low, high = info.accuracy.T
        ax.hlines(rows, low, high, color=GREY, linewidth=1.6)
        ax.plot(median, rows, marker="o", markersize=4, linestyle="", color=INK)
    ax.set_xlim(-0.02, 1.02)
    ax.set_xlabel("accuracy at the end")
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.grid(axis="x")
    return ax


def plot_heat(info: HeatInfo, ax: Axes) -> Axes:
    """Draw a rate per cell as a colour, with k/n and the interval in it; undecided cells are hatched.

    Args:
        info: the rates.
        ax: where to draw.
    """
    rates = np.where(info.n > 0, info.rate, np.nan)
    palette = mpl.colormaps["cividis"]
    for down, across in np.ndindex(rates.shape):
        rate, n = rates[down, across], int(info.n[down, across])
        face = palette(rate) if n else "none"
        hatch = "////" if n and info.undecided[down, across] else None
        edge = ON_DARK if n == 0 or rate < 0.55 else ON_LIGHT
        corner = (across - 0.5, down - 0.5)
        ax.add_patch(Rectangle(corner, 1, 1, facecolor=face, hatch=hatch, edgecolor=edge, linewidth=0.4))
        if n:
            interval = f"[{100 * info.low[down, across]:.0f}, {100 * info.high[down, across]:.0f}]"
            text = f"{info.k[down, across]}/{n}\n{interval}"
            box = {"facecolor": face, "edgecolor": "none", "pad": 0.8} if hatch else None
            ax.text(across, down, text, ha="center", va="center", fontsize=7, color=edge, bbox=box)
    ax.set_xlim(-0.5, len(info.across_levels) - 0.5)
    ax.set_ylim(len(info.down_levels) - 0.5, -0.5)
    long = max((len(name) for name in info.across_levels), default=0) > 7
    ax.set_xticks(range(len(info.across_levels)), [short(x, 20) for x in info.across_levels])
    ax.tick_params(axis="x", rotation=35 if long else 0)
    for label in ax.get_xticklabels():
        label.set_horizontalalignment("right" if long else "center")
    ax.set_yticks(range(len(info.down_levels)), [short(x, 20) for x in info.down_levels])
    ax.set_xlabel(info.across)
    ax.set_ylabel(info.down)
    ax.set_title(info.title)
    hide_spines(ax)
    return ax

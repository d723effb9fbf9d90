"""Draw which factors matter: differences, odds ratios, shares of variance, interactions."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ablate.report.figure_data import ForestInfo, SharesInfo
from ablate.report.figures.labels import hide_spines, label_rows
from ablate.report.style import GREY, INK, OKABE_ITO, ON_DARK, ON_LIGHT, PAPER, power, short

REST = "rest"
"""The term that stands for all interactions of more factors than were asked for."""

TERMS = 20
"""The most terms in one figure: the largest."""


def plot_forest(info: ForestInfo, ax: Axes) -> Axes:
    """Draw estimates with their 95 % intervals; marks are filled where the estimate holds.

    Args:
        info: the estimates.
        ax: where to draw.
    """
    ax.axvline(1 if info.odds else 0, color=GREY, linewidth=0.8)
    for at, row in enumerate(info.rows):
        ax.plot([row.low, row.high], [at, at], color=INK, linewidth=1.2)
        face = OKABE_ITO[0] if row.holds else PAPER
        ax.plot([row.value], [at], marker=row.marker, markerfacecolor=face, markeredgecolor=OKABE_ITO[0], linestyle="")
    if info.odds:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(power)
        ax.xaxis.set_minor_formatter("")
    else:
        ax.set_xlim(-1.02, 1.02)
    label_rows(ax, [short(row.label, 62) for row in info.rows], [row.numbers for row in info.rows], size=7.5)
    ax.grid(axis="x")
    ax.set_xlabel(info.axis)
    ax.set_title(info.title)
    return ax


def plot_shares(info: SharesInfo, ax: Axes) -> Axes:
    """Draw the share of variance of each term as a bar with its interval, the largest at the top.

    Args:
        info: the shares.
        ax: where to draw.
    """
    order = np.argsort(-info.share, kind="stable")[:TERMS]
    terms = [info.terms[at] for at in order]
    rows = np.arange(len(order))
    share, low, high = (np.clip(values[order], 0, None) for values in (info.share, info.low, info.high))
    colours = [GREY if term == (REST,) else OKABE_ITO[min(len(term), 3) - 1] for term in terms]
    hatches = ["" if len(term) == 1 else "//" for term in terms]
    ax.barh(rows, share, color=colours, height=0.7, hatch=hatches, edgecolor=PAPER, linewidth=0.4)
    error = np.abs(np.stack([share - low, high - share]))
    ax.errorbar(share, rows, xerr=error, fmt="none", ecolor=INK, capsize=2, linewidth=1)
    ax.set_yticks(rows, ["all higher interactions" if t == (REST,) else short(" x ".join(t), 40) for t in terms])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, max(1e-3, min(1.0, float(np.max(high, initial=0.05)) * 1.05)))
    ax.grid(axis="x")
    ax.set_xlabel(f"share of variance of setting rates (n={info.n}); hatched: interaction")
    ax.set_title(info.title)
    return ax


def plot_interactions(info: SharesInfo, ax: Axes) -> Axes:
    """Draw a matrix of shares: single factors on the diagonal, interactions of two factors below it.

    Args:
        info: the shares.
        ax: where to draw.
    """
    single = [term[0] for term in info.terms if len(term) == 1]
    in_pairs = [name for term in info.terms if len(term) > 1 for name in term]
    names = [name for name in dict.fromkeys([*single, *in_pairs]) if name != REST]
    palette = mpl.colormaps["cividis"]
    top = max(float(np.max(info.share, initial=0.0)), 1e-3)
    for term, share in zip(info.terms, info.share, strict=True):
        if len(term) > 2 or term == (REST,):
            continue
        cell = sorted(names.index(name) for name in term)
        across, down = cell[0], cell[-1]
        value = min(max(float(share), 0.0), 1.0)
        ax.add_patch(Rectangle((across - 0.5, down - 0.5), 1, 1, facecolor=palette(value / top), edgecolor=PAPER))
        ink = ON_DARK if value / top < 0.55 else ON_LIGHT
        ax.text(across, down, f"{value:.2f}", ha="center", va="center", fontsize=8, color=ink)
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xticks(range(len(names)), [short(name, 18) for name in names], rotation=35, ha="right")
    ax.set_yticks(range(len(names)), [short(name, 18) for name in names])
    ax.set_title(info.title)
    hide_spines(ax)
    return ax

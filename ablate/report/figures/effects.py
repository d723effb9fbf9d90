"""Which factors matter: paired differences, shares of variance, interactions."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ablate.report.figure_data import Difference, ForestInfo, OddsInfo, SharesInfo
from ablate.report.style import GREY, INK, OKABE_ITO, ON_DARK, ON_LIGHT, PAPER, power, short

REST = "rest"
"""The term that stands for all interactions of more factors than were asked for."""


def plot_forest(info: ForestInfo, ax: Axes) -> Axes:
    """Risk differences with 95 % intervals: filled where the difference survives its correction, hollow where not."""
    ax.axvline(0, color=GREY, linewidth=0.8)
    for row, one in enumerate(info.differences):
        ax.plot([one.low, one.high], [row, row], color=INK, linewidth=1.2)
        face = OKABE_ITO[0] if one.holds else PAPER
        shape = "D" if one.correction == "Holm" else "o"
        ax.plot([one.difference], [row], marker=shape, markerfacecolor=face, markeredgecolor=OKABE_ITO[0], linestyle="")
    labels = [short(_label(one), 62 if one.at else 46) for one in info.differences]
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlim(-1.02, 1.02)
    right = ax.secondary_yaxis("right")
    right.set_yticks(range(len(labels)), [_numbers(one) for one in info.differences], fontsize=7.5)
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    ax.grid(axis="x")
    ax.set_xlabel(f"difference of {info.what} rates, paired by seed")
    ax.set_title(info.title)
    return ax


def _label(one: Difference) -> str:
    """What is compared with what, and where."""
    what = f"{one.factor}: {one.level} - {one.against}"
    return f"{what} ({one.at})" if one.at else what


def _numbers(one: Difference) -> str:
    """A difference with its interval and n; the star says that it survives its correction."""
    star = " *" if one.holds else ""
    return f"{one.difference:+.2f} [{one.low:+.2f}, {one.high:+.2f}], {one.pairs} pairs{star}"


def plot_odds(info: OddsInfo, ax: Axes) -> Axes:
    """Odds ratios with 95 % intervals on a logarithmic axis: hollow where 1 is inside, triangles where separated."""
    ax.axvline(1, color=GREY, linewidth=0.8)
    for row, one in enumerate(info.rows):
        ax.plot([one.low, one.high], [row, row], color=INK, linewidth=1.2)
        face = PAPER if one.low <= 1 <= one.high else OKABE_ITO[0]
        shape = "^" if one.separated else "o"
        ax.plot([one.ratio], [row], marker=shape, markerfacecolor=face, markeredgecolor=OKABE_ITO[0], linestyle="")
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(power)
    ax.xaxis.set_minor_formatter("")
    ax.set_yticks(range(len(info.rows)), [short(one.label, 46) for one in info.rows])
    ax.set_ylim(len(info.rows) - 0.4, -0.6)
    right = ax.secondary_yaxis("right")
    texts = [f"{one.ratio:.2g} [{one.low:.2g}, {one.high:.2g}], {one.k}/{one.n}" for one in info.rows]
    right.set_yticks(range(len(info.rows)), texts, fontsize=7.5)
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    ax.grid(axis="x")
    ax.set_xlabel("odds of escape against the average level (logarithmic)")
    ax.set_title(info.title)
    return ax


def plot_shares(info: SharesInfo, ax: Axes) -> Axes:
    """Bars with intervals: how much of the variance of setting rates each term explains, largest first."""
    order = np.argsort(-info.share, kind="stable")[:20]
    rows = np.arange(len(order))
    share = np.clip(info.share[order], 0, None)
    error = np.abs(np.stack([share - np.clip(info.low[order], 0, None), np.clip(info.high[order], 0, None) - share]))
    colours = [
        GREY if info.terms[place] == (REST,) else OKABE_ITO[min(len(info.terms[place]), 3) - 1] for place in order
    ]
    hatches = ["" if len(info.terms[place]) == 1 else "//" for place in order]
    ax.barh(rows, share, color=colours, height=0.7, hatch=hatches, edgecolor=PAPER, linewidth=0.4)
    ax.errorbar(share, rows, xerr=error, fmt="none", ecolor=INK, capsize=2, linewidth=1)
    ax.set_yticks(rows, [_term(info.terms[place]) for place in order])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, max(1e-3, min(1.0, float(np.max(info.high[order], initial=0.05)) * 1.05)))
    ax.grid(axis="x")
    ax.set_xlabel(f"share of variance of setting rates (n={info.n}); hatched: interaction")
    ax.set_title(info.title)
    return ax


def _term(term: tuple[str, ...]) -> str:
    return "all higher interactions" if term == (REST,) else short(" x ".join(term), 40)


def plot_interactions(info: SharesInfo, ax: Axes) -> Axes:
    """A matrix of shares: main effects on the diagonal, interactions of two factors below it."""
    names = sorted({name for term in info.terms for name in term} - {REST}, key=_places(info).__getitem__)
    palette = mpl.colormaps["cividis"]
    top = max(float(np.max(info.share, initial=0.0)), 1e-3)
    for term, share in zip(info.terms, info.share, strict=True):
        if len(term) > 2 or term == (REST,):
            continue
        places = sorted(names.index(name) for name in term)
        across, down = places[0], places[-1]
        value = min(max(float(share), 0.0), 1.0)
        ax.add_patch(Rectangle((across - 0.5, down - 0.5), 1, 1, facecolor=palette(value / top), edgecolor=PAPER))
        ink = ON_DARK if value / top < 0.55 else ON_LIGHT
        ax.text(across, down, f"{value:.2f}", ha="center", va="center", fontsize=8, color=ink)
    ax.set_xlim(-0.5, len(names) - 0.5)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xticks(range(len(names)), [short(name, 18) for name in names], rotation=35, ha="right")
    ax.set_yticks(range(len(names)), [short(name, 18) for name in names])
    ax.set_title(info.title)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def _places(info: SharesInfo) -> dict[str, int]:
    """Factors in the order of the main effects they come with."""
    mains = [term[0] for term in info.terms if len(term) == 1]
    rest = [name for term in info.terms for name in term if name not in mains]
    return {name: place for place, name in enumerate([*mains, *dict.fromkeys(rest)])}

"""Draw one network with many seeds: over learning rates, and alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ablate.report.figure_data import LuckInfo, RatesInfo
from ablate.report.figures.rates import BAR_ORDER
from ablate.report.style import GREY, OKABE_ITO, STATE_COLOURS, STATE_HATCHES, power

BINS = 25


def plot_rates(info: RatesInfo, axes: Sequence[Axes]) -> Axes:
    """Draw the shares of trials that escape and collapse over the learning rate, and the accuracy below.

    Args:
        info: the shares with their bands.
        axes: where to draw the shares, and the accuracy.
    """
    shares, accuracy = axes
    for (state, band), line, mark in zip(info.shares.items(), ("-", "--"), ("o", "s"), strict=True):
        colour = STATE_COLOURS[state]
        shares.plot(info.values, band[0], color=colour, linestyle=line, marker=mark, markersize=3.5, label=state)
        shares.fill_between(info.values, band[1], band[2], color=colour, alpha=0.2, linewidth=0)
    shares.set_ylim(-0.02, 1.02)
    shares.set_ylabel("share of trials")
    shares.set_title(info.title)
    shares.legend(loc="best")
    accuracy.plot(info.values, info.accuracy[0], color=OKABE_ITO[2], marker="^", markersize=3.5)
    accuracy.fill_between(info.values, info.accuracy[1], info.accuracy[2], color=OKABE_ITO[2], alpha=0.2, linewidth=0)
    accuracy.set_ylim(-0.02, 1.02)
    accuracy.set_ylabel("accuracy at the end")
    accuracy.set_xlabel("learning rate" + ("; grey: stable" if info.stable else ""))
    for ax in axes:
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter(power)
        ax.xaxis.set_minor_formatter("")
        ax.grid(axis="y")
        if info.stable:
            ax.axvspan(*info.stable, color=GREY, alpha=0.2, linewidth=0)
    return shares


def plot_luck(info: LuckInfo, ax: Axes) -> Axes:
    """Draw a histogram of the accuracy at the end, stacked by how trials ended.

    Args:
        info: the accuracies by state.
        ax: where to draw.
    """
    bottom = np.zeros(BINS)
    edges = np.linspace(0, 1, BINS + 1)
    for state in (name for name in BAR_ORDER if name in info.accuracies):
        values = info.accuracies[state]
        counts, _ = np.histogram(values[~np.isnan(values)], bins=edges)
        ax.bar(
            edges[:-1],
            counts,
            width=1 / BINS,
            align="edge",
            bottom=bottom,
            color=STATE_COLOURS[state],
            hatch=STATE_HATCHES[state],
            edgecolor="white",
            linewidth=0.4,
            label=f"{state} ({len(info.accuracies[state])})",
        )
        bottom = bottom + counts
    ax.set_xlim(0, 1)
    ax.set_xlabel("accuracy at the end")
    ax.set_ylabel("seeds")
    ax.set_title(info.title)
    ax.legend(loc="best")
    return ax

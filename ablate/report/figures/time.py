"""Draw how soon trials escape, diverge before it, and collapse after it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from ablate.report.figure_data import IncidenceInfo
from ablate.report.figures.labels import hide_spines
from ablate.report.style import CROWD, colour, level_label, line, marker


def plot_incidence(info: IncidenceInfo, ax: Axes) -> Axes:
    """Draw a step curve for each level with its 95 % band; the thin dotted curve is the competing event.

    Args:
        info: the curves.
        ax: where to draw.
    """
    for curve in info.curves:
        tone = colour(curve.position)
        ax.step(
            curve.steps,
            curve.value,
            where="post",
            color=tone,
            linestyle=line(curve.position),
            marker=marker(curve.position),
            markevery=max(1, len(curve.steps) // 6),
            markersize=3.5,
            label=level_label(curve.label, curve.n),
        )
        if len(info.curves) <= CROWD:
            ax.fill_between(curve.steps, curve.low, curve.high, step="post", color=tone, alpha=0.15, linewidth=0)
        if curve.competing is not None and np.any(curve.competing > 0):
            ax.step(curve.steps, curve.competing, where="post", color=tone, linestyle=(0, (1, 2)), linewidth=0.9)
    ax.set_ylim(-0.02, 1.02)
    ax.set_ylabel(f"probability of {info.event}")
    ax.set_xlabel("training step")
    ax.set_title(info.title)
    ax.grid(axis="y")
    if info.curves:
        ax.legend(title=info.factor, loc="best")
    return ax


def plot_numbers_at_risk(info: IncidenceInfo, ax: Axes, columns: int = 6) -> Axes:
    """Write the numbers at risk, one row a level, at evenly spread steps.

    Args:
        info: the curves above.
        ax: where to write.
        columns: how many steps.
    """
    ax.set_ylim(len(info.curves) - 0.4, -0.6)
    for row, curve in enumerate(info.curves):
        for at in np.unique(np.linspace(0, len(curve.steps) - 1, columns).round().astype(int)):
            text = str(int(curve.at_risk[at]))
            ax.text(float(curve.steps[at]), row, text, ha="center", va="center", fontsize=7)
    ax.set_yticks(range(len(info.curves)), [level_label(curve.label, curve.n) for curve in info.curves], fontsize=7)
    ax.set_title("at risk", fontsize=8)
    ax.tick_params(axis="both", length=0, labelbottom=False)
    hide_spines(ax)
    return ax

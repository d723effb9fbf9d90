"""Draw the progress of a search, beside that of random settings."""

from __future__ import annotations

from matplotlib.axes import Axes

from ablate.report.figure_data import SearchInfo
from ablate.report.style import colour, line, marker


def plot_search(info: SearchInfo, ax: Axes) -> Axes:
    """Draw each arm's best lower bound so far; a cross marks the first set confirmed on fresh seeds.

    Args:
        info: the arms of the search.
        ax: where to draw.
    """
    for position, arm in enumerate(info.arms):
        tone = colour(position)
        ax.step(arm.trials, arm.best, where="post", color=tone, linestyle=line(position), label=arm.label)
        if arm.confirmed_at is not None:
            height = float(arm.best[arm.trials <= arm.confirmed_at][-1])
            ax.plot([arm.confirmed_at], [height], marker="x", markersize=9, markeredgewidth=2, color=tone)
        else:
            ax.plot([arm.trials[-1]], [arm.best[-1]], marker=marker(position), markersize=4, color=tone)
    ax.axhline(info.target, linewidth=0.8, linestyle=(0, (4, 3)), color="0.5")
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlabel("trials asked for")
    ax.set_ylabel("best 95 % lower bound")
    ax.set_title(info.title)
    ax.grid(axis="y")
    ax.legend(loc="lower right")
    return ax

"""Labels beside the rows of a figure."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes


def label_rows(ax: Axes, left: Sequence[str], right: Sequence[str], size: float = 8) -> None:
    """Label the rows at 0, 1, ... on both sides, the first row at the top.

    Args:
        ax: axes whose rows lie at whole numbers.
        left: names of the rows.
        right: numbers that belong to them.
        size: font size of the numbers.
    """
    ax.set_yticks(range(len(left)), left)
    ax.set_ylim(len(left) - 0.5, -0.5)
    other = ax.secondary_yaxis("right")
    other.set_yticks(range(len(right)), right, fontsize=size)
    other.tick_params(length=0)
    other.spines["right"].set_visible(False)


def hide_spines(ax: Axes) -> None:
    """Hide the frame around the axes."""
    for spine in ax.spines.values():
        spine.set_visible(False)

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ablate.report.figure_data import SetsInfo
from ablate.report.figures.sets import plot_removal, plot_sets

SETS = SetsInfo(
    title="t",
    target=0.8,
    remedies=("loss=fused", "width=32"),
    member=np.array([[True, False], [True, True]]),
    k=np.array([19, 20]),
    n=np.array([20, 20]),
    low=np.array([0.78, 0.86]),
    bound="one-sided 95 % bound",
    verdict=("undecided", "sufficient"),
    removal=np.array([[0.1, np.nan], [0.2, 0.95]]),
)


def test_upset_shows_members_counts_and_verdicts() -> None:
    ax = plot_sets(SETS, Figure().subplots())
    assert [text.get_text() for text in ax.texts] == ["19/20", "20/20"]
    assert [bar.get_hatch() for bar in ax.patches] == ["////", ""]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["loss=fused", "width=32", "0", "0.8", "1"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2"], "remedies in each set"
    height = 3.0  # of a rate of 1; the remedies stand below 0
    np.testing.assert_allclose(ax.get_yticks(), [-0.8, -1.8, 0.0, 0.8 * height, height])
    assert list(ax.get_xticks()) == [0, 1]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    filled = [line.get_markerfacecolor() != "#fffffe" for line in dots]
    assert filled == [True, False, True, True]


def test_removals_have_a_row_each() -> None:
    ax = plot_removal(SETS, Figure().subplots())
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "loss=fused without it: the baseline",
        "loss=fused + width=32 without loss=fused",
        "loss=fused + width=32 without width=32",
    ]

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ablate.report.figure_data import Estimate, ForestInfo, SharesInfo
from ablate.report.figures.effects import plot_forest, plot_interactions, plot_shares
from ablate.report.style import OKABE_ITO

ROW = Estimate(label="a: x - y", numbers="+0.50 [+0.30, +0.70]", value=0.5, low=0.3, high=0.7, holds=True)
SHARES = SharesInfo(
    title="t",
    terms=(("a",), ("b",), ("a", "b"), ("rest",)),
    share=np.array([0.1, 0.2, 0.6, 0.1]),
    low=np.zeros(4),
    high=np.ones(4) * 0.7,
    n=80,
)


def forest(*rows: Estimate, odds: bool = False) -> object:
    return plot_forest(ForestInfo(title="t", axis="x", rows=rows, odds=odds), Figure().subplots())


def test_a_forest_fills_the_marks_that_hold() -> None:
    ax = forest(ROW, dataclasses.replace(ROW, holds=False, numbers="+0.50"))
    marks = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert to_rgb(marks[0].get_markerfacecolor()) == to_rgb(OKABE_ITO[0])
    assert to_rgb(marks[1].get_markerfacecolor()) != to_rgb(OKABE_ITO[0])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a: x - y", "a: x - y"]
    assert [label.get_text() for label in ax.child_axes[0].get_yticklabels()] == ["+0.50 [+0.30, +0.70]", "+0.50"]
    assert ax.child_axes[0].yaxis.get_tick_params()["length"] == 0, "numbers beside the rows have no marks"
    assert ax.get_xscale() == "linear"


def test_odds_are_on_a_logarithmic_axis_in_plain_words() -> None:
    ax = forest(
        dataclasses.replace(ROW, value=12.0, low=2.0, high=2e5, marker="^"),
        dataclasses.replace(ROW, value=0.5, low=0.1, high=3.0),
        odds=True,
    )
    assert ax.get_xscale() == "log"
    marks = [line for line in ax.lines if line.get_marker() in ("o", "^")]
    assert [mark.get_marker() for mark in marks] == ["^", "o"]
    ax.figure.draw_without_rendering()
    texts = [label.get_text() for label in ax.get_xticklabels()]
    assert texts
    assert not any("$" in text for text in texts)


def test_shares_are_sorted_and_interactions_hatched() -> None:
    ax = plot_shares(SHARES, Figure().subplots())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a x b", "b", "a", "all higher interactions"]
    assert ax.patches[0].get_hatch() == "//"
    assert ax.patches[0].get_width() == pytest.approx(0.6)
    low = np.array([0.05, -0.1, 0.5, 0.0])
    ax = plot_shares(dataclasses.replace(SHARES, low=low), Figure().subplots())
    (bars,) = (one for one in ax.collections if isinstance(one, LineCollection))
    ends = [(float(start[0]), float(end[0])) for start, end in bars.get_segments()]
    assert ends == [pytest.approx(one) for one in ((0.5, 0.7), (0.0, 0.7), (0.05, 0.7), (0.0, 0.7))]


def test_interaction_matrix_has_main_effects_on_the_diagonal() -> None:
    ax = plot_interactions(SHARES, Figure().subplots())
    texts = {text.get_position(): text.get_text() for text in ax.texts}
    assert texts == {(0, 0): "0.10", (1, 1): "0.20", (0, 1): "0.60"}


def test_the_matrix_names_each_factor_on_both_axes() -> None:
    named = (("a",), ("a name of 17 let",), ("a", "a name of 17 let"), ("rest",))
    ax = plot_interactions(dataclasses.replace(SHARES, terms=named), Figure().subplots())
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["a", "a name of 17 let"]

from __future__ import annotations

import dataclasses

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ablate.report.figure_data import HeatInfo, StatesInfo
from ablate.report.figures.rates import plot_heat, plot_states
from ablate.report.style import STATE_COLOURS, house

HEAT = HeatInfo(
    title="t",
    event="escape",
    down="loss",
    across="rate",
    down_levels=("a", "b"),
    across_levels=("x", "y"),
    k=np.array([[0, 5], [3, 0]]),
    n=np.array([[10, 10], [10, 0]]),
    rate=np.array([[0.0, 0.5], [0.3, 0.0]]),
    low=np.zeros((2, 2)),
    high=np.ones((2, 2)),
    undecided=np.array([[False, True], [False, False]]),
)


def test_states_bars_are_shares_in_the_states_own_colours() -> None:
    counts = np.array([[0, 0, 3, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 4]])
    ax = plot_states(StatesInfo(title="t", labels=("a", "b"), counts=counts), Figure().subplots())
    bars = {
        (round(bar.get_y() + 0.39), bar.get_facecolor()[:3]): bar.get_width() for bar in ax.patches if bar.get_width()
    }
    assert bars == {
        (0, to_rgb(STATE_COLOURS["escaped"])): pytest.approx(0.75),
        (0, to_rgb(STATE_COLOURS["collapsed"])): pytest.approx(0.25),
        (1, to_rgb(STATE_COLOURS["stuck"])): pytest.approx(1.0),
    }
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert [label.get_text() for label in ax.child_axes[0].get_yticklabels()] == ["3/4", "0/4"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["escaped", "collapsed", "stuck"]


def test_heat_cells_say_k_of_n_and_undecided_ones_are_hatched() -> None:
    ax = plot_heat(HEAT, Figure().subplots())
    texts = [text.get_text().splitlines()[0] for text in ax.texts]
    assert texts == ["0/10", "5/10", "3/10"]
    assert [patch.get_hatch() for patch in ax.patches] == [None, "////", None, None]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("rate", "loss")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["x", "y"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    faces = [patch.get_facecolor() for patch in ax.patches]
    assert faces[0] != faces[1] != faces[2], "the colour is that of the rate"


def test_long_names_of_columns_are_slanted_and_short_ones_stand_level() -> None:
    for names, slant, side in ((("x", "seven.."), 0.0, "center"), (("x", "a long name"), 35.0, "right")):
        ax = plot_heat(dataclasses.replace(HEAT, across_levels=names), Figure().subplots())
        ax.figure.draw_without_rendering()
        labels = ax.get_xticklabels()
        assert {label.get_rotation() for label in labels} == {slant}
        assert {label.get_horizontalalignment() for label in labels} == {side}


def test_figures_leave_no_settings_behind() -> None:
    before = dict(mpl.rcParams)
    with house():
        plot_heat(HEAT, Figure().subplots())
    assert dict(mpl.rcParams) == before

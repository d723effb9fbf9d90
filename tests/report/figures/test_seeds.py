"""One network with many seeds: over learning rates, and alone."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ablate.report.figure_data import LuckInfo, RatesInfo
from ablate.report.figures.seeds import plot_luck, plot_rates
from ablate.report.style import GREY, OKABE_ITO, STATE_COLOURS, STATE_HATCHES

BAND = np.array([[0.2, 0.5, 0.9], [0.1, 0.3, 0.7], [0.3, 0.7, 1.0]])
FINDER = RatesInfo(
    title="t", values=np.array([1e-4, 1e-2, 1.0]), shares={"escaped": BAND, "collapsed": BAND / 2}, accuracy=BAND**2,
    stable=(1e-3, 1e-1),
)  # fmt: skip
ENDS = np.array([0.9, 0.91, 1.0, 0.0])
LUCK = LuckInfo(title="t", accuracies={"stuck": np.array([0.0, 0.1, 0.15, np.nan]), "escaped": ENDS})


def drawn(info: RatesInfo = FINDER) -> tuple[Axes, Axes]:
    shares, accuracy = Figure().subplots(2, 1)
    assert plot_rates(info, (shares, accuracy)) is shares
    return shares, accuracy


def edges(ax: Axes, at: int) -> list[float]:
    """Return the lower and the upper edge of a band at the last learning rate."""
    points = ax.collections[at].get_paths()[0].vertices
    return sorted({round(float(y), 6) for x, y in points if x == 1.0})


def test_shares_of_two_states_have_their_bands() -> None:
    shares, _ = drawn()
    assert [list(line.get_ydata()) for line in shares.lines] == [list(BAND[0]), list(BAND[0] / 2)]
    assert [(line.get_linestyle(), line.get_marker()) for line in shares.lines] == [("-", "o"), ("--", "s")]
    assert [to_rgb(line.get_color()) for line in shares.lines] == [
        to_rgb(STATE_COLOURS[state]) for state in ("escaped", "collapsed")
    ]
    assert (edges(shares, 0), edges(shares, 1)) == ([0.7, 1.0], [0.35, 0.5])
    assert {band.get_alpha() for band in shares.collections} == {0.2}
    assert {float(band.get_linewidth()[0]) for band in shares.collections} == {0.0}
    assert {line.get_markersize() for line in shares.lines} == {3.5}
    assert [text.get_text() for text in shares.get_legend().get_texts()] == ["escaped", "collapsed"]
    assert (shares.get_ylabel(), shares.get_title()) == ("share of trials", "t")


def test_the_accuracy_stands_below() -> None:
    _, accuracy = drawn()
    (line,) = accuracy.lines
    assert (list(line.get_ydata()), line.get_marker(), line.get_markersize()) == (list(BAND[0] ** 2), "^", 3.5)
    assert to_rgb(line.get_color()) == to_rgb(OKABE_ITO[2])
    band = accuracy.collections[0]
    assert edges(accuracy, 0) == [0.49, 1.0]
    assert (to_rgb(band.get_facecolor()[0][:3]), band.get_alpha(), float(band.get_linewidth()[0])) == (
        to_rgb(OKABE_ITO[2]),
        0.2,
        0.0,
    )
    assert accuracy.get_ylabel() == "accuracy at the end"


@pytest.mark.parametrize("stable", [(1e-3, 1e-1), None])
def test_the_stable_range_is_grey(stable: tuple[float, float] | None) -> None:
    for ax in drawn(dataclasses.replace(FINDER, stable=stable)):
        assert (ax.get_xscale(), ax.get_ylim()) == ("log", (-0.02, 1.02))
        assert ax.get_ygridlines()[0].get_visible()
        assert len(ax.patches) == (stable is not None)
        for span in ax.patches:
            assert (span.get_x(), span.get_width()) == (1e-3, pytest.approx(0.099))  # type: ignore[attr-defined]
            assert (to_rgb(span.get_facecolor()[:3]), span.get_alpha()) == (to_rgb(GREY), 0.2)
            assert span.get_linewidth() == 0
    label = drawn(dataclasses.replace(FINDER, stable=stable))[1].get_xlabel()
    assert label == ("learning rate; grey: stable" if stable else "learning rate")


def test_a_histogram_stacks_states_in_the_order_of_the_bars() -> None:
    ax = plot_luck(LUCK, Figure().subplots())
    assert len(ax.patches) == 2 * 25
    bars = {
        (round(bar.get_x() / 0.04), to_rgb(bar.get_facecolor()[:3])): (bar.get_y(), bar.get_height())  # type: ignore[attr-defined]
        for bar in ax.patches
        if bar.get_height()  # type: ignore[attr-defined]
    }
    escaped, stuck = to_rgb(STATE_COLOURS["escaped"]), to_rgb(STATE_COLOURS["stuck"])
    assert bars == {
        (22, escaped): (0, 2), (24, escaped): (0, 1), (0, escaped): (0, 1), (0, stuck): (1, 1), (2, stuck): (0, 1),
        (3, stuck): (0, 1),
    }  # fmt: skip
    assert {round(bar.get_width(), 6) for bar in ax.patches} == {0.04}  # type: ignore[attr-defined]
    assert {bar.get_linewidth() for bar in ax.patches} == {0.4}
    assert ax.patches[-1].get_hatch() == (STATE_HATCHES["stuck"] or None)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["escaped (4)", "stuck (4)"]
    assert ax.get_xlim() == (0.0, 1.0)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("accuracy at the end", "seeds", "t")

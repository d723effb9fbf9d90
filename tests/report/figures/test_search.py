"""The progress of a search beside random settings."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ablate.report.figure_data import ArmInfo, SearchInfo
from ablate.report.figures.search import plot_search
from ablate.report.style import colour, line, marker

TRIED = np.array([8.0, 16.0, 24.0, 32.0])
INFO = SearchInfo(
    title="t",
    target=0.7,
    arms=(
        ArmInfo(label="search", trials=TRIED, best=np.array([0.1, 0.4, 0.8, 0.9]), confirmed_at=24),
        ArmInfo(label="random", trials=TRIED, best=np.array([0.0, 0.2, 0.3, 0.35]), confirmed_at=None),
    ),
)


def test_a_cross_marks_the_first_confirmed_set_and_a_point_the_end_without_one() -> None:
    ax = plot_search(INFO, Figure().subplots())
    first, cross, second, point, target = ax.lines
    assert (list(first.get_ydata()), first.get_drawstyle()) == ([0.1, 0.4, 0.8, 0.9], "steps-post")
    assert (cross.get_marker(), cross.get_xydata().tolist()) == ("x", [[24.0, 0.8]])
    assert (cross.get_markersize(), cross.get_markeredgewidth()) == (9, 2)
    assert (point.get_marker(), point.get_xydata().tolist()) == (marker(1), [[32.0, 0.35]])
    assert point.get_markersize() == 4
    assert [to_rgb(one.get_color()) for one in (first, cross, second, point)] == [
        to_rgb(colour(at)) for at in (0, 0, 1, 1)
    ]
    assert second.get_linestyle() == line(1)
    assert (list(target.get_ydata()), target.get_linewidth(), target.get_color()) == ([0.7, 0.7], 0.8, "0.5")
    assert target._unscaled_dash_pattern == (0, (4, 3))  # type: ignore[attr-defined]


def test_the_axes_have_words_and_room_for_shares() -> None:
    ax = plot_search(INFO, Figure().subplots())
    assert ax.get_ylim() == (-0.02, 1.02)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("trials asked for", "best 95 % lower bound", "t")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["search", "random"]
    assert ax.get_ygridlines()[0].get_visible()
    assert not ax.get_xgridlines()[0].get_visible()

"""Labels on both sides of the rows of a figure."""

from __future__ import annotations

from matplotlib.figure import Figure

from ablate.report.figures.labels import hide_spines, label_rows


def test_rows_are_labelled_on_both_sides_from_the_top() -> None:
    ax = Figure().subplots()
    label_rows(ax, ["a", "b", "c"], ["1", "2"])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "c"]
    assert ax.get_ylim() == (2.5, -0.5)
    (right,) = ax.child_axes
    assert [label.get_text() for label in right.get_yticklabels()] == ["1", "2"]
    assert list(right.get_yticks()) == [0, 1]
    assert {label.get_fontsize() for label in right.get_yticklabels()} == {8}
    assert not right.spines["right"].get_visible()
    assert right.yaxis.get_tick_params()["length"] == 0
    other = Figure().subplots()
    label_rows(other, ["a"], ["1"], size=5)
    assert {label.get_fontsize() for label in other.child_axes[0].get_yticklabels()} == {5}


def test_the_frame_is_hidden() -> None:
    ax = Figure().subplots()
    hide_spines(ax)
    assert not any(spine.get_visible() for spine in ax.spines.values())

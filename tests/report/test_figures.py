from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ablate.outcomes.curves import Curves
from ablate.outcomes.states import STATES
from ablate.report import figures, trial
from ablate.report.figure_data import (
    Difference,
    Fan,
    FanInfo,
    ForestInfo,
    HeatInfo,
    IncidenceInfo,
    Odds,
    OddsInfo,
    SetsInfo,
    SharesInfo,
    StatesInfo,
    Step,
)
from ablate.report.style import OKABE_ITO, STATE_COLOURS, STATE_HATCHES, colour, house


def axes() -> object:
    return Figure().subplots()


def test_states_bars_are_shares_in_the_states_own_colours() -> None:
    counts = np.array([[0, 0, 3, 1, 0, 0], [0, 0, 0, 0, 0, 4]])
    ax = figures.plot_states(StatesInfo(title="t", labels=("a", "b"), counts=counts), axes())
    bars = {
        (round(bar.get_y() + 0.39), bar.get_facecolor()[:3]): bar.get_width() for bar in ax.patches if bar.get_width()
    }
    assert bars[0, to_rgb(STATE_COLOURS["escaped"])] == pytest.approx(0.75)
    assert bars[0, to_rgb(STATE_COLOURS["collapsed"])] == pytest.approx(0.25)
    assert bars[1, to_rgb(STATE_COLOURS["stuck"])] == pytest.approx(1.0)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


def test_every_state_has_a_colour_and_a_second_cue_of_its_own() -> None:
    assert set(STATE_COLOURS) == set(STATE_HATCHES) == set(STATES)
    assert len(set(STATE_COLOURS.values())) == len(set(STATE_HATCHES.values())) == len(STATES)


def test_level_colours_depend_on_the_place_alone() -> None:
    assert [colour(place) for place in range(3)] == list(OKABE_ITO[:3])


def heat() -> HeatInfo:
    return HeatInfo(
        title="t",
        what="escape",
        down="loss",
        across="rate",
        down_levels=("a", "b"),
        across_levels=("x", "y"),
        k=np.array([[0, 5], [3, 0]]),
        n=np.array([[10, 10], [10, 0]]),
        low=np.zeros((2, 2)),
        high=np.ones((2, 2)),
        undecided=np.array([[False, True], [False, False]]),
    )


def test_heat_cells_say_k_of_n_and_undecided_ones_are_hatched() -> None:
    ax = figures.plot_heat(heat(), axes())
    texts = [text.get_text().splitlines()[0] for text in ax.texts]
    assert texts == ["0/10", "5/10", "3/10"]
    assert [patch.get_hatch() for patch in ax.patches] == [None, "////", None, None]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("rate", "loss")


def difference(**changes: object) -> Difference:
    values: dict[str, object] = {
        "factor": "loss",
        "level": "fused",
        "against": "clipped",
        "difference": 0.5,
        "low": 0.3,
        "high": 0.7,
        "pairs": 20,
        "p": 0.001,
        "p_corrected": 0.002,
        "correction": "Holm",
        "shares": "weights and order",
    }
    return Difference(**(values | changes))  # type: ignore[arg-type]


def test_forest_marks_what_survives_its_correction() -> None:
    info = ForestInfo(title="t", what="escape", differences=(difference(), difference(p_corrected=0.2)))
    ax = figures.plot_forest(info, axes())
    marks = [line for line in ax.lines if line.get_linestyle() == "None"]
    assert to_rgb(marks[0].get_markerfacecolor()) == to_rgb(OKABE_ITO[0])
    assert to_rgb(marks[1].get_markerfacecolor()) != to_rgb(OKABE_ITO[0])
    right = [label.get_text() for label in ax.child_axes[0].get_yticklabels()]
    assert right == ["+0.50 [+0.30, +0.70], 20 pairs *", "+0.50 [+0.30, +0.70], 20 pairs"]


def shares() -> SharesInfo:
    terms = (("a",), ("b",), ("a", "b"), ("rest",))
    return SharesInfo(
        title="t", terms=terms, share=np.array([0.1, 0.2, 0.6, 0.1]), low=np.zeros(4), high=np.ones(4) * 0.7, n=80
    )


def test_shares_are_sorted_and_interactions_hatched() -> None:
    ax = figures.plot_shares(shares(), axes())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a x b", "b", "a", "all higher interactions"]
    assert ax.patches[0].get_hatch() == "//"
    assert ax.patches[0].get_width() == pytest.approx(0.6)


def test_interaction_matrix_has_main_effects_on_the_diagonal() -> None:
    ax = figures.plot_interactions(shares(), axes())
    assert {text.get_position(): text.get_text() for text in ax.texts} == {
        (0, 0): "0.10",
        (1, 1): "0.20",
        (0, 1): "0.60",
    }


def incidence() -> IncidenceInfo:
    step = Step(
        label="fused",
        place=2,
        n=20,
        steps=np.array([0.0, 100.0, 200.0]),
        value=np.array([0.0, 0.5, 0.9]),
        low=np.array([0.0, 0.3, 0.7]),
        high=np.array([0.1, 0.7, 1.0]),
        at_risk=np.array([20, 10, 2]),
        competing=np.array([0.0, 0.05, 0.1]),
    )
    return IncidenceInfo(title="t", factor="loss", event="escape", curves=(step,))


def test_incidence_draws_the_curve_its_band_and_the_competing_event() -> None:
    ax = figures.plot_incidence(incidence(), axes())
    assert [list(line.get_ydata()) for line in ax.lines] == [[0.0, 0.5, 0.9], [0.0, 0.05, 0.1]]
    assert to_rgb(ax.lines[0].get_color()) == to_rgb(OKABE_ITO[2])
    assert len(ax.collections) == 1
    assert ax.get_legend().get_texts()[0].get_text() == "fused (n=20)"


def test_numbers_at_risk_stand_at_their_steps() -> None:
    ax = figures.risk_table(incidence(), axes())
    assert [(text.get_position()[0], text.get_text()) for text in ax.texts] == [
        (0.0, "20"),
        (100.0, "10"),
        (200.0, "2"),
    ]


def sets() -> SetsInfo:
    return SetsInfo(
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
    ax = figures.plot_sets(sets(), axes())
    assert [text.get_text() for text in ax.texts] == ["19/20", "20/20"]
    assert [bar.get_hatch() for bar in ax.patches] == ["////", ""]
    assert [label.get_text() for label in ax.get_yticklabels()][:2] == ["loss=fused", "width=32"]


def test_removals_have_a_row_each() -> None:
    ax = figures.plot_removal(sets(), axes())
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "loss=fused without it: the baseline",
        "loss=fused + width=32 without loss=fused",
        "loss=fused + width=32 without width=32",
    ]


def test_fan_draws_the_median_over_two_bands() -> None:
    bands = np.array([[0.0, 0.1], [0.1, 0.2], [0.2, 0.5], [0.3, 0.6], [0.4, 0.9]])
    fan = Fan(label="fused", place=1, n=7, steps=np.array([0.0, 400.0]), quantiles=bands)
    ax = figures.plot_fan(FanInfo(title="t", factor="loss", signal="accuracy", fans=(fan,), reference=0.1), axes())
    assert list(ax.lines[0].get_ydata()) == [0.2, 0.5]
    assert len(ax.collections) == 2
    assert ax.get_ylabel() == "accuracy on the probe"


def test_a_signal_that_runs_away_is_drawn_on_a_logarithmic_scale() -> None:
    for top, scale in ((20.0, "linear"), (1e6, "symlog")):
        bands = np.array([[0.0, 0.0], [0.0, 0.1], [0.2, 0.5], [0.3, 0.6], [0.4, top]])
        fan = Fan(label="fused", place=1, n=7, steps=np.array([0.0, 400.0]), quantiles=bands)
        ax = figures.plot_fan(FanInfo(title="t", factor="loss", signal="logit_gap", fans=(fan,)), axes())
        assert ax.get_yscale() == scale


def test_crowded_pictures_leave_their_bands_to_the_tables() -> None:
    one = incidence().curves[0]
    for count, bands in ((6, 6), (7, 0)):
        info = IncidenceInfo(title="t", factor="loss", event="escape", curves=(one,) * count)
        assert len(figures.plot_incidence(info, axes()).collections) == bands


def curves() -> Curves:
    values = np.linspace(0, 1, 5, dtype=np.float32)
    broken = np.array([2.3, 2.2, np.nan, np.nan, np.nan], dtype=np.float32)
    signals = {
        "step": values * 400,
        "accuracy": values,
        "loss": broken,
        "dead_share_1": values,
        "dead_share_2": 0 * values,
    }
    return Curves(id="0123456789abcdef", signals=signals)


def test_a_trial_as_text_says_first_last_and_extremes() -> None:
    lines = trial.trial_text(curves()).splitlines()
    assert "0 to 400, 5 looks" in lines[0]
    assert "0 -> 1 (min 0, max 1)" in lines[1]
    assert "▁" in lines[1]
    assert "█" in lines[1]
    assert "xxx" in lines[2]
    assert lines[-1].startswith("dead_share")
    assert "max 0.5" in lines[-1]


def test_a_trial_without_looks_says_so() -> None:
    assert "before its first look" in trial.trial_text(Curves(id="x", signals={}))


def test_a_trial_as_picture_is_a_png_and_the_same_twice(tmp_path: Path) -> None:
    first = trial.trial_picture(curves(), "diverged", "loss=<b>$x$", tmp_path / "a.png").read_bytes()
    second = trial.trial_picture(curves(), "diverged", "loss=<b>$x$", tmp_path / "b.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    assert first == second


def test_figures_leave_no_settings_behind() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with house():
        figures.plot_heat(heat(), axes())
    assert dict(mpl.rcParams) == before


def test_what_others_left_of_settings_changes_no_picture(tmp_path: Path) -> None:
    import matplotlib as mpl
    import matplotlib.style

    plain = trial.trial_picture(curves(), "diverged", "loss=fused", tmp_path / "a.png").read_bytes()
    with mpl.rc_context():
        matplotlib.style.use("ggplot")  # as every plot of Optuna does, for the rest of the process
        left = dict(mpl.rcParams)
        again = trial.trial_picture(curves(), "diverged", "loss=fused", tmp_path / "b.png").read_bytes()
        assert dict(mpl.rcParams) == left
    assert plain == again


def test_odds_are_on_a_logarithmic_axis_in_plain_words() -> None:
    rows = (
        Odds(label="a: x", ratio=12.0, low=2.0, high=2e5, k=20, n=20),
        Odds(label="a: y", ratio=0.5, low=0.1, high=3.0, k=3, n=20),
    )
    ax = figures.plot_odds(OddsInfo(title="odds", rows=rows), axes())
    assert ax.get_xscale() == "log"
    marks = [line for line in ax.lines if line.get_marker() in ("o", "^")]
    assert [mark.get_marker() for mark in marks] == ["^", "o"]
    ax.figure.draw_without_rendering()
    texts = [label.get_text() for label in ax.get_xticklabels()]
    assert texts
    assert not any("$" in text for text in texts)


def test_a_scale_that_a_wild_signal_needs_has_plain_ticks() -> None:
    fan = Fan(label="x", place=0, n=3, steps=np.arange(3.0), quantiles=np.array([[0.0, 1e5, 1e7]] * 5))
    ax = figures.plot_fan(FanInfo(title="loss", factor="loss", signal="loss", fans=(fan,)), axes())
    ax.figure.draw_without_rendering()
    texts = [label.get_text() for label in ax.get_yticklabels()]
    assert "1e6" in texts or "1e7" in texts
    assert not any("$" in text for text in texts)

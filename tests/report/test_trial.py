from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.style
import numpy as np

from ablate.outcomes.curves import Curves
from ablate.report import trial
from tests import recorded

VALUES = np.linspace(0, 1, 5, dtype=np.float32)
CURVES = Curves(
    id="0123456789abcdef",
    signals={
        "step": VALUES * 400,
        "accuracy": VALUES,
        "loss": np.array([2.3, 2.2, np.nan, np.nan, np.nan], dtype=np.float32),
        "dead_share_1": VALUES,
        "dead_share_2": 0 * VALUES,
    },
)


def png(path: Path) -> bytes:
    return trial.trial_picture(CURVES, "diverged", "loss=<b>$x$", path).read_bytes()


def test_a_trial_as_text_says_first_last_and_extremes() -> None:
    lines = trial.trial_text(CURVES).splitlines()
    recorded.same("trial", "\n".join(lines))
    assert "0 to 400, 5 evaluations" in lines[0]
    assert "0 -> 1 (min 0, max 1)" in lines[1]
    assert "▁" in lines[1]
    assert "█" in lines[1]
    assert "xxx" in lines[2]
    assert lines[-1].startswith("dead_share")
    assert "max 0.5" in lines[-1]


def test_a_trial_without_evaluations_says_so() -> None:
    text = trial.trial_text(Curves(id="x", signals={}))
    assert text == "no curves: the trial ended before its first evaluation"


def test_a_trial_as_picture_is_a_png_and_the_same_whatever_style_others_left_behind(tmp_path: Path) -> None:
    plain = png(tmp_path / "a.png")
    assert plain.startswith(b"\x89PNG")
    with mpl.rc_context():
        matplotlib.style.use("ggplot")  # as every plot of Optuna does, for the rest of the process
        left = dict(mpl.rcParams)
        assert png(tmp_path / "b.png") == plain
        assert dict(mpl.rcParams) == left


def test_blocks_are_spread_over_the_width_and_end_with_the_last_value() -> None:
    assert trial._blocks(np.array([0.0, 1.0, 2.0, 3.0, 7.0]), 72) == "▁▂▃▄█"
    assert trial._blocks(np.linspace(0, 7, 15), 3) == "▁▂▃▄▅▆▇█"
    assert trial._blocks(np.array([5.0, 5.0]), 72) == "▁▁"
    assert trial._blocks(np.array([np.nan, np.inf]), 72) == "xx"
    assert trial._numbers({"a": np.array([np.nan])}, "a") == "no finite value"
    assert trial._numbers({"a": np.array([3.0, np.nan, 1.0, 2.0])}, "a") == "3 -> 2 (min 1, max 3)"
    lines = trial.trial_text(CURVES, width=60).splitlines()
    long = trial.trial_text(Curves(id="x", signals={"step": np.arange(90), "loss": np.arange(90.0)}), width=72)
    assert len(lines[1].split()[1]) == 5
    assert len(long.splitlines()[1].split()[1]) == 20


def test_the_picture_has_a_panel_for_each_signal_and_a_title() -> None:
    figure = trial.trial_figure(CURVES, "diverged", "loss=" + "x" * 200)
    assert figure.get_size_inches().tolist() == [9.0, 5.2]
    assert len(figure.axes) == 6
    assert figure.axes[0].get_subplotspec().get_geometry()[:2] == (2, 3)  # type: ignore[union-attr]
    (title,) = figure.texts
    first, second = title.get_text().split("\n")
    assert first == "0123456789abcdef: diverged"
    assert (len(second), title.get_fontsize()) == (120, 9.0)

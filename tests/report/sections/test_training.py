"""Training curves by state, by level, and of single trials."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ablate.outcomes.states import STATES
from ablate.report.sections import training
from ablate.report.signals import SIGNALS

STEPS = np.array([0.0, 200.0, 400.0])
ENDS = ["escaped", "stuck", "escaped", "stuck", "stuck", "stuck"]


class Group:
    """Six trials, whose rows of arrays are 4, 5, ...; two escaped."""

    title, key = "Prevention", "a/b"

    def __init__(self) -> None:
        self.trials = pd.DataFrame(
            {
                "id": list("fedcba"), "loss": pd.Categorical(["x", "y"] * 3, ["y", "x"]),
                "state": pd.Categorical(ENDS, STATES),
            },
            index=range(4, 10),
        )  # fmt: skip

    def most_different(self, count: int) -> tuple[str, ...]:
        assert count == 5
        return ("loss",)

    def comparable(self, factors: list[str]) -> pd.DataFrame:
        return self.trials[self.trials["id"] != "f"] if factors == ["loss"] else self.trials


def arrays() -> dict[str, np.ndarray]:
    """Of trial r the accuracy is r / 10 at the end; only two trials have another signal."""
    accuracy = np.arange(10)[:, None] * np.array([0.01, 0.05, 0.1])
    other = np.full((10, 3), np.nan)
    other[[4, 5]] = 2.0
    return {name: accuracy if name == "accuracy" else other for name in SIGNALS}


def inputs(
    *, complete: bool = True, majorities: tuple[float, ...] = (0.25, 0.25), states: Any = (*ENDS, *ENDS[:4])
) -> Any:
    manifest = SimpleNamespace(chance={at: SimpleNamespace(majority=one) for at, one in enumerate(majorities)})
    study = SimpleNamespace(budget=SimpleNamespace(schedule=(0, 200, 400)))
    trials = pd.DataFrame({"state": states})
    results = SimpleNamespace(complete=complete, trials=trials, manifest=manifest, study=study)
    return SimpleNamespace(results=results, groups=[Group()], arrays=arrays())


def test_without_curves_the_section_says_so() -> None:
    section = training.section(inputs(complete=False))
    assert (section.anchor, list(section.pictures)) == ("training", [])
    assert "needs the curves" in section.lead


def test_the_section_has_a_choice_for_the_state_each_factor_and_single_trials() -> None:
    section = training.section(inputs())
    assert [picture.name for picture in section.pictures] == ["training-state-a-b", "training-loss-a-b", "singles-a-b"]
    assert [picture.choice for picture in section.pictures] == [
        "Prevention: state",
        "Prevention: loss",
        "Prevention: single trials",
    ]
    assert section.picker
    curves: list[Any] = [one.chart.data["panels"][0]["curves"] for one in section.pictures[:2]]  # type: ignore[union-attr]
    assert [curve["label"] for one in curves for curve in one] == [
        "escaped (n=2)", "stuck (n=4)", "y (n=3)", "x (n=2)",
    ], "levels are compared on trials that can be"  # fmt: skip
    assert {picture.size for picture in section.pictures} == {(11.0, 5.2)}
    assert section.pictures[1].caption == "Prevention: training curves by loss. Dotted: the chance level."


@pytest.mark.parametrize(("majorities", "reference"), [((0.25, 0.25), 0.25), ((0.25, 0.5), None), ((), None)])
def test_the_chance_level_is_drawn_where_there_is_one(majorities: tuple[float, ...], reference: float | None) -> None:
    for picture in training.section(inputs(majorities=majorities)).pictures:
        assert picture.chart is not None
        panels = picture.chart.data["panels"]  # type: ignore[attr-defined]
        assert [panel["reference"] for panel in panels] == [reference, *[None] * (len(SIGNALS) - 1)]


def test_the_ends_of_escaped_trials_and_others_are_compared() -> None:
    own = inputs(states=ENDS)
    own.arrays = {"accuracy": np.array([[0.0, one] for one in (0.9, 0.1, 0.8, 0.2, 0.3, np.nan)])}
    says = "The median accuracy at the end is .85 in the 2 trials that escaped and .20 in the 4 trials that did not."
    assert training._conclusion(own).text == says
    own.arrays = {"accuracy": np.array([[0.0, one] for one in (np.nan, 0.1, np.nan, 0.2, 0.3, np.nan)])}
    assert training._conclusion(own).text == "The median accuracy at the end is .20 in the 4 trials that did not."
    own.arrays = {"accuracy": np.full((6, 2), np.nan)}
    assert training._conclusion(own).text == ""


def test_quantiles_are_those_of_the_trials_of_a_level() -> None:
    group = Group()
    accuracy, *others = training._by_level(group.trials, arrays(), "state", STEPS, 0.25)
    assert [(fan.label, fan.position, fan.n) for fan in accuracy.fans] == [("escaped", 0, 2), ("stuck", 1, 4)]
    assert accuracy.fans[0].quantiles[2].tolist() == pytest.approx([0.05, 0.25, 0.5]), "of rows 4 and 6"
    assert [info.signal for info in (accuracy, *others)] == list(SIGNALS)
    assert [fan.n for fan in others[0].fans] == [1, 1]
    by_loss = training._by_level(group.trials, arrays(), "loss", STEPS, None)
    assert [(fan.label, fan.position, fan.n) for fan in by_loss[0].fans] == [("y", 0, 3), ("x", 1, 3)]
    assert [fan.label for fan in by_loss[1].fans] == ["y", "x"]
    only = training._by_level(group.trials[group.trials["loss"] == "x"], arrays(), "loss", STEPS, None)
    assert [fan.label for fan in only[0].fans] == ["x"]


def test_a_level_without_a_signal_is_left_out() -> None:
    group = Group()
    rows = {name: np.where(np.arange(10)[:, None] == 4, 2.0, np.nan) * np.ones(3) for name in SIGNALS}
    infos = training._by_level(group.trials, rows, "loss", STEPS, None)
    assert [(fan.label, fan.position) for fan in infos[1].fans] == [("x", 1)]


def test_three_trials_of_each_state_are_drawn_the_first_by_id() -> None:
    infos = training._single_trials(Group().trials, arrays(), STEPS, 0.25)
    assert set(infos[0].lines) == {"d", "f", "a", "b", "c"}
    state, steps, values = infos[0].lines["c"]
    assert (state, steps.tolist(), values.tolist()) == ("stuck", STEPS.tolist(), pytest.approx([0.07, 0.35, 0.7]))
    assert (infos[0].reference, infos[1].reference, infos[0].factor) == (0.25, None, "state")
    assert infos[0].fans == ()


def test_a_picture_has_six_panels_and_one_legend() -> None:
    infos = training._by_level(Group().trials, arrays(), "state", STEPS, 0.25)
    figure = Figure(layout="constrained")
    training._draw(infos, "the title", figure)
    assert len(figure.axes) == 6
    assert figure.axes[0].get_subplotspec().get_geometry()[:2] == (2, 3)  # type: ignore[union-attr]
    assert all(ax.get_legend() is None and ax.get_title() == "" for ax in figure.axes)
    (legend,) = figure.legends
    assert legend.get_title().get_text() == "state"
    assert {text.get_fontsize() for text in legend.get_texts()} == {7.0}
    (title,) = figure.texts
    assert (title.get_text(), title.get_fontsize(), title.get_position()[0]) == ("the title", 10.0, 0.01)
    bare = Figure()
    training._draw([training.FanInfo(title="t", factor="f", signal=name, fans=()) for name in SIGNALS], "t", bare)
    assert not bare.legends

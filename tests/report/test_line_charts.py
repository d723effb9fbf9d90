"""Curves over training steps as the page's script draws them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ablate.outcomes.states import STATES
from ablate.report import line_charts
from ablate.report.figure_data import Curve, Fan, FanInfo, IncidenceInfo
from ablate.report.style import CROWD, STATE_COLOURS, colour, dashes

STEPS = np.array([0.0, 1234.0])
QUANTILES = np.array([[0.1], [0.2], [0.3], [0.4], [0.5]]) * [1.0, 1.5]


def fan(position: int = 1, label: str = "fused") -> Fan:
    return Fan(label=label, position=position, n=7, steps=STEPS, quantiles=QUANTILES)


def fans(*some: Fan, **more: Any) -> FanInfo:
    return FanInfo(**{"title": "t", "factor": "loss", "signal": "accuracy", "fans": some, **more})


def panel(info: FanInfo | IncidenceInfo, **labels: str) -> dict[str, Any]:
    chart = line_charts.lines([info], labels)
    assert chart.data["factor"] == info.factor
    return chart.data["panels"][0]  # type: ignore[no-any-return]


def test_a_level_is_its_median_with_two_bands() -> None:
    (curve,) = panel(fans(fan()))["curves"]
    assert curve == {
        "label": "fused (n=7)",
        "tone": colour(1),
        "dash": dashes(1),
        "steps": [0.0, 1230.0],
        "line": [0.3, 0.45],
        "bands": [[[0.1, 0.15], [0.5, 0.75]], [[0.2, 0.3], [0.4, 0.6]]],
    }


@pytest.mark.parametrize(("count", "bands"), [(CROWD, 2), (CROWD + 1, 0)])
def test_a_crowd_of_levels_has_no_bands(count: int, bands: int) -> None:
    assert {len(curve["bands"]) for curve in panel(fans(*[fan()] * count))["curves"]} == {bands}


def test_states_have_their_own_colours() -> None:
    (curve,) = panel(fans(fan(0, "stuck"), factor="state"))["curves"]
    assert curve["tone"] == STATE_COLOURS["stuck"]
    (curve,) = panel(fans(fan(0, "stuck")))["curves"]
    assert curve["tone"] == colour(0), "a level that is called like a state"


def test_single_trials_are_lines_without_bands() -> None:
    info = fans(lines={"x": ("collapsed", STEPS, np.array([0.12345, np.nan]))})
    (curve,) = panel(info)["curves"]
    assert curve == {
        "label": "collapsed",
        "tone": STATE_COLOURS["collapsed"],
        "dash": dashes(STATES.index("collapsed")),
        "steps": [0.0, 1230.0],
        "line": [0.123, None],
        "bands": [],
    }


@pytest.mark.parametrize(("signal", "whole"), [("accuracy", True), ("dead_share", True), ("loss", False)])
def test_a_share_has_the_whole_axis_and_words(signal: str, whole: bool) -> None:
    made = panel(fans(fan(), signal=signal, reference=0.125), accuracy="right", loss="loss in words")
    assert (made["whole"], made["reference"]) == (whole, 0.125)
    assert made["title"] == {"accuracy": "right", "loss": "loss in words"}.get(signal, signal)


def test_two_settings_beside_each_other_have_the_middle_half_and_the_colours_of_two_states() -> None:
    chart = line_charts.beside(fans(fan(0), fan(1)), {})
    first, second = chart.data["panels"][0]["curves"]
    assert (first["tone"], second["tone"]) == (STATE_COLOURS["collapsed"], STATE_COLOURS["escaped"])
    assert first["bands"] == [[[0.2, 0.3], [0.4, 0.6]]]
    assert chart.data["factor"] == "loss"


def incidence(count: int, *, competing: bool = True) -> IncidenceInfo:
    value = np.array([0.0, 0.25])
    curve = Curve(
        label="fused", position=2, n=9, steps=STEPS, value=value, low=value - 0.05, high=value + 0.05,
        at_risk=np.array([9.0, 4.0]), competing=value / 5 if competing else None,
    )  # fmt: skip
    return IncidenceInfo(title="t", factor="loss", event="escape", curves=(curve,) * count)


def test_the_probability_of_an_event() -> None:
    made = panel(incidence(1))
    curve = made["curves"][0]
    assert curve["line"] == [0.0, 0.25]
    assert curve["risk"] == [9, 4]
    assert curve["bands"] == [[[-0.05, 0.2], [0.05, 0.3]]]
    assert (curve["tone"], curve["dash"], curve["steps"]) == (colour(2), dashes(2), [0.0, 1230.0])


def test_what_rules_an_event_out_is_drawn_where_it_happens() -> None:
    made = panel(incidence(1))
    assert (made["title"], made["whole"], made["reference"]) == ("probability of escape", True, None)
    assert made["curves"][0]["rival"] == [0.0, 0.05]
    assert panel(incidence(1, competing=False))["curves"][0]["rival"] is None
    never = incidence(1)
    never = IncidenceInfo(
        title="t", factor="loss", event="escape",
        curves=(replace(never.curves[0], competing=np.array([0.0, 0.0])),),
    )  # fmt: skip
    assert panel(never)["curves"][0]["rival"] is None


@pytest.mark.parametrize(("count", "bands"), [(CROWD, 1), (CROWD + 1, 0)])
def test_a_crowd_of_probabilities_has_no_bands(count: int, bands: int) -> None:
    assert {len(curve["bands"]) for curve in panel(incidence(count))["curves"]} == {bands}

"""Every figure and chart of made-up numbers, mark for mark: sizes, colours, edges, and the cut of long names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ablate.outcomes.states import STATES
from ablate.report import charts, line_charts
from ablate.report.figure_data import (
    ArmInfo,
    Curve,
    Estimate,
    Fan,
    FanInfo,
    ForestInfo,
    HeatInfo,
    IncidenceInfo,
    LuckInfo,
    RatesInfo,
    SearchInfo,
    SetsInfo,
    SharesInfo,
    StatesInfo,
)
from ablate.report.figures import curves, effects, rates, search, seeds, sets, time
from ablate.report.style import house
from tests import recorded
from tests.report.drawn import described

LONG = "a name that is longer than every place that a figure or a chart has for it, by far"
STEPS = np.linspace(0.0, 400.0, 4)
COUNTS = np.array([[3, 1, 0, 2, 0, 0, 1], [0, 0, 4, 0, 0, 0, 0], [0] * 7])
ENDED = StatesInfo(title="t", labels=("a", LONG, "none"), counts=COUNTS, accuracy=np.array([[0.5, 0.1, 0.9]] * 3))
HEAT = HeatInfo(
    title="t", event="escape", down="loss", across="rate", down_levels=("a", LONG),
    across_levels=("x", "y", "an eight"),
    k=np.array([[0, 5, 11], [3, 0, 20]]), n=np.array([[10, 10, 20], [10, 0, 20]]),
    rate=np.array([[0.0, 0.5, 0.55], [0.3, 0.0, 1.0]]), low=np.full((2, 3), 0.104), high=np.full((2, 3), 0.916),
    undecided=np.array([[False, True, False], [False, True, False]]),
)  # fmt: skip
ROW = Estimate(label="a: x - y", numbers="+.50", value=0.5, low=0.3, high=0.7, holds=True)
ROWS = (ROW, dataclasses.replace(ROW, label=LONG, value=2.0, low=0.1, high=np.inf, holds=False, marker="^"))
FOREST = ForestInfo(title="t", axis="difference", rows=ROWS)
TERMS = (("a",), ("b",), ("a", "b"), ("a", "b", LONG), ("rest",))
SHARES = SharesInfo(
    title="t", terms=TERMS, n=80, share=np.array([0.1, 0.2, 0.4, 0.15, -0.01]), low=np.full(5, -0.02),
    high=np.array([0.2, 0.3, 0.7, 0.25, 0.1]),
)  # fmt: skip
MANY = SharesInfo(
    title="t", terms=tuple((f"f{at}",) for at in range(22)), n=8, share=np.linspace(0.0, 0.05, 22),
    low=np.zeros(22), high=np.linspace(0.0, 0.06, 22),
)  # fmt: skip
SETS = SetsInfo(
    title="t", target=0.8, remedies=("loss=fused", LONG, "width=32"), bound="bound", k=np.array([0, 19, 20]),
    n=np.array([0, 20, 20]), low=np.array([0.0, 0.78, 0.86]), verdict=("insufficient", "undecided", "sufficient"),
    member=np.array([[False, False, False], [True, False, False], [True, False, True]]),
    removal=np.array([[np.nan] * 3, [0.1, np.nan, np.nan], [1.0, np.nan, 0.95]]),
)  # fmt: skip


def fan(position: int, top: float, label: str = "fused") -> Fan:
    quantiles = np.linspace(0.0, top, 5)[:, None] * np.linspace(0.1, 1.0, STEPS.size)
    return Fan(label=label, position=position, n=7, steps=STEPS, quantiles=quantiles)


def fans(count: int, signal: str = "accuracy", top: float = 0.9, **more: Any) -> FanInfo:
    return FanInfo(title="t", factor="loss", signal=signal, fans=tuple(fan(at, top) for at in range(count)), **more)


def incidence(count: int) -> IncidenceInfo:
    value = np.linspace(0.0, 0.8, STEPS.size)
    made = [
        Curve(
            label=LONG, position=at, n=20, steps=STEPS, value=value, low=value / 2, high=value + 0.1,
            at_risk=20 - np.arange(STEPS.size), competing=value / 8 * at,
        )
        for at in range(count)
    ]  # fmt: skip
    return IncidenceInfo(title="t", factor="loss", event="escape", curves=tuple(made))


STATE = FanInfo(
    title="t", factor="state", signal="top_share", fans=(fan(0, 0.9, "stuck"),), reference=0.1,
    lines={"x": ("collapsed", STEPS, STEPS / 800), "y": ("escaped", STEPS, np.full(STEPS.size, np.nan))},
)  # fmt: skip
WILD, EDGE = fans(2, "logit_gap", 101.0), fans(2, "loss", 100.0)
TRIED = np.array([8.0, 16.0, 24.0, 32.0])
SEARCH = SearchInfo(
    title="t", target=0.8,
    arms=(
        ArmInfo(label="search", trials=TRIED, best=np.array([0.1, 0.4, 0.8, 0.9]), confirmed_at=24),
        ArmInfo(label="random", trials=TRIED, best=np.array([0.0, 0.2, 0.3, 0.3]), confirmed_at=None),
    ),
)  # fmt: skip
BAND = np.array([[0.2, 0.5, 0.9], [0.1, 0.3, 0.7], [0.3, 0.7, 1.0]])
FINDER = RatesInfo(
    title="t", values=np.array([1e-4, 1e-2, 1.0]), shares={"escaped": BAND, "collapsed": 1 - BAND}, accuracy=BAND,
    stable=(1e-3, 1e-1),
)  # fmt: skip
LUCK = LuckInfo(
    title="t", accuracies={"escaped": np.array([0.9, 0.91, 1.0]), "stuck": np.array([0.0, 0.1, 0.1, np.nan])}
)

FIGURES: Mapping[str, tuple[Callable[..., object], object]] = {
    "states": (rates.plot_states, ENDED),
    "accuracy": (rates.plot_accuracy, ENDED),
    "heat": (rates.plot_heat, HEAT),
    "heat of short names": (rates.plot_heat, dataclasses.replace(HEAT, across_levels=("x", "y", "seven.."))),
    "forest": (effects.plot_forest, FOREST),
    "odds": (effects.plot_forest, ForestInfo(title="t", axis="odds", rows=(ROW,), odds=True)),
    "shares": (effects.plot_shares, SHARES),
    "many shares": (effects.plot_shares, MANY),
    "no shares": (effects.plot_shares, dataclasses.replace(SHARES, share=np.zeros(5), high=np.zeros(5))),
    "interactions": (effects.plot_interactions, SHARES),
    "incidence": (time.plot_incidence, incidence(2)),
    "numbers at risk": (time.plot_numbers_at_risk, incidence(2)),
    "sets": (sets.plot_sets, SETS),
    "removal": (sets.plot_removal, SETS),
    "fan": (curves.plot_fan, fans(2)),
    "crowd": (curves.plot_fan, fans(7, "loss")),
    "state": (curves.plot_fan, STATE),
    "wild": (curves.plot_fan, WILD),
    "edge": (curves.plot_fan, EDGE),
    "beside": (curves.plot_beside, STATE),
    "wild beside": (curves.plot_beside, WILD),
    "edge beside": (curves.plot_beside, EDGE),
    "search": (search.plot_search, SEARCH),
    "luck": (seeds.plot_luck, LUCK),
}

LABELS = {"accuracy": "accuracy on validation rows"}
CHARTS: Mapping[str, object] = {
    "differences": charts.forest(FOREST),
    "odds": charts.forest(ForestInfo(title="t", axis="odds", rows=ROWS, odds=True)),
    "one odds": charts.forest(ForestInfo(title="t", axis="odds", rows=(ROW,), odds=True)),
    "shares": charts.shares(SHARES),
    "many shares": charts.shares(MANY),
    "no shares": charts.shares(dataclasses.replace(SHARES, share=np.zeros(5), high=np.zeros(5))),
    "sets": charts.sets(SETS),
    "removals": charts.removals(SETS),
    "ended": charts.ended(ENDED),
    "fans": line_charts.lines([fans(2), STATE], LABELS),
    "crowd": line_charts.lines([fans(6), fans(7)], LABELS),
    "beside": line_charts.beside(STATE, LABELS),
    "incidence": line_charts.lines([incidence(2), incidence(6), incidence(7)], LABELS),
}


def test_figures_are_as_recorded() -> None:
    text = []
    for name, (plot, info) in FIGURES.items():
        with house():
            figure = Figure()
            plot(info, figure.subplots())
            text += [f"# {name}", *described(figure)]
    with house():
        figure = Figure()
        seeds.plot_rates(FINDER, figure.subplots(2))
        text += ["# rates", *described(figure)]
    recorded.same("figures", "\n".join(text))


def test_charts_are_as_recorded() -> None:
    recorded.same("charts", "\n".join(recorded.lines(CHARTS)))


def test_a_state_of_every_name_has_a_colour() -> None:
    whole = dataclasses.replace(ENDED, labels=("a",), counts=np.ones((1, len(STATES)), int), accuracy=None)
    with house():
        axes = Figure().subplots()
        rates.plot_states(whole, axes)
        rates.plot_accuracy(whole, axes)
    assert len({patch.get_facecolor() for patch in axes.patches}) == len(STATES)

from __future__ import annotations

import math

import numpy as np

from ablate.outcomes.states import STATES
from ablate.report import charts, line_charts
from ablate.report.figure_data import Estimate, Fan, FanInfo, ForestInfo, SetsInfo, SharesInfo, StatesInfo


def estimate(label: str, value: float, *, numbers: str = "") -> Estimate:
    return Estimate(label=label, numbers=numbers or f"{value}", value=value, low=value / 2, high=value, holds=True)


def test_differences_lie_between_minus_one_and_one_and_equal_rows_are_one() -> None:
    rows = (estimate("a", 1.0), estimate("b", -1.0), estimate("c", 1.0))
    chart = charts.forest(ForestInfo(title="t", axis="x", rows=rows))
    assert [row.labels for row in chart.rows] == [("a", "c"), ("b",)]
    assert [(row.low, row.middle, row.high) for row in chart.rows] == [(75, 100, 100), (25, 0, 0)]
    assert chart.goal == 50


def test_odds_lie_on_a_logarithmic_axis_with_one_at_its_place() -> None:
    rows = tuple(
        Estimate(label=str(value), numbers=str(value), value=value, low=0.1, high=high, holds=True)
        for value, high in ((1.0, 10.0), (10.0, math.inf), (0.1, 0.1))
    )
    chart = charts.forest(ForestInfo(title="t", axis="x", rows=rows, odds=True))
    assert [round(row.middle) for row in chart.rows] == [50, 100, 0]
    assert chart.rows[1].high == 100
    assert chart.goal is not None
    assert round(chart.goal) == 50


def test_shares_are_sorted_and_fill_the_axis() -> None:
    info = SharesInfo(
        title="t",
        terms=(("a",), ("a", "b"), ("rest",)),
        share=np.array([0.1, 0.4, 0.0]),
        low=np.array([0.0, 0.3, -0.1]),
        high=np.array([0.2, 0.5, 0.1]),
        n=8,
    )
    chart = charts.shares(info)
    assert [row.labels for row in chart.rows] == [("a with b",), ("a",), ("all higher interactions",)]
    assert [row.low >= 0 for row in chart.rows] == [True] * 3
    assert round(chart.rows[0].high) == round(100 / 1.05)


def test_sets_and_removals_name_what_they_hold() -> None:
    info = SetsInfo(
        title="t",
        target=0.8,
        remedies=("a=1", "b=2"),
        member=np.array([[False, False], [True, True]]),
        k=np.array([0, 20]),
        n=np.array([20, 20]),
        low=np.array([0.0, 0.86]),
        bound="bound",
        verdict=("insufficient", "sufficient"),
        removal=np.array([[np.nan, np.nan], [0.25, np.nan]]),
    )
    assert [(row.labels, row.holds) for row in charts.sets(info).rows] == [
        (("baseline",), False),
        (("a=1 + b=2",), True),
    ]
    (removal,) = charts.removals(info).rows
    assert removal.labels == ("a=1 + b=2, without a=1",)
    assert (removal.cross, removal.middle) == (25, 100)


def test_levels_whose_trials_end_alike_share_a_bar() -> None:
    counts = np.zeros((3, len(STATES)), int)
    counts[[0, 2], STATES.index("escaped")] = 20
    counts[1, STATES.index("stuck")] = 20
    first, second = charts.ended(StatesInfo(title="t", labels=("a", "b", "c"), counts=counts)).rows
    assert (first.labels, first.escaped, first.n) == (("a", "c"), 20, 20)
    assert dict(second.states) == {"stuck": 20}


def test_a_value_that_is_not_finite_is_left_out_of_a_curve() -> None:
    steps = np.array([0.0, 10.0])
    fan = Fan(label="a", position=0, n=3, steps=steps, quantiles=np.array([[0.12345, np.nan]] * 5))
    chart = line_charts.lines([FanInfo(title="t", factor="loss", signal="accuracy", fans=(fan,))], {})
    (panel,) = chart.data["panels"]
    assert panel["curves"][0]["line"] == [0.123, None]

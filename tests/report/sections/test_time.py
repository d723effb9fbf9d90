from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from ablate.report.sections import time
from ablate.report.trial_groups import trial_groups
from ablate.results.study_results import Results


def test_times_count_what_the_states_count(union_results: Results) -> None:
    (group,) = trial_groups(union_results)
    chance = time.above_chance(union_results)
    table = time._time_table(group, "loss", chance).set_index("level")
    rows = group.comparable(["loss"])
    for level, row in table.iterrows():
        own = rows[rows["loss"] == level]
        assert row["escape"] == pytest.approx(own["time"].notna().mean())
        assert row["escape_low"] <= row["escape"] <= row["escape_high"]
        assert row["mean_steps"] == pytest.approx(own["time"].fillna(400).mean())
        fell = (own["state"] == "collapsed").sum()
        assert row["escaped_n"] == own["time"].notna().sum()
        if row["escaped_n"]:
            assert row["collapse"] == pytest.approx(fell / row["escaped_n"])
    escape, collapse, above = time._curves(group, "loss", chance)
    assert escape.curves[0].value[-1] == pytest.approx(table.loc["clipped", "escape"])
    assert (escape.curves[0].value[1:] >= escape.curves[0].value[:-1]).all()
    assert escape.curves[0].at_risk[0] == 8
    assert above.curves[1].value[-1] == pytest.approx((rows[rows["loss"] == "fused"]["state"] == "escaped").mean())
    assert [curve.label for curve in collapse.curves] == ["clipped", "fused"]
    figure = Figure()
    time._draw([replace(escape, curves=escape.curves * 5)] * 3, figure)
    assert figure.axes[0].get_gridspec().get_height_ratios() == [3.4, pytest.approx(0.18 * 15 + 0.35)]
    (few, more) = (time._picture([replace(escape, curves=escape.curves * n)], "x", "x", "x").size for n in (1, 4))
    assert few[1] >= 4.6, "numbers at risk take room below the axes"
    assert more[1] > few[1] + 1


@pytest.mark.parametrize(("start_state", "low"), [("", 16.0), ("collapsed", 10.09)])
def test_fresh_networks_cannot_escape_before_the_first_evaluation(
    union_results: Results, start_state: str, low: float
) -> None:
    (group,) = trial_groups(union_results)
    soon = group.trials.assign(state="escaped", time=16.0, start_state=start_state)
    table = time._time_table(replace(group, trials=soon), "loss", time.above_chance(union_results))
    assert (table["mean_steps"] == 16).all()
    assert table["mean_low"].tolist() == [pytest.approx(low, abs=0.01)] * len(table)

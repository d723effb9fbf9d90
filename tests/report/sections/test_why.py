from __future__ import annotations

import dataclasses
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ablate.report import pictures, remedy_rows
from ablate.report.charts import LineChart
from ablate.report.figure_data import Fan, FanInfo
from ablate.report.section_inputs import section_inputs
from ablate.report.sections import causes, why
from ablate.report.signals import SIGNALS
from ablate.report.style import STATE_COLOURS
from ablate.results.study_results import Results


def test_the_cause_is_named_with_two_curves_that_can_be_pointed_at(whole: Results) -> None:
    inputs = section_inputs(whole, SIGNALS)
    part = why.section(inputs, causes.endings(whole), remedy_rows.remedy_table(inputs))
    assert re.match(
        r"\d+ of the 12 baseline trials that (collapsed|collapsed or diverged) show one cause: the loss passes no "
        r"gradient back \(clip_trap\)\. On a sure but wrong answer its gradient is exactly 0, so nothing is ",
        part.says,
    )
    assert part.says.endswith(
        "At the end the gradient is 0 on 90\u00a0% of rows of the median trial, and its accuracy is .10."
    )
    assert part.notes[0].startswith("What removed it in published studies, from fresh weights: loss=fused (")
    accuracy, gradient = part.pictures
    assert gradient.caption.endswith(" right and sure needs no gradient: loss=fused ends with accuracy .90.")
    assert isinstance(accuracy.chart, LineChart)
    (panel,) = accuracy.chart.data["panels"]  # type: ignore[index, call-overload]
    baseline, fused = panel["curves"]
    assert [curve["label"] for curve in (baseline, fused)] == ["baseline (n=12)", "loss=fused (n=12)"]
    assert baseline["tone"] == STATE_COLOURS["collapsed"]
    ((low, high),) = baseline["bands"]
    assert all(sorted(three) == list(three) for three in zip(low, baseline["line"], high, strict=True))
    svg = pictures.draw(dataclasses.replace(accuracy, chart=None)).svg
    assert "<title>baseline, step 0: " in svg


def test_without_curves_it_says_so(whole: Results) -> None:
    inputs = section_inputs(whole)
    part = why.section(inputs, pd.DataFrame(), remedy_rows.remedy_table(inputs))
    assert part.says.endswith("Their curves, which show the cause, are not here.")
    assert part.pictures == []


def test_a_study_that_escapes_has_no_cause(whole: Results) -> None:
    inputs = section_inputs(whole)
    group = inputs.groups[0]
    escaped = dataclasses.replace(group, trials=group.trials[group.trials["state"] == "escaped"])
    part = why.section(dataclasses.replace(inputs, groups=(escaped,)), pd.DataFrame(), remedy_rows.remedy_table(inputs))
    assert part.says == "No trial ended at chance, and none lost most of its gain."


BEST: Any = SimpleNamespace(change="loss=fused")


def pair(accuracy: tuple[float, float], shown: tuple[float, float]) -> list[FanInfo]:
    """The accuracy and another signal, of the baseline and the remedy, whose medians end so."""
    infos = []
    for title, ends in (("accuracy", accuracy), ("loss", shown)):
        fans = [
            Fan(
                label="l",
                position=at,
                n=3,
                steps=np.arange(2),
                quantiles=np.array([[0.0, one * k] for k in range(5)]) / 2,
            )
            for at, one in enumerate(ends)
        ]
        infos.append(FanInfo(title=title, factor="setting", signal=title, fans=tuple(fans)))
    return infos


def test_the_ends_of_both_settings_are_told() -> None:
    said = "At the end the median accuracy is .10 and the loss 2.30; with loss=fused they are .80 and .45."
    assert why._ends(pair((0.1, 0.8), (2.3, 0.45)), BEST) == said


@pytest.mark.parametrize(
    ("shown", "accuracy", "rows", "more", "remark"),
    [
        ((0.996, 0.0), 0.8, "every row", "With loss=fused every row has a gradient, and the accuracy is .80.", ""),
        ((0.994, 0.004), 0.8, "99\u00a0% of rows", "With loss=fused every row has a gradient", ""),
        ((0.9, 0.83), 0.8, "90\u00a0% of rows", "With loss=fused it is 0 on 83\u00a0% of rows, at accuracy .80.", ""),
        ((0.9, 0.804), 0.8, "90\u00a0% of rows", "", "loss=fused ends with accuracy .80."),
        ((0.9, 0.006), 0.8, "90\u00a0% of rows", "", "loss=fused ends with accuracy .80."),
    ],
)
def test_rows_without_a_gradient_are_right_and_sure_or_are_told(
    shown: tuple[float, float], accuracy: float, rows: str, more: str, remark: str
) -> None:
    said, below = why._zero_gradients(pair((0.1, accuracy), shown), BEST)
    start = f"At the end the gradient is 0 on {rows} of the median trial, and its accuracy is .10."
    assert said.startswith(f"{start} {more}" if more else start)
    assert bool(more) is (said != start)
    assert below.endswith(remark)
    assert bool(below) is bool(remark)


def test_the_most_frequent_cause_is_counted_among_the_trials_that_were_read() -> None:
    rows = pd.DataFrame({"id": ["a", "b", "c"], "state": ["stuck", "diverged", "stuck"]})
    ends = pd.DataFrame(
        {"id": ["c", "b", "a", "other"], "fingerprint": ["dead_units", "clip_trap", "dead_units", "clip_trap"],
         "update_ratio": 0.0}
    )  # fmt: skip
    assert why._cause(rows, ends) == ("dead_units", 2, 3)
    assert why._cause(rows, ends.tail(1)) == ("", 0, 0)
    assert why._cause(rows, pd.DataFrame()) == ("", 0, 0)
    assert why._ended(rows) == "stayed stuck or diverged"


@pytest.mark.parametrize(("majorities", "reference"), [((0.3,), 0.3), ((0.3, 0.4), None)])
def test_the_chance_level_belongs_to_the_accuracy_where_there_is_one(
    majorities: tuple[float, ...], reference: float | None
) -> None:
    chance = {at: SimpleNamespace(majority=one) for at, one in enumerate(majorities)}
    study = SimpleNamespace(budget=SimpleNamespace(schedule=(0, 10)))
    results = SimpleNamespace(study=study, manifest=SimpleNamespace(chance=chance))
    values = np.array([[0.0, 0.1], [0.0, 0.2], [0.0, 0.9]])
    inputs: Any = SimpleNamespace(results=results, arrays={"accuracy": values, "loss": values})
    base, remedy = pd.DataFrame(index=[0, 1]), pd.DataFrame(index=[2])
    one, other = (why._info(inputs, name, base, remedy, BEST) for name in ("accuracy", "loss"))
    assert (one.reference, other.reference) == (reference, None)
    assert [(fan.label, fan.position, fan.n) for fan in one.fans] == [("baseline", 0, 2), ("loss=fused", 1, 1)]
    assert [fan.quantiles[2, 1] for fan in one.fans] == pytest.approx([0.15, 0.9])
    picture = why._picture(one, "Remark.")
    assert (picture.name, picture.size) == ("why-accuracy", (4.6, 2.9))
    assert picture.caption.endswith(" over training steps. Remark.")
    assert picture.caption[0].isupper()
    figure = Figure(layout="constrained")
    picture.draw(figure)
    assert figure.legends[0]._ncols == 2  # type: ignore[attr-defined]

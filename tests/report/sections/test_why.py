from __future__ import annotations

import dataclasses
import re

import pandas as pd

from ablate.report import pictures, remedy_rows
from ablate.report.charts import LineChart
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
    assert part.notes[0].startswith("What removes it, from fresh weights: loss=fused (")
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

from __future__ import annotations

import dataclasses
import re

import pandas as pd

from ablate.report import pictures, remedy_rows
from ablate.report.section_inputs import section_inputs
from ablate.report.sections import causes, why
from ablate.report.signals import SIGNALS
from ablate.results.study_results import Results


def test_the_cause_is_named_with_two_curves_that_can_be_pointed_at(whole: Results) -> None:
    inputs = section_inputs(whole, SIGNALS)
    part = why.section(inputs, causes.endings(whole), remedy_rows.remedy_table(inputs))
    assert re.match(
        r"\d+ of the 12 baseline trials that (collapsed|collapsed or diverged) show one cause: the loss passes no "
        r"gradient back \(clip_trap\)\. On a sure but wrong answer its gradient is exactly 0, so nothing is ",
        part.says,
    )
    assert (
        "At the end the gradient is 0 on 90\u00a0% of rows of the median trial, and its accuracy is .10." in part.says
    )
    assert part.says.endswith(
        "10\u00a0% of rows have no gradient at accuracy .90: a row that is right and sure needs none.)"
    )
    assert part.notes[0].startswith("What removes it, from fresh weights: loss=fused (")
    assert len(part.pictures) == 2
    svg = pictures.draw(part.pictures[0]).svg
    assert "<title>baseline, step 0: " in svg
    assert svg.count("<title>") == 2 * len(whole.study.budget.schedule)


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

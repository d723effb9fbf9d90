from __future__ import annotations

import dataclasses

import pandas as pd

from ablate.report import pictures, remedy_rows
from ablate.report.section_inputs import section_inputs
from ablate.report.sections import causes, why
from ablate.report.signals import SIGNALS
from ablate.results.study_results import Results


def test_the_cause_is_named_with_two_curves_that_can_be_pointed_at(whole: Results) -> None:
    inputs = section_inputs(whole, SIGNALS)
    part = why.section(inputs, causes.endings(whole), remedy_rows.remedy_table(inputs))
    assert part.says.count("baseline trials that ended at chance show the cause") == 1
    assert "At the end the median accuracy is" in part.says
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
    assert part.says == "No trial ended at chance."

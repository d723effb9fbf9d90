from __future__ import annotations

import dataclasses

import pytest

from ablate.report import any_time
from ablate.report.page_parts import Table
from ablate.report.section_inputs import section_inputs
from ablate.report.sections import effects
from ablate.results.study_results import Results


def test_a_study_that_spends_seeds_by_results_is_compared_on_all_of_them(whole: Results) -> None:
    assert not any_time.wanted(section_inputs(whole))
    spent = {"kind": "sequential", "target": 0.8, "block": 4, "cap": 12, "confidence": 0.95}
    record = dataclasses.replace(whole.manifest, study=dataclasses.replace(whole.study, spending=spent))
    inputs = section_inputs(dataclasses.replace(whole, manifest=record))
    (group,) = inputs.groups
    frame = any_time.frame(inputs, group).set_index("level")
    assert group.pooled["seed"].nunique() == 4
    assert (frame["seeds"] == 12).all()
    assert frame.loc["fused", "e_value"] > 20
    assert frame.loc["fused", "differs"] == "yes"
    assert frame.loc["256", "differs"] == ""
    assert frame[["gained", "lost"]].to_numpy().tolist() == [[11, 0], [0, 0], [0, 0], [10, 0], [0, 0], [7, 0]]
    assert frame["difference"].to_numpy().tolist() == pytest.approx([11 / 12, 0, 0, 10 / 12, 0, 7 / 12])
    assert ((frame["factor"] == "loss") == frame.index.isin(["fused", "mse"])).all(), "no level against itself"
    first, *_ = any_time.parts(inputs, group)
    assert isinstance(first, Table)
    assert "2 of 6 levels differ from the baseline" in first.note
    titles = [table.title for table in effects.section(inputs).tables]
    assert "Prevention: each level at the baseline, valid at any time" in titles


def test_an_unfinished_study_is_read_at_any_time(whole: Results) -> None:
    assert any_time.wanted(section_inputs(dataclasses.replace(whole, planned=len(whole.trials) + 1)))

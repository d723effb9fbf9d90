from __future__ import annotations

from pathlib import Path

import pytest

from ablate.report import headline, remedy_rows
from ablate.report.remedy_rows import RemedyTable
from ablate.report.section_inputs import Inputs, section_inputs
from ablate.results import study_results
from ablate.stats import contrasts
from tests.synthetic import LOSS, RATES, build, factor, study


def plan(levels: dict[str, str], _: object) -> str:
    """The fused loss escapes, a low rate does half the time, anything else collapses."""
    if levels["loss"] == "fused":
        return "escaped"
    return "slow" if levels["learning_rate"] == "0.001" else "collapsed"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    rates = {"0.1": RATES["0.1"], "0.001": RATES["0.001"]}
    factors = (factor("loss", LOSS), factor("learning_rate", rates))
    own = study(name="rows", factors=factors, seeds=tuple(range(20)), contrasts=())
    return section_inputs(study_results.load(build(tmp_path_factory.mktemp("rows"), own, plan)))


@pytest.fixture(scope="module")
def table(inputs: Inputs) -> RemedyTable:
    return remedy_rows.remedy_table(inputs)


def test_there_is_one_row_for_each_single_change_best_first(table: RemedyTable) -> None:
    assert table.rows[0].change == "loss=fused"
    assert {row.change for row in table.rows[1:]} == {"loss=mse", "learning_rate=0.001"}
    first = table.rows[0]
    assert (first.before, first.first.count, first.first.verdict) == ("clipped", "20 of 20", "sufficient")
    assert table.baseline[0] is not None
    assert table.baseline[0].states == {"collapsed": 20}


def test_the_effect_is_the_paired_difference_from_the_baseline(table: RemedyTable) -> None:
    effect = table.rows[0].effect
    assert effect is not None
    assert (effect.estimate, effect.gained, effect.lost, effect.pairs) == (1.0, 20, 0, 20)
    assert (effect.low, effect.high) == contrasts.tango(20, 0, 20)
    assert table.rows[1].effect is not None
    assert table.rows[1].effect.estimate == 0


def test_the_first_screen_says_what_the_rows_say(inputs: Inputs, table: RemedyTable) -> None:
    assert headline.headline(inputs, table) == (
        "The baseline escaped in 0 of 20 trials (20 collapsed), with accuracy .10 at the end. "
        "Prevention: loss=fused escapes in 20 of 20 trials; no other of the 3 remedies tried is shown to be enough."
    )
    baseline, prevention = headline.facts(table)
    assert (baseline.number, prevention.number) == ("0 of 20", "1 of 3")
    assert prevention.remark == "such as loss=fused"
    assert headline.explored(inputs).startswith("Of 6 settings 2 are enough")


def test_several_remedies_are_enough_each_for_itself_and_at_which_rate(tmp_path: Path) -> None:
    own = study(factors=(factor("loss", LOSS),), seeds=tuple(range(20)), contrasts=())
    inputs = section_inputs(study_results.load(build(tmp_path, own, lambda *_: "escaped")))
    said = headline.headline(inputs, remedy_rows.remedy_table(inputs))
    assert "escapes in 20 of 20 trials, and 1 more of the 2 tried are enough, too (a rate of at least 80%, with" in said
    assert said.endswith("with 95 % for each alone and not for all together).")


def test_a_study_of_one_setting_has_no_remedy(tmp_path: Path) -> None:
    own = study(factors=(factor("loss", {"clipped": LOSS["clipped"]}),), seeds=(0, 1, 2), contrasts=())
    inputs = section_inputs(study_results.load(build(tmp_path, own, lambda *_: "collapsed")))
    table = remedy_rows.remedy_table(inputs)
    assert table.rows == ()
    assert headline.headline(inputs, table) == "Nothing varies in this study: there is one setting."
    assert [fact.title for fact in headline.facts(table)] == ["Baseline"]


def test_a_remedy_of_a_rescue_alone_has_no_ending_as_prevention(tmp_path: Path) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "dead": {"kind": "dead", "after": {"steps": 400}}})
    own = study(factors=(factor("loss", LOSS), start), seeds=tuple(range(8)), contrasts=())
    inputs = section_inputs(study_results.load(build(tmp_path, own, lambda *_: "escaped")))
    table = remedy_rows.remedy_table(inputs)
    assert table.titles == ("Prevention", "Rescue from dead")
    assert all(ending is not None for row in table.rows for ending in row.endings)
    assert not any(row.only_later for row in table.rows)

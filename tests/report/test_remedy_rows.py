from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, PackageLoader

from ablate.report import headline, remedy_rows, surest, verdict
from ablate.report.remedy_rows import RemedyTable
from ablate.report.section_inputs import Inputs, section_inputs
from ablate.report.sections import rates
from ablate.report.style import decimal, percent
from ablate.results import study_results
from ablate.stats import contrasts
from tests import recorded
from tests.synthetic import LOSS, RATES, Plan, build, factor, study


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
    recorded.same("remedy_rows", "\n".join(recorded.lines([table, headline.facts(table)])))
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
        "The baseline learns to accuracy .85, then loses it in 20 of 20 seeds (at the end .10).\n"
        "The surest remedy is loss=fused: 20 of 20 escape from fresh weights (accuracy at the end .90). "
        "No other of the 3 remedies tried is shown to be enough."
    )
    baseline, prevention = headline.facts(table)
    assert (baseline.number, prevention.number) == ("0 of 20", "1 of 3")
    assert prevention.remark == "loss=fused"
    assert prevention.sure == (
        "Prevention: each remedy is judged alone; none of them is proven for all settings together (Holm, 95\u00a0%)."
    )
    assert headline.worthless(table) == "2 free no trial: learning_rate=0.001, loss=mse."
    assert "one-sided 95\u00a0% bound of the escape rate is at least 80\u00a0%, each remedy" in headline.brackets(
        inputs
    )
    assert headline.explored(inputs).startswith("Of 6 settings 2 are enough")


def test_several_remedies_are_enough_each_for_itself_and_at_which_rate(tmp_path: Path) -> None:
    own = study(factors=(factor("loss", LOSS),), seeds=tuple(range(20)), contrasts=())
    plan = build(tmp_path, own, lambda levels, _: "collapsed" if levels["loss"] == "clipped" else "escaped")
    inputs = section_inputs(study_results.load(plan))
    said = headline.headline(inputs, remedy_rows.remedy_table(inputs))
    assert "Of the 2 remedies tried, 1 more is enough, too (an escape rate of at least 80\u00a0%, shown" in said
    assert said.endswith("shown at 95\u00a0% for each one by itself, not for all at once).")


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


def with_problems(folder: Path, plan: Plan) -> Inputs:
    """A study of three losses, two planted bugs and a rescue."""
    factors = (
        factor("loss", LOSS),
        factor("fault", {name: {"kind": name} for name in ("none", "nan_row", "sign_flipped")}),
        factor("start", {"fresh": {"kind": "fresh"}, "dead": {"kind": "dead", "after": {"steps": 400}}}),
    )
    own = study(factors=factors, seeds=tuple(range(16)), contrasts=())
    return section_inputs(study_results.load(build(folder, own, plan)))


def rescued_by_fused(levels: dict[str, str], _: object) -> str:
    """Any change prevents; from the trap the fused loss alone brings back."""
    if levels["start"] == "dead":
        return "escaped" if levels["loss"] == "fused" else "stuck"
    return "collapsed" if levels["loss"] == "clipped" and levels["fault"] != "sign_flipped" else "escaped"


def test_planted_bugs_are_no_remedies_and_the_surest_says_why_it_is_first(tmp_path: Path) -> None:
    inputs = with_problems(tmp_path, rescued_by_fused)
    table = remedy_rows.remedy_table(inputs)
    assert {row.change for row in table.rows} == {"loss=fused", "loss=mse"}
    assert {row.change for row in table.problems} == {"fault=nan_row", "fault=sign_flipped"}
    assert headline.headline(inputs, table) == (
        "The baseline learns to accuracy .85, then loses it in 16 of 16 seeds (at the end .10).\nThe surest remedy is "
        "loss=fused: 16 of 16 escape from fresh weights (accuracy at the end .90), and the only one of 2 tried that "
        "also rescues a network at chance, 16 of 16. Of the 2 remedies tried, 1 more is enough, too (an escape rate of "
        "at least 80\u00a0%, shown at 95\u00a0% for each one by itself, not for all at once)."
    )
    _, prevention, rescue = headline.facts(table)
    assert (prevention.number, rescue.number) == ("2 of 2", "1 of 2")
    assert rescue.remark.endswith("; left as they are, 0 of 16 escape")
    templates = Environment(loader=PackageLoader("ablate.report"), autoescape=True)
    templates.filters |= {"decimal": decimal, "percent": percent}
    macros: Any = templates.get_template("remedies.html.j2").module
    rows = str(macros.list(table, table.rows, "all", 1))
    assert "Show all 2 rows" in rows
    assert "fault=sign_flipped" not in verdict.sentences(inputs, inputs.groups[0])[1]
    assert rates.glance(inputs).caption.startswith("Prevention: the baseline, and each remedy alone")


def test_a_baseline_that_escapes_has_no_plateau_to_leave(tmp_path: Path) -> None:
    table = remedy_rows.remedy_table(with_problems(tmp_path, lambda *_: "escaped"))
    assert surest.sentence(table) == "There is no plateau to leave: 2 of the 2 single remedies keep that rate."


def test_of_equal_remedies_accuracy_and_then_the_studys_order_decide(table: RemedyTable) -> None:
    first = table.rows[0]
    assert first.endings[0] is not None
    better = dataclasses.replace(
        first, level="post", endings=(dataclasses.replace(first.endings[0], accuracy=(0.95, 0.9, 1.0)),)
    )
    by_accuracy = dataclasses.replace(table, rows=(better, first))
    assert "of 2 with that count it ends with the highest accuracy, .95." in surest.sentence(by_accuracy)
    assert "of 2 with that count it stands first in the study." in surest.sentence(
        dataclasses.replace(table, rows=(first, first))
    )

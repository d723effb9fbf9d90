from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from ablate.report import verdict
from ablate.report.section_inputs import section_inputs
from ablate.results import study_results
from ablate.results.study_results import Results
from ablate.stats import claims
from tests.synthetic import LOSS, build, factor, study


def sentences(results: Results, claim: claims.Claim) -> list[str]:
    inputs = dataclasses.replace(section_inputs(results), claim=claim)
    return verdict.sentences(inputs, inputs.groups[0])


def test_the_verdict_has_numbers_and_intervals(whole: Results) -> None:
    said = sentences(whole, claims.exact(0.5))
    own = whole.trials.head(12)
    collapsed = (own["state"] == "collapsed").sum()
    assert f"{collapsed}/12 = {100 * collapsed / 12:.0f}\u00a0%" in said[0]
    assert re.search(r"Of 36 settings \d+ escape", said[1])
    assert re.search(r"the smallest changes? that do(es)?.* loss=fused \d+/12 = \d+", said[1])


def test_the_smallest_change_is_said_to_be_chosen_and_whether_it_is_proven_all_the_same(tmp_path: Path) -> None:
    """With 12 seeds 12 of 12 proves .7 for one setting that is named, but for all 36 together only less."""
    plan = build(tmp_path, study(), lambda levels, _: "escaped" if levels["loss"] == "fused" else "stuck")
    sure, chosen = (sentences(study_results.load(plan), claims.exact(target))[1] for target in (0.5, 0.7))
    for said in (sure, chosen):
        assert "for each alone" in said
        assert "(chosen among 36 settings by these trials, so its rate is likely too high; " in said
    assert "proven for all of them together (Holm, 95 %)" in sure
    assert "not proven if that choice is counted (Holm, 95 %): test it on fresh seeds" in chosen


def test_while_a_study_runs_its_verdicts_come_from_the_confidence_sequence(whole: Results) -> None:
    partly = dataclasses.replace(whole, trials=whole.trials[whole.trials["seed"] < 8])
    assert section_inputs(whole).claim.words == "one-sided 95 % bound"
    assert section_inputs(partly).claim.words == "95 % confidence sequence"


def test_too_few_seeds_are_said_to_be_too_few(whole: Results) -> None:
    assert "even 12 of 12 cannot show it" in sentences(whole, claims.exact())[1]


def test_a_baseline_whose_trials_all_diverge_is_said_to_diverge(tmp_path: Path) -> None:
    own = study(factors=(factor("loss", LOSS),), seeds=(0, 1, 2), contrasts=())
    said = sentences(study_results.load(build(tmp_path, own, lambda *_: "diverged")), claims.exact())
    assert said[0].endswith(
        "collapsed in 0/3 = 0\u00a0% [0, 56]; at the end accuracy .10. The other trials: 3 diverged."
    )


def test_undecided_settings_say_how_many_seeds_they_need(whole: Results) -> None:
    inputs = dataclasses.replace(section_inputs(whole), claim=claims.exact())
    lines = verdict.undecided(inputs, inputs.groups[0])
    assert len(lines) == verdict.UNDECIDED + 1
    assert "more." in lines[-1].cells[0]
    assert all("seeds" in line.cells[0] or "too close" in line.cells[0] for line in lines[:-1])
    assert lines[0].link.startswith("loss=")


def test_undecided_settings_of_several_groups_say_which_group_they_are_of(tmp_path: Path) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "dead": {"kind": "dead", "after": {"steps": 400}}})
    own = study(factors=(factor("loss", LOSS), start), seeds=(0, 1, 2), contrasts=())
    inputs = section_inputs(study_results.load(build(tmp_path, own, lambda *_: "escaped")))
    for group, title in zip(inputs.groups, ("Prevention: ", "Rescue from dead: "), strict=True):
        lines = verdict.undecided(inputs, group)
        assert len(lines) == 3
        assert all(line.cells[0].startswith(title) for line in lines)

from __future__ import annotations

from pathlib import Path

import pytest

from ablate import report
from ablate.report import packing
from ablate.report.sections.rates import level_table
from ablate.report.trial_groups import TrialGroup, trial_groups
from ablate.results import settings_table, study_results
from ablate.results.study_results import Results
from tests import recorded
from tests.synthetic import build, factor, study


def only_group(results: Results) -> TrialGroup:
    (group,) = trial_groups(results)
    return group


def test_levels_are_compared_where_the_most_were_run(union_results: Results) -> None:
    rows = only_group(union_results).comparable(["loss"])
    assert set(rows["loss"]) == {"clipped", "fused", "mse"}
    assert set(rows["learning_rate"]) == {"0.1"}
    assert set(rows["width"]) == {"64"}
    table = level_table(only_group(union_results))
    assert table.loc[table["factor"] == "loss", "n"].tolist() == [8, 8, 8]
    assert table.loc[table["factor"] == "learning_rate", "n"].tolist() == [16, 16, 16]


def test_a_full_grid_is_comparable_as_a_whole(whole: Results) -> None:
    for name in whole.varying:
        group = only_group(whole)
        assert group.comparable([name]) is group.pooled
        assert len(group.pooled) == len(whole.trials)
        assert group.other_levels([name]) == ()


def test_a_link_says_from_which_settings_a_number_is(union_results: Results) -> None:
    assert only_group(union_results).other_levels(["loss"]) == (("learning_rate", "0.1"), ("width", "64"))
    assert only_group(union_results).other_levels(["learning_rate"]) == (
        ("loss", "clipped"),
        ("loss", "fused"),
        ("width", "64"),
    )


def test_the_most_different_factors_are_those_whose_levels_differ_most(union_results: Results) -> None:
    assert only_group(union_results).most_different(1) == ("loss",)
    assert only_group(union_results).most_different(9) == ("loss", "learning_rate", "width")


def test_prevention_rescue_by_trap_and_trials_in_no_trap_are_apart(tmp_path: Path) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "collapsed": {"kind": "collapsed", "after": {"steps": 400}}})
    own = study(factors=(*study().factors[:1], start), seeds=(0, 1, 2, 3), contrasts=())
    found = study_results.load(build(tmp_path, own))
    rescued = (found.trials["start"] == "collapsed").to_numpy()
    found.trials.loc[rescued, "start_state"] = ["collapsed", "collapsed", "stuck", "escaped"] * 3
    parts = trial_groups(found)
    shown = [(part.key, part.title, part.lead, part.within, part.aside, len(part.trials)) for part in parts]
    recorded.same("trial_groups", "\n".join(recorded.lines(shown)))
    assert [part.title for part in parts] == [
        "Prevention",
        "Rescue from collapsed",
        "Start collapsed, first phase escaped",
        "Rescue from collapsed (first phase: stuck)",
    ]
    assert [len(part.trials) for part in parts] == [12, 6, 3, 3]
    assert [part.aside for part in parts] == [False, False, True, False]
    table = settings_table.table(found, ["loss"])
    assert set(zip(table["start"], table["start_state"], strict=True)) == {
        ("fresh", ""),
        ("collapsed", "collapsed"),
        ("collapsed", "escaped"),
        ("collapsed", "stuck"),
    }


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("state", "aside"),
    [("collapsed", False), ("stuck", False), ("above_chance", True), ("escaped", True), ("slow", True)],
)
def test_only_who_starts_at_chance_can_be_rescued(tmp_path: Path, state: str, *, aside: bool) -> None:
    start = factor("start", {"collapsed": {"kind": "collapsed", "after": {"steps": 400}}})
    own = study(factors=(*study().factors[:1], start), seeds=(0, 1, 2, 3), contrasts=())
    found = study_results.load(build(tmp_path, own))
    found.trials["start_state"] = state
    (group,) = trial_groups(found)
    assert group.aside is aside
    assert ("Rescue" in group.title) is not aside
    assert "_" not in group.title


@pytest.mark.parametrize(("seeds", "few", "aside"), [(8, 1, True), (8, 4, True), (8, 5, False), (4, 1, False)])
def test_a_start_that_hardly_any_seed_has_is_counted_and_not_compared(
    tmp_path: Path, seeds: int, few: int, aside: bool
) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "collapsed": {"kind": "collapsed", "after": {"steps": 400}}})
    own = study(factors=(*study().factors[:1], start), seeds=tuple(range(seeds)), contrasts=())
    found = study_results.load(build(tmp_path, own))
    begun = (found.trials["start"] == "collapsed").to_numpy()
    found.trials.loc[begun, "start_state"] = [
        "collapsed" if seed < few else "escaped" for seed in found.trials["seed"][begun]
    ]
    told = {part.key: part.aside for part in trial_groups(found)}
    assert told == {"fresh": False, "collapsed-collapsed": aside, "collapsed-escaped": True}
    text = packing.unpack((report.write(found) / "report.html").read_text()) if few == 1 else ""
    assert ("Seeds that start so: only 1. Their trials are counted, not compared." in text) == (aside and few == 1)


def test_a_trap_holds_whatever_the_first_phase_left(tmp_path: Path) -> None:
    start = factor("start", {"fresh": {"kind": "fresh"}, "dead": {"kind": "dead", "after": {"steps": 400}}})
    own = study(factors=(*study().factors[:1], start), seeds=(0, 1, 2, 3), contrasts=())
    found = study_results.load(build(tmp_path, own))
    begun = (found.trials["start"] == "dead").to_numpy()
    found.trials.loc[begun, "start_state"] = ["escaped", "stuck", "escaped", "escaped"] * 3
    _, dead = trial_groups(found)
    assert (dead.title, dead.key, len(dead.trials)) == ("Rescue from dead", "dead", 12)
    assert dead.lead.endswith("Their first phase: escaped 75%, stuck 25%.")


def test_a_name_of_any_length_makes_a_file_name_that_is_not_too_long(tmp_path: Path) -> None:
    long = "x" * 90
    start = factor("start", {"fresh": {"kind": "fresh"}, long: {"kind": "collapsed", "after": {"steps": 400}}})
    own = study(factors=(*study().factors[:1], start), seeds=(0, 1, 2, 3, 4), contrasts=())
    assert max(len(part.key) for part in trial_groups(study_results.load(build(tmp_path, own)))) == 60

"""What the end of a first phase tells apart: trials that go on from it as it was, not those in a trap set in it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ablate.report import explorer_data
from ablate.report.section_inputs import section_inputs
from ablate.results import settings_table, start_states, study_results
from tests.synthetic import build, factor, study

STARTS = {
    "fresh": {"kind": "fresh"},
    "collapsed": {"kind": "collapsed", "after": {"steps": 400}},
    "dead_trained": {"kind": "dead", "after": {"steps": 400}},
}


def test_the_end_of_a_first_phase_is_kept_where_nothing_was_set_in_it(tmp_path: Path) -> None:
    own = study(factors=(*study().factors[:1], factor("start", STARTS)), seeds=(0, 1, 2, 3), contrasts=())
    found = study_results.load(build(tmp_path, own))
    begun = (found.trials["start"] != "fresh").to_numpy()
    found.trials.loc[begun, "start_state"] = ["escaped", "stuck"] * (begun.sum() // 2)
    told = start_states.alike(own, found.trials)
    kept = {str(start): set(rows["start_state"]) for start, rows in told.groupby("start", observed=True)}
    assert kept == {"fresh": {""}, "collapsed": {"escaped", "stuck"}, "dead_trained": {""}}
    assert set(found.trials.loc[found.trials["start"] == "dead_trained", "start_state"]) == {"escaped", "stuck"}
    table = settings_table.table(found)
    counts = table.groupby(["start", "start_state"], observed=True)["n"].agg(list).to_dict()
    assert counts == {
        ("fresh", ""): [4, 4, 4],
        ("collapsed", "escaped"): [2, 2, 2],
        ("collapsed", "stuck"): [2, 2, 2],
        ("dead_trained", ""): [4, 4, 4],
    }
    shown = explorer_data.page_data(section_inputs(found), heats=[])["details"]
    assert [len(shown[str(row)]) for row in range(len(table))] == table["n"].tolist(), "each row lists its own trials"


def test_without_a_start_that_varies_nothing_is_told_apart() -> None:
    own = study(factors=study().factors[:1], contrasts=())
    assert start_states.kinds(own) == {}
    trials = pd.DataFrame({"start_state": ["escaped", ""]})
    assert start_states.alike(own, trials)["start_state"].tolist() == ["", ""]

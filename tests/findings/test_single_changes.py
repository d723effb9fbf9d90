"""One change to the baseline, against a handful of made-up trials counted by hand."""

from __future__ import annotations

import pandas as pd

from findings import single_changes
from tests.findings.test_tables import lines, trial


def test_fresh_networks_with_one_change_stand_below_the_baseline() -> None:
    fresh = {"start": "fresh", "fault": "none", "best_accuracy": 0.9, "final_accuracy": 0.1}
    rows = [
        *(trial(**fresh, state="collapsed"),) * 3,
        trial(**{**fresh, "final_accuracy": 0.3}, state="collapsed"),
        *(trial(**{**fresh, "final_accuracy": 0.8}, loss="fused", state="escaped"),) * 2,
        trial(**fresh, loss="fused", optimizer="sgd"),  # two changes
        trial(**{**fresh, "fault": "nan_row"}),
        trial(**{**fresh, "start": "dead"}),
    ]
    trials = pd.DataFrame(rows)
    trials.attrs["baseline"] = {**single_changes.TRAP, "start": "fresh", "unknown": "x"}
    assert lines(single_changes.one_change(trials)) == [
        "| no change | 0 of 4 | 4 of 4 | 0 of 4 | 0.90 | 0.10 | 0.30 |",
        "| loss=fused | 2 of 2 | 0 of 2 | 0 of 2 | 0.90 | 0.80 | 0.80 |",
    ]


def test_networks_that_were_stuck_are_counted_by_network_rate_and_loss() -> None:
    stuck = {"start": "collapsed", "start_state": "stuck", "model": "conv"}
    rows = [
        *(trial(**stuck),) * 2,
        trial(**stuck, loss="fused", state="escaped"),
        trial(**{**stuck, "model": "lstm"}, loss="fused"),
        trial(**{**stuck, "start_state": "collapsed"}),
        trial(**{**stuck, "start": "fresh"}),
    ]
    assert single_changes.freed(pd.DataFrame(rows)).splitlines() == [
        "| network | learning rate | clipped | fused |",
        "| --- | --- | --- | --- |",
        "| conv | 0.05 | 0 of 2 | 1 of 1 |",
        "| lstm | 0.05 | - | 0 of 1 |",
    ]


def test_hazards_are_of_single_remedies_on_trapped_networks_of_each_task_beside_networks_in_no_trap() -> None:
    free = {"start": "collapsed", "start_state": "escaped"}
    rows = [
        *(trial(start_state="stuck"),) * 5,
        *(trial(loss="fused", state="escaped", time=30.0),) * 2,
        *(trial(loss="fused", state="escaped", time=50.0),) * 2,
        trial(loss="fused"),
        trial(loss="fused", task="blobs"),
        *(trial(loss="fused", learning_rate="0.001", state="escaped", time=1.0),) * 5,  # two remedies
        *(trial(start="fresh", state="escaped", time=1.0),) * 5,
        trial(**free, state="escaped", time=0.0),
        trial(**free, loss="fused"),
        trial(**free, loss="fused", task="blobs", state="escaped", time=0.0),
        *(trial(start="collapsed", start_state="stuck", state="escaped", time=0.0),) * 5,  # not by itself
        *(trial(start="collapsed", start_state="collapsed"),) * 4,  # too few
    ]
    found = single_changes.hazards(pd.DataFrame(rows), "relu")
    assert found.splitlines()[0] == "| trap | remedy | digits | blobs | in no trap, digits | in no trap, blobs |"
    assert lines(found) == [
        "| dead | no change | 0 of 5 [0.00, 0.43] | - | 1 of 1 | - |",
        "| dead | loss=fused | 4 of 5 [0.38, 0.96], 40 steps | 0 of 1 [0.00, 0.79] | 0 of 1 | 1 of 1 |",
    ]
    assert lines(
        single_changes.hazards(pd.DataFrame([trial(start="collapsed", start_state="collapsed")] * 5), "tanh")
    ) == ["| collapsed | activation=relu | 0 of 5 [0.00, 0.43] | - |"]

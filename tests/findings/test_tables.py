"""The studies' tables, each against a handful of made-up trials counted by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from findings import tables

CALM = {"normalization": "off", "regularizer": "off", "constraint": "off", "clipping": "none", "task": "digits"}


def trial(**fields: object) -> dict[str, object]:
    """A trial in its trap, with these fields instead."""
    trap = {
        **tables.TRAP,
        "activation": "relu",
        **CALM,
        "start": "dead",
        "start_state": "",
        "state": "stuck",
        "time": float("nan"),
    }
    return {**trap, **fields}


def lines(table: str) -> list[str]:
    return table.splitlines()[2:]


def test_doses_leave_out_the_rates_at_which_nothing_failed() -> None:
    fresh = {"start": "fresh", "learning_rate": "0.1"}
    found = tables.doses(
        pd.DataFrame(
            [
                trial(**fresh),
                trial(**fresh, state="escaped"),
                trial(**fresh, loss="fused", state="escaped"),
                trial(**{**fresh, "learning_rate": "0.01"}, state="escaped"),
                trial(learning_rate="0.01"),  # no fresh one
            ]
        )
    )
    assert found.splitlines()[0] == "| loss | digits, rate 0.1 |"
    assert "| clipped | 1 of 2 |" in lines(found)
    assert "| fused | 1 of 1 |" in lines(found)
    assert "| naive | - |" in lines(found)


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
    found = tables.hazards(pd.DataFrame(rows), "relu")
    assert found.splitlines()[0] == "| trap | remedy | digits | blobs | in no trap, digits | in no trap, blobs |"
    assert lines(found) == [
        "| dead | nothing | 0 of 5 [0.00, 0.43] | - | 1 of 1 | - |",
        "| dead | loss=fused | 4 of 5 [0.38, 0.96], 40 steps | 0 of 1 [0.00, 0.79] | 0 of 1 | 1 of 1 |",
    ]
    assert lines(tables.hazards(pd.DataFrame([trial(start="collapsed", start_state="collapsed")] * 5), "tanh")) == [
        "| collapsed | activation=relu | 0 of 5 [0.00, 0.43] | - |"
    ]


def test_logits_are_those_of_trials_at_chance() -> None:
    seen = {"logit_gap": 5.0, "loss_seen": 14.5}
    found = tables.logits(
        pd.DataFrame(
            [
                trial(logit_mean=-100.0, **seen),
                trial(logit_mean=300.0, **seen),
                trial(logit_mean=1.0, **seen, state="escaped"),
                trial(logit_mean=float("nan"), **seen, state="diverged"),
            ]
        )
    )
    assert lines(found) == ["| adam | 0.05 | digits | 200 | 5 | 14.5 | 2 |"]


def test_weights_are_medians_by_activation_task_and_loss_at_the_first_rate() -> None:
    fresh = {"start": "fresh"}
    rows = [
        trial(**fresh, weight_norm=10.0, state="escaped"),
        trial(**fresh, weight_norm=30.0),
        trial(**fresh, weight_norm=5.0, task="blobs"),
        trial(**fresh, weight_norm=6.0, loss="fused", state="escaped"),
        trial(**fresh, weight_norm=1e6, learning_rate="0.01"),
        trial(**fresh, activation="tanh", weight_norm=7.0),
        trial(weight_norm=1e9),
    ]
    found = tables.weights(pd.DataFrame(rows))
    assert found.startswith("| activation | digits, clipped | blobs, clipped | digits, fused |")
    assert lines(found) == [
        "| relu | 20 (1 of 2) | 5 (0 of 1) | 6 (1 of 1) |",
        "| tanh | 7 (0 of 1) | - | - |",
    ]


def test_weights_are_told_by_what_bounds_them() -> None:
    off = dict.fromkeys(tables.BOUNDS, "off")
    rows = [
        trial(**off, weight_norm=10.0),
        trial(**{**off, "constraint": "max_norm"}, weight_norm=4.0, state="escaped"),
        trial(**{**off, "normalization": "batch", "regularizer": "l2"}, weight_norm=3.0),
    ]
    assert lines(tables.bounds(pd.DataFrame(rows))) == [
        "| nothing | 10 (0 of 1) |",
        "| constraint=max\\_norm | 4 (1 of 1) |",
        "| normalization=batch, regularizer=l2 | 3 (0 of 1) |",
    ]


def test_a_study_without_published_trials_has_no_tables(tmp_path: Path) -> None:
    assert tables.every(tmp_path) == {}


def test_repeats_are_counted(tmp_path: Path) -> None:
    rows = [("logits", "True", 20, 20), ("logits", "False", 20, 20), ("width", "True", 40, 64)]
    pd.DataFrame(rows, columns=["study", "covered", "pairs", "repeat_pairs"]).to_csv(tmp_path / "repeats.csv")
    said = tables.repeated(tmp_path / "repeats.csv")
    assert said == (
        "`logits` and `width` were trained again with other seeds (`python -m validation.repeats`). By chance alone "
        "2.5 of 3 "
        "repeated differences are expected to lie in the published intervals; 2 did "
        "([all of them](../results/published/validation/repeats.csv)).\n"
    )
    assert tables.repeated(tmp_path / "none.csv") == ""

"""The studies' tables, each against a handful of made-up trials counted by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from findings import single_changes, tables

CALM = {"normalization": "off", "regularizer": "off", "constraint": "off", "clipping": "none", "task": "digits"}


def trial(**fields: object) -> dict[str, object]:
    """A trial in its trap, with these fields instead."""
    trap = {
        **single_changes.TRAP,
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

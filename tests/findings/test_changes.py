"""Pairs of trials with one change, from a made-up study, counted by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from findings import changes, guide_text

FACTORS = ("start", "loss", "learning_rate", "task", "fault")
TRIALS = (
    ("a", "fresh", "clipped", "0.1", "digits", "none", 0, "collapsed", "clip_trap"),
    ("b", "fresh", "clipped", "0.1", "digits", "none", 1, "escaped", "other"),
    ("c", "fresh", "fused", "0.1", "digits", "none", 0, "escaped", "other"),
    ("d", "fresh", "fused", "0.1", "digits", "none", 1, "escaped", "other"),
    ("e", "fresh", "clipped", "0.01", "digits", "none", 0, "stuck", "uniform_output"),
    ("f", "fresh", "keras", "0.1", "digits", "none", 0, "escaped", "other"),
    ("g", "saturated", "clipped", "0.1", "digits", "none", 0, "stuck", "clip_trap"),
    ("h", "fresh", "clipped", "0.1", "digits", "labels_shuffled", 0, "stuck", "data_fault"),
)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    report = tmp_path / "made" / "report"
    report.mkdir(parents=True)
    columns = ["id", *FACTORS, "seed", "state", "fingerprint"]
    trials = pd.DataFrame(TRIALS, columns=columns)
    trials.drop(columns="fingerprint").assign(start_state="").to_parquet(report / "trials.parquet")
    trials[["id", "fingerprint"]].assign(update_ratio=1e-5).to_parquet(report / "endings.parquet")
    return tmp_path


def test_pairs_are_a_trial_at_chance_and_the_same_with_one_change(results: Path) -> None:
    found = changes.pairs(results, ("made", "without a report"))
    told = found[["trial", "phase", "cause", "factor", "change", "escaped"]].to_records(index=False).tolist()
    assert sorted(told) == [
        ("a", "anew", "clip_trap", "learning_rate", "far lower", False),
        ("a", "anew", "clip_trap", "loss", "fused", True),
        ("e", "anew", "small_steps", "learning_rate", "far higher", False),
    ]
    assert tuple(found.columns) == changes.COLUMNS


def test_faults_are_told_by_how_their_networks_look(results: Path) -> None:
    counts = changes.faults(results, ["made"])
    assert counts.loc["labels_shuffled"].to_dict() == {"clip_trap": 0, "data_fault": 1, "small_steps": 0}
    assert counts.loc["none"].to_numpy().sum() == 2  # g did not start afresh
    assert "| fault=labels\\_shuffled | 1.00 | 0.00 | 0.00 | 1 |" in guide_text.faults(counts)


def test_a_penalty_for_another_is_no_change_but_none_for_one_is() -> None:
    columns = ["id", "regularizer", "task", "start", "fault", "loss", "seed", "state", "cause"]
    fixed = ("digits", "fresh", "none", "clipped", 0)
    trials = pd.DataFrame(
        [
            ("a", "l2_strong", *fixed, "stuck", "other"),
            ("b", "l2", *fixed, "escaped", "other"),
            ("c", "off", *fixed, "escaped", "other"),
        ],
        columns=columns,
    ).assign(study="s", start_state="")
    (found,) = changes._changes(trials)
    assert found[["trial", "factor", "change"]].to_numpy().tolist() == [["a", "regularizer", "off"]]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("0.02", "0.002", "far lower"),
        ("0.05", "0.01", "somewhat lower"),
        ("0.05", "0.5", "far higher"),
        ("0.05", "0.1", "somewhat higher"),
    ],
)
def test_rates_are_told_apart_by_how_far_they_lie(old: str, new: str, change: str) -> None:
    columns = ["id", "learning_rate", "task", "start", "fault", "loss", "seed", "state", "cause"]
    fixed = ("digits", "fresh", "none", "clipped", 0)
    rows_ = [("a", old, *fixed, "stuck", "other"), ("b", new, *fixed, "escaped", "other")]
    (found,) = changes._changes(pd.DataFrame(rows_, columns=columns).assign(study="s", start_state=""))
    assert found["change"].tolist() == [change]


def test_a_scale_of_the_inputs_counts_as_a_change_only_if_it_is_the_remedy() -> None:
    columns = ["id", "input_scale", "task", "start", "start_state", "fault", "loss", "seed", "state", "cause"]
    fixed = ("digits", "fresh", "", "none", "fused", 0)
    levels = {"x255": "stuck", "raw": "escaped", "standardized": "escaped"}
    rows = [(level, level, *fixed, state, "other") for level, state in levels.items()]
    (found,) = changes._changes(pd.DataFrame(rows, columns=columns).assign(study="s"))
    assert found[["trial", "change"]].to_numpy().tolist() == [["x255", "standardized"]]


@pytest.mark.parametrize(
    ("start", "state", "pairs"),
    [
        ("collapsed", "collapsed", 1),
        ("collapsed_kept", "stuck", 1),
        ("collapsed", "escaped", 0),
        ("collapsed", "above_chance", 0),
        ("saturated_trained", "escaped", 1),
    ],
)
def test_who_goes_on_from_weights_above_chance_has_nothing_to_escape_from(start: str, state: str, pairs: int) -> None:
    columns = ["id", "loss", "task", "start", "start_state", "fault", "seed", "state", "cause"]
    fixed = ("digits", start, state, "none", 0)
    rows = [("a", "clipped", *fixed, "stuck", "clip_trap"), ("b", "fused", *fixed, "escaped", "other")]
    found = list(changes._changes(pd.DataFrame(rows, columns=columns).assign(study="s")))
    assert sum(map(len, found)) == pairs

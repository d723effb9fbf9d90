"""The guide: pairs from a made-up study worked by hand, the order of its advice, and what following it is worth."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from findings import __main__ as whole
from findings import changes, guide, guide_text

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
    trials.drop(columns="fingerprint").to_parquet(report / "trials.parquet")
    trials[["id", "fingerprint"]].to_parquet(report / "endings.parquet")
    return tmp_path


def test_pairs_are_a_trial_at_chance_and_the_same_with_one_change(results: Path) -> None:
    found = changes.pairs(results, ("made", "without a report"))
    told = found[["trial", "phase", "sight", "factor", "change", "escaped"]].to_records(index=False).tolist()
    assert sorted(told) == [
        ("a", "anew", "clip_trap", "learning_rate", "lower", False),
        ("a", "anew", "clip_trap", "loss", "fused", True),
        ("e", "anew", "uniform_output", "learning_rate", "higher", False),
    ]
    assert tuple(found.columns) == changes.COLUMNS


def test_faults_are_told_by_how_their_networks_look(results: Path) -> None:
    counts = changes.faults(results, ["made"])
    assert counts.loc["labels_shuffled"].to_dict() == {"clip_trap": 0, "data_fault": 1, "uniform_output": 0}
    assert counts.loc["none"].to_numpy().sum() == 2  # g did not start afresh
    assert "| fault=labels\\_shuffled | 1.00 | 0.00 | 0.00 | 1 |" in guide_text.faults(counts)


def rows(change: str, escapes: list[list[int]], sight: str = "dead_units") -> list[tuple[object, ...]]:
    """Pairs of a change: for each setting, whether each of its trials escaped."""
    return [
        (f"{place}/{number}", "s", "digits", "anew", sight, "loss", change, f"{change}/{place}", bool(escaped))
        for place, trials in enumerate(escapes)
        for number, escaped in enumerate(trials)
    ]


def made(*listed: list[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame([row for each in listed for row in each], columns=list(changes.COLUMNS))


def test_changes_stand_by_the_lower_end_and_a_setting_counts_once() -> None:
    sure, lucky = rows("sure", [[1] * 4] * 9 + [[0] * 4]), rows("lucky", [[1] * 30, [1] * 2, [1] * 2])
    few, rare = rows("few", [[1] * 30] * 2), rows("rare", [[1] * 6] * 3)
    advice = guide.made_from(made(sure, lucky, few, rare))["anew", "dead_units"]
    assert [each.change for each in advice] == ["sure", "lucky"]
    assert advice[0].low == pytest.approx(0.596, abs=5e-4)  # Wilson for 9 of 10
    uneven = guide.made_from(made(rows("x", [[1] * 30, [0] * 5, [0] * 5])))["anew", "dead_units"]
    assert uneven[0].rate == pytest.approx(1 / 3)
    assert (uneven[0].settings, uneven[0].pairs) == (3, 40)


def test_what_never_works_is_of_no_use() -> None:
    advice = guide.made_from(made(rows("never", [[0] * 2] * 40), rows("unsure", [[0] * 7] * 3)))["anew", "dead_units"]
    assert [each.change for each in guide.useless(advice)] == ["never"]


def test_following_the_guide_is_scored_on_other_networks() -> None:
    own = guide.made_from(made(rows("good", [[1] * 5] * 8), rows("bad", [[0] * 4, [1] * 4] * 4)))
    # two networks: the better change fails on one of them, where the other works; a third change is not on the list
    test = made(rows("good", [[1, 0]]), rows("bad", [[0, 1]]), rows("new", [[0, 0]]))
    (score,) = guide.scores(own, test)
    assert (score.networks, score.first, score.second) == (2, 0.5, 1.0)
    assert score.any_change == pytest.approx(1 / 3)
    assert score.best == 1.0
    assert guide.scores(own, made(rows("good", [[1]], sight="symmetric"))) == []


def test_the_published_guide_is_better_than_chance_on_tasks_it_was_not_made_from() -> None:
    pairs = changes.pairs(whole.ROOT / "results", guide_text.MADE_FROM)
    digits = pairs["task"] == "digits"
    for source, test in ((pairs[digits], pairs[~digits]), (pairs[~digits], pairs[digits])):
        found = guide.scores(guide.made_from(source), test)
        count = sum(each.networks for each in found)
        first, any_change = (
            sum(getattr(each, name) * each.networks for each in found) / count for name in ("first", "any_change")
        )
        assert count > 1_000
        assert first > 1.5 * any_change


def test_the_readme_says_of_how_many_trials_the_guide_is_made() -> None:
    studies = guide_text.MADE_FROM
    count = sum(len(pd.read_parquet(whole.ROOT / f"results/{name}/report/trials.parquet")) for name in studies)
    words = {9: "nine", 10: "ten", 11: "eleven"}
    said = f"From {count:,} trials of {words[len(studies)]} studies"
    assert said in (whole.ROOT / "README.md").read_text(encoding="utf-8")

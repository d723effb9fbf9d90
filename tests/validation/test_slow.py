"""Which networks at chance were slow: the study `steps`, on curves written by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate.outcomes.curves import Curves
from validation.slow import rows, shortened


def record(bad_step: int = -1) -> Curves:
    return Curves(id="0" * 16, signals={"step": np.arange(0, 1000, 100), "correct": np.arange(10)}, bad_step=bad_step)


@pytest.mark.parametrize(("bad_step", "early"), [(-1, -1), (300, 300), (401, -1)])
def test_a_shortened_record_knows_nothing_of_later_steps(bad_step: int, early: int) -> None:
    short = shortened(record(bad_step), 400)
    assert short.signals["step"].tolist() == [0, 100, 200, 300, 400]
    assert short.signals["correct"].tolist() == [0, 1, 2, 3, 4]
    assert short.bad_step == early


def test_networks_are_counted_by_what_they_were() -> None:
    trials = pd.DataFrame({
        "early": ["slow"] * 3 + ["stuck"] * 2 + ["escaped"],
        "optimizer": ["sgd", "adam", "sgd", "sgd", "sgd", "adam"],
        "learning_rate": ["0.1", "0.1", "0.001", "0.1", "0.1", "0.1"],
        "time": [600.0, 3000.0, float("nan"), 1000.0, float("nan"), 100.0],
        "escaped": [True, True, False, False, False, True],
    })  # fmt: skip
    table = {(row["after_400"], row["optimizer"], row["learning_rate"]): row for row in rows(trials)}
    parts = [("adam", "0.1"), ("sgd", "0.001"), ("sgd", "0.1")]
    slow_parts, stuck_parts = [("all", "all"), *parts], [("all", "all"), parts[2]]
    assert set(table) == {*(("slow", *part) for part in slow_parts), *(("stuck", *part) for part in stuck_parts)}
    slow, stuck = table["slow", "all", "all"], table["stuck", "all", "all"]
    assert [slow[name] for name in ("networks", "above_by_1000", "above_by_2000", "above_by_4000", "escaped")] == [
        3, 1, 1, 2, 2,
    ]  # fmt: skip
    assert (stuck["above_by_1000"], stuck["escaped"], stuck["share"], stuck["low"]) == (1, 0, 0.0, 0.0)


def test_the_questions_tell_what_was_counted() -> None:
    root = Path(__file__).parents[2]
    table = pd.read_csv(root / "results" / "published" / "validation" / "slow.csv").set_index("after_400")
    slow = table.loc["slow"].set_index("optimizer").loc["all"]
    stuck = table.loc["stuck"]
    large, small = (
        stuck[part] for part in (stuck["learning_rate"] == "0.1", ~stuck["learning_rate"].isin(["all", "0.1"]))
    )
    said = (
        f"{slow['escaped']} of {slow['networks']} that were `slow` after 400 steps",
        f"{large['escaped'].sum()} of {large['networks'].sum()} that were stuck with a rate of 0.1",
        f"{small['escaped'].sum()} of {small['networks'].sum()} with smaller rates",
    )
    text = (root / "docs" / "faq.md").read_text(encoding="utf-8")
    assert [words for words in said if words not in text] == []

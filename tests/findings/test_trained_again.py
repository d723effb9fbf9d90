"""What a study that was trained anew changed: trials matched by levels and seed, and verdicts by place."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from findings import trained_again
from findings.published import Comparison, Published, Size, _claims

HEAD = ["id", "loss", "learning_rate", "seed", "state", "final_accuracy", "best_accuracy"]
BEFORE = [
    ("a", "clipped", 0.1, 0, "escaped", 0.30, 0.9),
    ("b", "clipped", 0.1, 1, "escaped", 0.90, 0.9),
    ("c", "fused", 0.1, 0, "stuck", 0.10, 0.1),
    ("d", "fused", 0.1, 1, "stuck", 0.10, 0.1),
]
AFTER = [
    ("p", "clipped", "0.1", 0, "collapsed", 0.30, 0.9),
    ("q", "clipped", "0.1", 1, "escaped", 0.91, 0.9),
    ("r", "fused", "0.1", 0, "escaped", 0.80, 0.8),
    ("s", "fused", "0.1", 2, "stuck", 0.10, 0.1),
]


def test_trials_are_matched_and_told_apart_by_their_accuracies() -> None:
    row = trained_again.trials("loss", pd.DataFrame(BEFORE, columns=HEAD), pd.DataFrame(AFTER, columns=HEAD))
    assert row == {
        "study": "loss", "trials": 3, "other_state": 2, "by_rule": 1, "by_arithmetic": 1,
        "escaped_before": 2, "escaped_now": 2,
    }  # fmt: skip


def study(estimate: float, low: float, high: float, p: float) -> Published:
    size = Size(estimate=estimate, low=low, high=high, adjusted_p=p, pairs=20, seeds=20)
    one = Comparison(question="Does it help?", parts=("loss fused against clipped",), expect="more", size=size)
    return Published(name="loss", question="?", claims=_claims([one]))


def test_only_other_outcomes_are_named(tmp_path: Path) -> None:
    sure, unsure = study(0.8, 0.6, 0.9, 0.001), study(0.1, -0.1, 0.3, 0.4)
    assert list(trained_again.verdicts(sure, sure)) == []
    (row,) = trained_again.verdicts(sure, unsure)
    assert (row["before"], row["now"], row["size_now"]) == ("came true", "undecided", "+0.10 [-0.10, +0.30]")
    assert trained_again.page(tmp_path) == "", "nothing was compared yet"

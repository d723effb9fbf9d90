"""Score what `ablate try` said of programs: states, causes, ways out, and patches that run."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ablate.stats.rates import wilson

SEEDS = 3
"""Fresh seeds on which a way out is confirmed."""

SAYS = {
    "healthy": ("healthy",),
    "stuck": ("stuck", "little", "collapsed"),
    "diverged": ("diverged",),
    "failed": ("error",),
    "slow": ("slow",),
}
"""States of programs -> the states of `ablate try` that are right."""


def scores(folder: Path) -> None:
    """Write the scores of tried.csv, and print them.

    Args:
        folder: where the tables are.
    """
    table = list(rows(folder / "tried.csv"))
    with (folder / "tried_scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("score", "right", "programs", "share", "low", "high"))
        for name, hits in _scored(table).items():
            right, count = sum(hits), len(hits)
            low, high = (float(bound) for bound in wilson(np.asarray(right), np.asarray(max(count, 1))))
            row = (name, right, count, *(round(share, 4) for share in (right / max(count, 1), low, high)))
            writer.writerow(row)
            print(*row)
    with (folder / "tried_confusion.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("state", "said", "programs"))
        counts = Counter((row["state"], row["said"]) for row in table)
        writer.writerows((*key, count) for key, count in sorted(counts.items()))


def _scored(table: Sequence[dict[str, str]]) -> dict[str, list[bool]]:
    well = [row for row in table if not row["cause"]]
    ill = [row for row in table if row["cause"] and row["state"] != "healthy"]
    curable = [row for row in ill if row["cause"] != "labels_unrelated"]
    faulty = [row for row in table if row["cause"]]
    return {
        "answered": [row["said"] not in ("refused", "outside", "unknown") for row in table],
        "state": [_right(row) for row in table],
        "false alarm on healthy": [row["said"] != "healthy" for row in well],
        "cause first": [row["rank"] == "1" for row in faulty],
        "cause among three": [row["rank"] in ("1", "2", "3") for row in faulty],
        "way out confirmed on 3 fresh seeds": [row["confirmed"] == str(SEEDS) for row in curable],
        "way out by the checklist": [bool(row["checklist"]) for row in curable if row["checklist"] != "-"],
        "no way out said where there is none": [not row["way"] for row in ill if row["cause"] == "labels_unrelated"],
        "patch runs as printed": ["Error" not in row["printed"] for row in table if row["way"]],
    }


def _right(row: dict[str, str]) -> bool:
    """Return whether the state is right; the inference of a network whose averages lag is at chance."""
    if row["cause"] == "mode_gap":
        return "mode_gap" in (row["first"], row["second"], row["third"])
    return row["said"] in SAYS[row["state"]]


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table; none if it does not exist."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))

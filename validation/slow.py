"""`python -m validation.slow [FOLDER]`: what becomes, with ten times the steps, of networks that are at chance?

Reads the trials of the study `steps` (FOLDER, results/steps if not given), judges each by its first 400 steps alone,
and counts which of those that had not escaped by then do so until step 4,000. Writes to
results/published/validation/slow.csv a row for each state after 400 steps, of all networks and by optimizer and
learning rate: how many there are, how many are sustained above chance by 1,000, 2,000 and 4,000 steps, how many of
these escape, and their share with its interval, which takes networks as independent; those of one seed are not quite.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ablate.outcomes.chance_level import Chance
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import outcome_of
from ablate.results.study_results import Results, load
from ablate.stats.rates import wilson

ROOT = Path(__file__).parents[1]
OUT = ROOT / "results" / "published" / "validation" / "slow.csv"
SHORT = 400
TIMES = (1000, 2000, 4000)
STATES = ("slow", "stuck", "unclear", "collapsed")


def shortened(curves: Curves, steps: int) -> Curves:
    """Return a trial's record as it was after so many steps.

    Args:
        curves: the whole record.
        steps: steps after which the training would have ended.
    """
    kept = curves.signals["step"] <= steps
    bad = curves.bad_step if curves.bad_step <= steps else -1
    return replace(curves, signals={name: values[kept] for name, values in curves.signals.items()}, bad_step=bad)


def judged(results: Results) -> pd.DataFrame:
    """Return a row for each trial: its levels, its state after SHORT steps and at the end, and when it rose.

    Args:
        results: the trials of the study.
    """
    chances: dict[str, Chance] = dict(results.manifest.chance)
    curves = results.curves()
    early = [
        outcome_of(shortened(curves[trial], SHORT), chances[task]).state
        for trial, task in zip(results.trials["id"], results.trials["task_hash"], strict=True)
    ]
    return results.trials.assign(early=early)


def rows(trials: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield the rows of the table.

    Args:
        trials: as `judged` returns them.
    """
    for state in STATES:
        at_chance = trials[trials["early"] == state]
        parts = {
            ("all", "all"): at_chance,
            **dict(iter(at_chance.groupby(["optimizer", "learning_rate"], observed=True))),
        }
        for (optimizer, rate), part in parts.items():
            if len(part):
                above = {f"above_by_{step}": int((part["time"] <= step).sum()) for step in TIMES}
                escaped = int(part["escaped"].sum())
                low, high = (round(float(bound), 4) for bound in wilson(np.asarray(escaped), np.asarray(len(part))))
                yield {
                    "after_400": state,
                    "optimizer": optimizer,
                    "learning_rate": rate,
                    "networks": len(part),
                    **above,
                    "escaped": escaped,
                    "share": round(escaped / len(part), 4),
                    "low": low,
                    "high": high,
                }


def main(words: list[str]) -> int:
    """Write the table; return the exit status."""
    table = list(rows(judged(load(words[0] if words else ROOT / "results" / "steps"))))
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    print(pd.DataFrame(table).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

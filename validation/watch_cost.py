"""`python -m validation.watch_cost`: what does `ablate.Watch` cost, and does it change a bit, over ten kinds of models?

Trains each kind of tests/engine/callback/kinds.py, with more epochs, without and with the callback, and compares
weights, moments, seeds, metrics, history and the random numbers drawn afterwards. Writes
results/published/validation/watch_cost.csv: seconds of the training alone (the smaller of two), what the callback took
before the first step, for looks, on other steps and for finding causes by its own count, and the seconds on the clock.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import ablate
from tests.engine.callback import kinds

OUT = Path(__file__).parents[1] / "results" / "published" / "validation" / "watch_cost.csv"
EPOCHS = 150


def timed(kind: str, callbacks: list[Any], epochs: int) -> tuple[Any, float]:
    """Train a model of a kind; return what it leaves behind, and the seconds.

    Args:
        kind: the kind.
        callbacks: the callbacks.
        epochs: epochs.
    """
    began = time.perf_counter()
    state, history, drawn, _ = kinds.trained(kind, callbacks, epochs)
    return (state, history, drawn), time.perf_counter() - began


def row(kind: str, epochs: int) -> dict[str, Any]:
    """Return a row of the table.

    Args:
        kind: the kind.
        epochs: epochs.
    """
    timed(kind, [], 1)
    plain, first = timed(kind, [], epochs)
    watch = ablate.Watch()
    seen, watched = timed(kind, [watch], epochs)
    _, second = timed(kind, [], epochs)
    alone, cost = min(first, second), watch.cost
    same = all(np.array_equal(a, b) for a, b in zip(plain[0], seen[0], strict=True)) and plain[1:] == seen[1:]
    steps = watch.course.step if watch.course else 0
    return {
        "kind": kind, "steps": steps, "same_bits": int(same), "alone": round(alone, 2), "watched": round(watched, 2),
        "looks": len(watch.course.looks) if watch.course else 0, "before": round(cost.before, 2),
        "looking": round(cost.looking, 2), "steps_share": round(cost.steps / cost.training, 4),
        "share": round(cost.share, 4), "finding": round(cost.finding, 2),
        "told": watch.finding.code if watch.finding else "", "problems": "; ".join(watch.problems),
    }  # fmt: skip


def main(words: list[str]) -> int:
    """Measure the named kinds, or all; return 1 if a bit has changed."""
    rows = []
    for kind in words or list(kinds.KINDS):
        rows.append(row(kind, EPOCHS))
        print(rows[-1], flush=True)
    if not words:
        with OUT.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return int(not all(one["same_bits"] for one in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

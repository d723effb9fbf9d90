"""`python -m validation.watch_cost [KIND ...]`: what does `ablate.Watch` cost, and does it change a bit?

Trains each kind of tests/engine/callback/kinds.py, with more epochs, without and with the callback, and compares
weights, moments, seeds, metrics, history and the random numbers drawn afterwards. Writes a row a kind to
results/published/validation/watch_cost.csv, by the callback's own count: seconds of training, before the first step,
for looks, on other steps, and for finding causes; rows that are there are kept.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np

import ablate
from tests.engine.callback import kinds

OUT = Path(__file__).parents[1] / "results" / "published" / "validation" / "watch_cost.csv"
EPOCHS = 150


def row(kind: str, epochs: int) -> dict[str, Any]:
    """Return a row of the table.

    Args:
        kind: the kind.
        epochs: epochs.
    """
    plain = kinds.trained(kind, [], epochs)
    watch = ablate.Watch()
    seen = kinds.trained(kind, [watch], epochs)
    cost = watch.cost
    same = all(np.array_equal(a, b) for a, b in zip(plain[0], seen[0], strict=True)) and plain[1:3] == seen[1:3]
    steps = watch.course.step if watch.course else 0
    return {
        "kind": kind, "steps": steps, "same_bits": int(same), "training": round(cost.training, 2),
        "looks": len(watch.course.looks) if watch.course else 0, "before": round(cost.before, 2),
        "looking": round(cost.looking, 2), "steps_share": round(cost.steps / cost.training, 4),
        "share": round(cost.share, 4), "finding": round(cost.finding, 2),
        "told": watch.finding.code if watch.finding else "", "problems": "; ".join(watch.problems),
    }  # fmt: skip


def main(words: list[str]) -> int:
    """Measure the named kinds, or all that are missing; return 1 if a bit has changed."""
    kept = list(csv.DictReader(OUT.open(encoding="utf-8"))) if OUT.exists() else []
    same = True
    with OUT.open("a", newline="", encoding="utf-8") as file:
        for kind in words or list(kinds.KINDS):
            if kind in {one["kind"] for one in kept}:
                continue
            measured = row(kind, EPOCHS)
            writer = csv.DictWriter(file, list(measured), lineterminator="\n")
            if not file.tell():
                writer.writeheader()
            writer.writerow(measured)
            file.flush()
            print(measured, flush=True)
            same = same and bool(measured["same_bits"])
    return int(not same)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

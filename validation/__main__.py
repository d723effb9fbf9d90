"""`python -m validation [FOLDER]`: run every simulation at full size, into FOLDER/validation.csv.

FOLDER is results/published/validation if not given. Columns: check, value, low, high, ok. Ends with status 1 if a check
fails.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from validation import adaptive, chosen, coverage, decisions, together
from validation.coverage import Check

SEED = 20_240_817
STUDIES = 2_000


def cells(kind: str) -> np.ndarray:
    """Return the log odds of 2 x 3 x 4 settings: `additive`, `interacting`, `strong` or `rare`."""
    a, b, c = np.meshgrid(*(np.linspace(-1, 1, size) for size in (2, 3, 4)), indexing="ij")
    kinds = {
        "additive": 1.0 * a + 1.5 * b,
        "interacting": 2 * a * b + 0.8 * c,
        "strong": 3 * a + 0.5 * b,
        "rare": -2.2 + 0.8 * a + 0.5 * b * c,
    }
    return np.asarray(kinds[kind])


def everything(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Yield all checks, the cheap ones first.

    Args:
        rng: the source of randomness.
        studies: number of simulated studies per check, roughly.
    """
    yield from coverage.single()
    yield from chosen.everything(rng, studies)
    yield from together.everything(rng, studies)
    for target, most in ((0.5, 12.5), (0.8, 14.5)):
        yield from decisions.spending(rng, 20 * studies, target, most)
    for block in (1, 4):
        yield from decisions.uniform_coverage(rng, 5 * studies, block)
    yield from decisions.exclusive_or(rng, 200)
    for remedies in (3, 6, 8):
        yield decisions.lattices(rng, 200, remedies)
    for seeds in (10, 20, 32, 64):
        for rate in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.98):
            yield from coverage.pooled(rng, rate, seeds, studies)
        yield from coverage.pooled(rng, 0.3, seeds, studies, spread=3.0)
        for one, other in ((0.5, 0.5), (0.9, 0.5), (0.9, 0.1), (0.1, 0.1), (0.3, 0.1), (0.05, 0.02), (0.98, 0.5)):
            yield from coverage.contrast(rng, one, other, seeds, studies)
        for one, other in ((0.5, 0.5), (0.9, 0.5), (0.7, 0.3)):
            yield from coverage.contrast(rng, one, other, seeds, studies, strata=1)
    for seeds in (10, 20, 64):
        for kind in ("additive", "interacting", "strong", "rare"):
            yield from coverage.anova(rng, kind, cells(kind), seeds, studies // 4)
        for rate in (0.05, 0.1, 0.3, 0.5, 0.9):
            yield from coverage.waits(rng, rate, seeds, studies // 4)
    yield from adaptive.everything(rng, studies // 20)


def main(folder: Path) -> int:
    """Run, print and write all checks; return the exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    with (folder / "validation.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["check", "value", "low", "high", "ok"])
        for check in everything(np.random.default_rng(SEED), STUDIES):
            writer.writerow([check.check, f"{check.value:.4f}", check.low, check.high, check.ok])
            failed += not check.ok
            print(
                f"{'ok ' if check.ok else 'NOT'} {check.value:7.4f} in {check.low:g}..{check.high:g}  {check.check}",
                flush=True,
            )
    print(f"{failed} failed.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/validation")))

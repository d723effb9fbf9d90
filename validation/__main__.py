"""`python -m validation [FOLDER [PART ...]]`: run every simulation at full size, into FOLDER/validation.csv.

FOLDER is results/published/validation if not given; with names of `PARTS`, these alone are run, and the rows of the
others stay. Columns: part, check, value, low, high, ok. Ends with status 1 if a check fails.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from validation import adaptive, chosen, coverage, decisions, odds, other_worlds, stopped_search, together
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


def _decisions(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    for target, most in ((0.5, 12.5), (0.8, 14.5)):
        yield from decisions.spending(rng, 20 * studies, target, most)
    for block in (1, 4):
        yield from decisions.uniform_coverage(rng, 5 * studies, block)
    yield from decisions.exclusive_or(rng, 200)
    for remedies in (3, 6, 8):
        yield decisions.lattices(rng, 200, remedies)


def _over_settings(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    for seeds in (10, 20, 32, 64):
        for rate in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.98):
            yield from coverage.pooled(rng, rate, seeds, studies)
        yield from coverage.pooled(rng, 0.3, seeds, studies, spread=3.0)
        for one, other in ((0.5, 0.5), (0.9, 0.5), (0.9, 0.1), (0.1, 0.1), (0.3, 0.1), (0.05, 0.02), (0.98, 0.5)):
            yield from coverage.contrast(rng, one, other, seeds, studies)
        for one, other in ((0.5, 0.5), (0.9, 0.5), (0.7, 0.3)):
            yield from coverage.contrast(rng, one, other, seeds, studies, strata=1)


def _effects(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    for seeds in (10, 20, 64):
        for kind in ("additive", "interacting", "strong", "rare"):
            yield from coverage.anova(rng, kind, cells(kind), seeds, studies // 4)


def _waits(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    for seeds in (10, 20, 64):
        for rate in (0.05, 0.1, 0.3, 0.5, 0.9):
            yield from coverage.waits(rng, rate, seeds, studies // 4)


PARTS: dict[str, Callable[[np.random.Generator, int], Iterable[Check]]] = {
    "single": lambda *_: coverage.single(),
    "chosen": chosen.everything,
    "together": together.everything,
    "decisions": _decisions,
    "over_settings": _over_settings,
    "effects": _effects,
    "waits": _waits,
    "odds": lambda rng, studies: odds.everything(rng, studies // 10),
    "adaptive": lambda rng, studies: adaptive.everything(rng, studies // 20),
    "other_worlds": other_worlds.everything,
    "stopped_search": lambda rng, studies: stopped_search.everything(rng, studies // 10),
}
"""Checks by part, the cheap ones first: each from a source of randomness and a number of studies per check, roughly."""

COLUMNS = ("part", "check", "value", "low", "high", "ok")


def main(folder: Path, parts: Sequence[str] = tuple(PARTS), studies: int = STUDIES) -> int:
    """Run, print and write the checks of these parts; return the exit status.

    Args:
        folder: where validation.csv lies; its rows of other parts stay.
        parts: names of parts.
        studies: number of simulated studies per check, roughly.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "validation.csv"
    failed = 0
    for part in parts:
        rows = []
        # A source of its own: a part gives the same figures whether or not others run before it.
        for check in PARTS[part](np.random.default_rng([SEED, *part.encode()]), studies):
            rows.append((part, check.check, f"{check.value:.4f}", str(check.low), str(check.high), str(check.ok)))
            failed += not check.ok
            print(
                f"{'ok ' if check.ok else 'NOT'} {check.value:7.4f} in {check.low:g}..{check.high:g}  {check.check}",
                flush=True,
            )
        _replace(path, part, rows)
    print(f"{failed} failed.")
    return int(failed > 0)


def _replace(path: Path, part: str, rows: Sequence[Sequence[str]]) -> None:
    """Put the rows of a part where its rows were; parts stand in the order of PARTS."""
    kept: list[Sequence[str]] = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            kept = [row for row in list(csv.reader(file))[1:] if row[0] != part]
    order = list(PARTS)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [COLUMNS, *sorted([*kept, *rows], key=lambda row: order.index(row[0]))]
        )


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(Path(given[0] if given else "results/published/validation"), given[1:] or tuple(PARTS)))

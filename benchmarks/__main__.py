"""`make bench`: everything measured side by side. `python -m benchmarks [FOLDER] [--only NAME ...] [--grid WORD ...]`.

Writes ratios.csv (a row for each target), figures.csv, breakdown.csv, README.md and ratios.svg into FOLDER
(results/published/bench if not given).
Ends with status 1 if two sides did not reach the same accuracies; a missed target is reported, not an error.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from ablate.store import manifest
from benchmarks import breakdown, costs, grids, models, page, rows, steps
from benchmarks.rows import Found

PACKAGES = ("jax", "keras-tuner", "ray")
HOST_NETWORK = "64"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured: rounds of pairs, and overrides of the grids."""

    rounds: int
    grid_rounds: int
    points: tuple[steps.Point, ...]
    grid: tuple[str, ...] = ()
    around: tuple[int, ...] = costs.SIZES
    planned: int = costs.PLANNED
    broken_down: tuple[str, ...] = breakdown.NETWORKS


FULL = Size(rounds=3, grid_rounds=1, points=steps.POINTS)
TINY = Size(
    rounds=1,
    grid_rounds=1,
    points=(dataclasses.replace(steps.POINTS[0], steps=48), dataclasses.replace(steps.POINTS[1], steps=48)),
    grid=("loss=fused", "activation=relu", "width=16,32", "seed=range(4)", "steps=32", "looks=2"),
    around=(200, 1_000),
    planned=10_000,
    broken_down=(HOST_NETWORK,),
)
"""To see that everything runs; its figures mean nothing."""


def parts(found: Found, size: Size, folder: Path) -> dict[str, Callable[[], None]]:
    """Return what can be measured, by name."""

    def measure_steps() -> None:
        with steps.sides() as sides:
            steps.measure(found, sides, size.points, size.rounds)

    def around() -> None:
        host = breakdown.main(folder, size.broken_down)[HOST_NETWORK]
        trials = host["steps"] / breakdown.STEPS
        costs.measure(found, size.around, size.planned, host["host"] * 1e3 / trials)

    return {
        "steps": measure_steps,
        "models": lambda: models.measure(found, size.rounds),
        "costs": around,
        "grids": lambda: grids.measure(found, grids.GRIDS, size.grid_rounds, size.grid),
    }


def main(words: list[str]) -> int:
    """Measures, prints and writes; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default="results/published/bench", type=Path)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="steps, models, costs, grids")
    parser.add_argument("--tiny", action="store_true", help="to see that everything runs")
    parser.add_argument("--grid", nargs="+", default=[], metavar="OVERRIDE", help="of the grids, as width=16,32")
    own = parser.parse_args(words)
    found, began = Found(), time.monotonic()
    size = TINY if own.tiny else FULL
    size = dataclasses.replace(size, grid=(*size.grid, *own.grid))
    for name, measure in parts(found, size, own.folder).items():
        if own.only and name not in own.only:
            continue
        print(f"{name} ...", flush=True)
        seen = len(found.ratios)
        measure()
        for row in found.ratios[seen:]:
            target = f"  target {row.target}: {'met' if row.met == 'True' else 'missed'}" if row.target else ""
            print(f"  {row.benchmark:60} {row.peer:28} {page.short(row.ratio_median):>8} (n={row.n}){target}")
        rows.write(found, own.folder)
    minutes = (time.monotonic() - began) / 60.0
    page.write(found, own.folder, manifest.machine(), versions(), minutes)
    apart = [row for row in found.ratios if row.benchmark.startswith("difference") and row.met == "False"]
    return int(bool(apart))


def versions() -> dict[str, str]:
    """Versions of what was compared."""
    peers = {name: metadata.version(name) for name in PACKAGES}
    return {**manifest.versions(), **peers}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

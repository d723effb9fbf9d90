"""What a worker holds, and what it costs to bound that: `python -m benchmarks.memory [FOLDER] [OVERRIDE ...]`.

The benchmark's grid at two widths and seeds, once to compile and keep every program, then in turn with the default
share of the machine and with less. Writes FOLDER/memory.csv (results/published/bench if not given), a row each:
`memory` (what a worker may hold, MB; 0 = the default), `workers` that were started one after another, `private` and
`peak` (the most MB that any held for itself after a stack, and at any moment with the libraries it shares with others:
RssAnon, VmHWM), `trials`, `processor` and `wall` (seconds; processor of all workers).
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from ablate import configure
from ablate.engine.program import Stack
from ablate.outcomes.curves import Curves
from ablate.runner import training_backend
from ablate.runner.sweep import sweep
from ablate.runner.training_backend import Backend

ALLOWED = (0, 1400, 0, 1400)
"""Megabytes, in turn."""

WORDS = ("experiment=bench", "width=16,64", "seed=range(2)")
TRACES = "MEMORY_TRACES"
HEAD = ("memory", "workers", "private", "peak", "trials", "processor", "wall")


def train(stack: Stack) -> list[Curves]:
    """Train as the package does; then write the process' memory and processor time into a file."""
    found = training_backend.package_engine().train(stack)
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    held = {
        line.split(":")[0]: int(line.split()[1]) // 1024 for line in status if line.startswith(("RssAnon", "VmHWM"))
    }
    with (Path(os.environ[TRACES]) / f"{os.getpid()}").open("a") as file:
        file.write(f"{held['RssAnon']} {held['VmHWM']} {time.process_time()}\n")
    return found


def measure(allowed: int, words: tuple[str, ...]) -> dict[str, float]:
    """One sweep in an empty folder, the report left out."""
    with tempfile.TemporaryDirectory() as folder:
        traces = Path(folder) / "traces"
        traces.mkdir()
        study = configure.compose([*words, f"memory={allowed}", f"results_dir={folder}"])
        own = Backend(train=train, check=training_backend.package_engine().check, warm="benchmarks.memory")
        began = time.monotonic()
        with mock.patch.dict(os.environ, {TRACES: str(traces)}), mock.patch("ablate.report.write", return_value=None):
            summary = sweep(study, on_event=lambda _: None, engine=own)
        wall = time.monotonic() - began
        told = [
            [tuple(map(float, line.split())) for line in path.read_text().splitlines()] for path in traces.iterdir()
        ]
    return {
        "memory": allowed,
        "workers": len(told),
        "private": max(private for rows in told for private, _, _ in rows),
        "peak": max(peak for rows in told for _, peak, _ in rows),
        "trials": summary.kept,
        "processor": round(sum(rows[-1][2] for rows in told), 1),
        "wall": round(wall, 1),
    }


def rows(words: tuple[str, ...]) -> Iterator[dict[str, float]]:
    """Run the sweeps in turn, after one that compiles and is not shown."""
    with tempfile.TemporaryDirectory() as programs, mock.patch.dict(os.environ, {"ABLATE_PROGRAMS": programs}):
        measure(0, words)
        for allowed in ALLOWED:
            yield measure(allowed, words)


def main(folder: Path, words: tuple[str, ...]) -> None:
    """Measures and writes the table."""
    found = []
    for row in rows(words):
        print(row, flush=True)
        found.append(row)
    with (folder / "memory.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEAD, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


if __name__ == "__main__":
    from benchmarks import memory  # workers find `train` under this name

    given = sys.argv[1:]
    memory.main(Path(given[0] if given else "results/published/bench"), WORDS + tuple(given[1:]))

"""What checksums, fsync and the executor cost of a sweep's time: `python -m benchmarks.overhead [FOLDER] [TRIALS]`.

One sweep of real trials (digits, width 64, 400 steps, a worker a core, 5,120 trials if not given), with every part
timed inside it, so that both sides of each ratio come from the same minutes of the same machine. Writes
FOLDER/overhead.csv (results/published/bench if not given). Columns: part, seconds, share, limit, ok. `idle`: a worker
waited for its next stack, as a share of all workers' time from their first stack to their last; `parent`: the parent's
processor time meanwhile, which workers could have had, as a share of their own; on a crowded machine it counts for more
than it is, since the parent looks around twice a second however long that takes. Flushes, and of these checksums and
fsync, happen in the parent while workers train: their seconds are wall time and a part of the two. Ends with status 1
if idle and parent together are more than 3 %.
"""

from __future__ import annotations

import contextlib
import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from ablate import configure, report, store
from ablate.engine.program import Stack
from ablate.outcomes.curves import Curves
from ablate.runner import training_backend
from ablate.runner.progress import Event, Progress
from ablate.runner.sweep import sweep
from ablate.runner.training_backend import Backend
from ablate.store import shards

LIMIT = 0.03
PARTS = {"flushes": "write", "checksums": "checksum", "fsync": "fsync"}
"""What is timed inside, and the function that does it."""

TRACES = "OVERHEAD_TRACES"
WORDS = ("study=overhead", "task=digits", "width=64", "loss=clipped,fused")
SETTINGS = 2


def train(stack: Stack) -> list[Curves]:
    """Train as the package does; write its beginning, its end and the processor time between into a file."""
    began, used = time.monotonic(), time.process_time()
    found = training_backend.package_engine().train(stack)
    path = Path(os.environ[TRACES]) / f"{os.getpid()}"
    with path.open("a") as file:
        file.write(f"{began} {time.monotonic()} {time.process_time() - used}\n")
    return found


@contextlib.contextmanager
def timed(owner: Any, name: str, spent: dict[str, float]) -> Iterator[None]:
    """Add up the wall time of a function, under its name."""
    own: Callable[..., Any] = getattr(owner, name)

    def call(*arguments: Any, **words: Any) -> Any:
        began = time.perf_counter()
        try:
            return own(*arguments, **words)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - began

    with mock.patch.object(owner, name, call):
        yield


def busy(traces: Path) -> tuple[float, float, float]:
    """Seconds that workers trained, seconds from each worker's first stack to its last, and their processor time."""
    trained = span = used = 0.0
    for path in traces.iterdir():
        rows = [tuple(map(float, line.split())) for line in path.read_text().splitlines()]
        trained += sum(row[1] - row[0] for row in rows)
        span += rows[-1][1] - rows[0][0]
        used += sum(row[2] for row in rows)
    return trained, span, used


def measure(folder: Path, trials: int) -> list[tuple[str, float, float]]:
    """(part, seconds, share) of one sweep."""
    traces = folder / "traces"
    traces.mkdir()
    study = configure.compose([*WORDS, f"seed=range({-(-trials // SETTINGS)})", f"results_dir={folder}"])
    own, spent, cpu = training_backend.package_engine(), dict[str, float](), list[float]()

    def hear(event: Event) -> None:
        if isinstance(event, Progress) and not cpu:  # training has begun
            cpu.append(time.process_time())

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, {TRACES: str(traces)}))
        for owner, name in ((shards, "checksum"), (os, "fsync"), (shards, "write")):
            stack.enter_context(timed(owner, name, spent))
        ended = mock.Mock(side_effect=lambda _: cpu.append(time.process_time()))
        stack.enter_context(mock.patch.object(store, "compact", ended))
        stack.enter_context(mock.patch.object(report, "write", return_value=None))
        if sweep(study, engine=Backend(train=train, check=own.check, warm=own.warm), on_event=hear).stopped:
            raise SystemExit("The sweep was interrupted; nothing was measured.")
    trained, span, used = busy(traces)
    idle, parent = span - trained, cpu[1] - cpu[0]
    return [
        ("training", trained, trained / span),
        ("idle", idle, idle / span),
        ("parent", parent, parent / used),
        ("idle and parent", idle + parent, idle / span + parent / used),
        *((name, spent[key], spent[key] / span) for name, key in PARTS.items()),
    ]


def main(folder: Path, trials: int) -> int:
    """Measures, prints and writes; the exit status."""
    with tempfile.TemporaryDirectory() as temporary:
        rows = measure(Path(temporary), trials)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "overhead.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["part", "seconds", "share", "limit", "ok"])
        for name, seconds, share in rows:
            limit = LIMIT if name == "idle and parent" else ""
            writer.writerow([name, f"{seconds:.3f}", f"{share:.5f}", limit, limit == "" or share <= LIMIT])
            print(f"{name:16} {seconds:9.3f} s  {share:8.3%}")
    return int({name: share for name, _, share in rows}["idle and parent"] > LIMIT)


if __name__ == "__main__":
    from benchmarks.overhead import main  # workers find functions of modules, not of the script that runs

    given = [*sys.argv[1:], *("results/published/bench", "5120")[len(sys.argv) - 1 :]]
    sys.exit(main(Path(given[0]), int(given[1])))

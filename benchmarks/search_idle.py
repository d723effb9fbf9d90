"""How long the workers of a live search wait: `python -m benchmarks.search_idle [FOLDER] [SAMPLER]`.

One search of real trials (digits, width 128, 96 settings, a worker a core), the report left out. Writes
FOLDER/search_idle.csv (results/published/bench if not given). Columns: part, seconds, share, limit, ok. `waited`: no
stack was in training at a worker, as a share of all workers' time from the first stack's beginning to the last one's
end: asking, hearing and the last stack's end count, starting up does not. Ends with status 1 if that is more than 10 %.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import os
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from ablate import configure, report
from ablate.engine.program import Stack
from ablate.executors import local
from ablate.outcomes.curves import Curves
from ablate.remedy_search import options
from ablate.remedy_search.search import search
from ablate.runner import training_backend

LIMIT = 0.10
TRACES = "SEARCH_IDLE_TRACES"
WORDS = (
    "study=idle", "task=digits", "width=128", "loss=clipped,fused,keras_logits_lost,mse",
    "learning_rate=0.05,0.02,0.01,0.001", "activation=leaky_relu,relu,tanh", "optimizer=adam,sgd",
    "search.trials=800", "search.claims=2",
)  # fmt: skip


def train(stack: Stack) -> list[Curves]:
    """Train as the package does; write its beginning and end into a file."""
    began = time.monotonic()
    found = training_backend.package_engine().train(stack)
    with (Path(os.environ[TRACES]) / f"{os.getpid()}").open("a") as file:
        file.write(f"{began} {time.monotonic()} {len(stack.trials)} {stack.slots}\n")
    return found


def measure(folder: Path, sampler: str) -> list[tuple[str, float, float]]:
    """(part, seconds, share) of one search."""
    traces = folder / "traces"
    traces.mkdir()
    study, config = configure.search([*WORDS, f"search.sampler={sampler}", f"results_dir={folder}"])
    engine = dataclasses.replace(training_backend.package_engine(), train=train)
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, {TRACES: str(traces)}))
        stack.enter_context(mock.patch.object(training_backend, "own", return_value=engine))
        stack.enter_context(mock.patch.object(report, "write", return_value=None))
        if search(study, options.read(config)).summary.stopped:
            raise SystemExit("The search did not end well; nothing was measured.")
    rows = [tuple(map(float, line.split())) for path in traces.iterdir() for line in path.read_text().splitlines()]
    span = local.cores() * (max(row[1] for row in rows) - min(row[0] for row in rows))
    trained, trials, slots = (
        sum(row[1] - row[0] for row in rows),
        sum(row[2] for row in rows),
        sum(row[3] for row in rows),
    )
    return [
        ("training", trained, trained / span),
        ("waited", span - trained, 1 - trained / span),
        (f"slots that held a trial, of {slots:.0f}", 0.0, trials / slots),
    ]


def main(folder: Path, sampler: str) -> int:
    """Measures, prints and writes; the exit status."""
    with tempfile.TemporaryDirectory() as temporary:
        rows = measure(Path(temporary), sampler)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "search_idle.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["part", "seconds", "share", "limit", "ok"])
        for name, seconds, share in rows:
            limit = LIMIT if name == "waited" else ""
            writer.writerow([name, f"{seconds:.3f}", f"{share:.4f}", limit, limit == "" or share <= LIMIT])
            print(f"{name:32} {seconds:9.3f} s  {share:8.3%}")
    return int({name: share for name, _, share in rows}["waited"] > LIMIT)


if __name__ == "__main__":
    from benchmarks.search_idle import main  # workers find functions of modules, not of the script that runs

    given = [*sys.argv[1:], *("results/published/bench", "auto")[len(sys.argv) - 1 :]]
    sys.exit(main(Path(given[0]), given[1]))

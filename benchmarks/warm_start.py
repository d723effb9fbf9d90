"""How long a program takes from its call to its first step: `python -m benchmarks.warm_start [FOLDER] [ROUNDS]`.

In turn, in fresh processes of one core and thread with a worker's settings: no program is kept (`off`), programs are
made and kept (`new`), and they are found (`kept`). A process starts two programs, because the first pays for what
TensorFlow itself sets up at its first operation; its import is not counted. Writes FOLDER/warm_start.csv
(results/published/bench if not given): round, programs, place in the process, seconds of processor and of the clock
from call to first step (a first call of `train` less a second one, which only trains), the seconds of processor for the
Keras network, for tracing and translating, and for the rest (compiling or loading), and whether the curves have the
same bits as those of `off`. Ends with status 1 if any has not.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks import work
from benchmarks.serve import QUIET
from benchmarks.turns import ROOT, environment

WIDTHS, STEPS, LOOKS = (64, 48), 40, 4
COLUMNS = ("round", "programs", "place", "processor", "clock", "network", "tracing", "code", "same_bits")


def one() -> list[dict[str, object]]:
    """Start a program of each width in this process; return the seconds and a digest of the curves of each."""
    from ablate import engine, store
    from ablate.engine import fused, program, traced_program

    found = []
    for width in WIDTHS:
        words = ("study=warm_start", "loss=fused", "activation=relu", "optimizer=adam", f"width={width}")
        stack = program.stacks(work.trials([*words, f"steps={STEPS}", f"looks={LOOKS}", "seed=range(8)"]))[0]
        parts: Counter[str] = Counter()
        with (
            mock.patch.object(fused, "network", timed(fused.network, parts, "network")),
            mock.patch.object(traced_program, "export", timed(traced_program.export, parts, "tracing")),
        ):
            first, again = (spent(partial(engine.train, stack)) for _ in range(2))
        digests = [store.digest(curves) for curves in engine.train(stack)]
        start = {name: first[name] - again[name] for name in first}
        found.append({**start, **parts, "bits": hashlib.sha256("".join(digests).encode()).hexdigest()})
    return found


def spent(call: Callable[[], Any]) -> dict[str, float]:
    """Return the seconds that a call takes, of the processor and of the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    call()
    return {"processor": time.process_time() - processor, "clock": time.perf_counter() - clock}


def timed(function: Callable[..., Any], parts: Counter[str], name: str) -> Callable[..., Any]:
    """Return the function; each call adds its seconds of processor to a part."""

    def call(*arguments: Any) -> Any:
        began = time.process_time()
        result = function(*arguments)
        parts[name] += time.process_time() - began  # type: ignore[assignment]
        return result

    return call


def apart(programs: str) -> list[dict[str, Any]]:
    """Return `one` of a process of its own, as a worker is, which keeps programs in a folder or has them `off`."""
    from ablate.executors import worker

    surroundings = {**environment(), **QUIET, **worker.environment(), "ABLATE_PROGRAMS": programs}
    words = [sys.executable, "-m", "benchmarks.warm_start", "one"]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT, env=surroundings)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(folder: str = "results/published/bench", rounds: str = "3") -> int:
    """Measure, print and write; return the exit status."""
    rows, same = [], True
    for number in range(int(rounds)):
        with tempfile.TemporaryDirectory(prefix="ablate-warm-") as programs:
            runs = {"off": apart("off"), "new": apart(programs), "kept": apart(programs)}
        for kind, found in runs.items():
            for place, (seconds, off) in enumerate(zip(found, runs["off"], strict=True), start=1):
                network, tracing = seconds.get("network", 0.0), seconds.get("tracing", 0.0)
                parts = (seconds["processor"], seconds["clock"], network, tracing)
                code = seconds["processor"] - network - tracing
                rows.append(
                    (number, kind, place, *(f"{each:.3f}" for each in (*parts, code)), seconds["bits"] == off["bits"])
                )
                same = same and seconds["bits"] == off["bits"]
                print(*rows[-1], flush=True)
    Path(folder).mkdir(parents=True, exist_ok=True)
    with (Path(folder) / "warm_start.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows(rows)
    return int(not same)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(json.dumps(one()))
    else:
        sys.exit(main(*sys.argv[1:]))

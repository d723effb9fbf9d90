"""What XLA's settings for workers bring: `python -m benchmarks.schedule [FOLDER] [WIDTH ...]`.

One stack on one core and thread, in fresh processes with and without `ablate.engine.xla_flags.OURS`, in turn. Writes
FOLDER/schedule.csv (results/published/bench if not given): width, round, microseconds a trial-step with and without,
their ratio, and whether all curves have the same bits; ends with status 1 if any has not.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import work
from benchmarks.serve import QUIET
from benchmarks.turns import ROOT, environment

WIDTHS, ROUNDS, WARM = (32, 64, 128, 256, 1024), 3, 3
STEPS, LOOKS = 200, 12
COLUMNS = ("width", "round", "with", "without", "ratio", "same_bits")


def one(width: int) -> dict[str, object]:
    """Return the least microseconds a trial-step of this process' warm stacks, and a digest of all curves."""
    from ablate import engine, store
    from ablate.engine import program

    words = ("study=schedule", "loss=fused", "activation=relu", "optimizer=adam", f"width={width}")
    trials = work.trials([*words, f"steps={STEPS}", f"looks={LOOKS}", f"seed=range({program.slots_for(width)})"])
    (stack,) = program.stacks(trials)
    digests = [store.digest(curves) for curves in engine.train(stack)]
    seconds = []
    for _ in range(WARM):
        began = time.perf_counter()
        engine.train(stack)
        seconds.append(time.perf_counter() - began)
    bits = hashlib.sha256("".join(digests).encode()).hexdigest()
    return {"us": 1e6 * min(seconds) / len(trials) / STEPS, "bits": bits}


def apart(width: int, flags: str) -> dict[str, object]:
    """`one` in a process of its own, as a worker is but for the flags."""
    from ablate.executors import worker

    surroundings = {**environment(), **QUIET, **worker.ONE_THREAD, "XLA_FLAGS": flags}
    words = [sys.executable, "-m", "benchmarks.schedule", "one", str(width)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT, env=surroundings)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(folder: str = "results/published/bench", *widths: str) -> int:
    """Measures, prints and writes; the exit status."""
    from ablate.engine import xla_flags

    rows = []
    for width in map(int, widths or map(str, WIDTHS)):
        for number in range(ROUNDS):
            ours, plain = apart(width, xla_flags.joined("")), apart(width, "")
            ratio = float(str(plain["us"])) / float(str(ours["us"]))
            rows.append((width, number, ours["us"], plain["us"], ratio, ours["bits"] == plain["bits"]))
            print(f"width {width:5}: {ours['us']:8.1f} us with, {plain['us']:8.1f} without, {ratio:.3f}x", flush=True)
    Path(folder).mkdir(parents=True, exist_ok=True)
    with (Path(folder) / "schedule.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows([(w, n, f"{a:.1f}", f"{b:.1f}", f"{r:.3f}", same) for w, n, a, b, r, same in rows])
    return int(not all(row[-1] for row in rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(json.dumps(one(int(sys.argv[2]))))
    else:
        sys.exit(main(*sys.argv[1:]))

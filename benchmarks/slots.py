"""Trial-steps a second by number of slots and width, beside the committed table's choice.

`python -m benchmarks.slots [FOLDER] [WIDTH ...]`. One worker's stack, on one core and thread, once compiled: the best
of three turns, after one that warms. Writes FOLDER/slots.csv (results/published/bench if not given): width, slots,
trial_steps_a_second, committed, best; and prints what the choice in `ablate/engine/program.py` loses against the best.
The table is part of every result's bits, so it changes with SEMANTICS only.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from ablate.engine import program
from ablate.executors import worker
from benchmarks import work
from benchmarks.serve import QUIET
from benchmarks.turns import ROOT, environment

WIDTHS = (32, 64, 128, 256, 512, 1024)
SLOTS = (4, 8, 16, 32, 64, 128)
TURNS = 3
WORK = 3e9
"""Multiply-adds that one turn is made to take, about: a tenth of a second and more."""


def rate(width: int, slots: int) -> float:
    """Trial-steps a second of a full stack of that many slots, on this process's core."""
    from ablate import engine

    steps = max(4, min(200, round(WORK / (slots * work.flops(width) / 2.0))))
    words = ("study=slots", "loss=fused", "activation=relu", f"width={width}", f"steps={steps}", "looks=2")
    trials = work.trials([*words, f"seed=range({slots})"])
    (shape,) = {stack.program for stack in program.stacks(trials)}
    stack = program.Stack(program=shape, slots=slots, trials=tuple(trials))
    engine.train(stack)
    best = float("inf")
    for _ in range(TURNS):
        began = time.perf_counter()
        engine.train(stack)
        best = min(best, time.perf_counter() - began)
    return slots * steps / best


def rates(width: int, counts: tuple[int, ...]) -> dict[int, float]:
    """`rate` by number of slots, in a new process on one core and thread."""
    words = [sys.executable, "-m", "benchmarks.slots", "one", str(width), *map(str, counts)]
    surroundings = {**environment(), **worker.environment(), **QUIET}
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT, env=surroundings)
    found = json.loads(done.stdout.splitlines()[-1])
    return {int(slots): float(value) for slots, value in found.items()}


def main(folder: Path, widths: tuple[int, ...]) -> None:
    """Measures each width, prints and writes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "slots.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["width", "slots", "trial_steps_a_second", "committed", "best"])
        for width in widths:
            chosen = program.slots_for(width)
            found = rates(width, tuple(sorted({*SLOTS, chosen})))
            best = max(found, key=lambda slots: found[slots])
            for slots, value in found.items():
                out.writerow([width, slots, f"{value:.0f}", slots == chosen, slots == best])
            told = "  ".join(f"{slots}: {value:,.0f}" for slots, value in found.items())
            loss = 1.0 - found[chosen] / found[best]
            print(f"width {width:4}  {told}\n  committed {chosen}, best {best}: loses {loss:.0%}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(json.dumps({slots: rate(int(sys.argv[2]), slots) for slots in map(int, sys.argv[3:])}))
    else:
        chosen_widths = tuple(map(int, sys.argv[2:])) or WIDTHS
        main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/bench"), chosen_widths)

"""Microseconds a trial-step by number of slots and width, beside the committed table's choice.

`python -m benchmarks.slots [FOLDER] [WIDTH ...]`. One worker's full stacks on one core and thread, once compiled: the
least processor time of some turns, in which all numbers of slots take part one after the other, so that other work on
the machine meets all of them. Writes FOLDER/slots.csv (results/published/bench if not given): width, slots,
us_a_trial_step, committed, best, processor; and prints what the choice in `ablate/engine/program.py` loses against the
best. The candidates divide 20 or are its double, because people's seeds do: then few slots stay empty. The table is
part of every result's bits, so it changes with SEMANTICS only.
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
from ablate.store import manifest
from benchmarks import work
from benchmarks.serve import QUIET
from benchmarks.turns import ROOT, environment

WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
SLOTS = (4, 5, 10, 20, 40)
TURNS = 5
WORK = 3e9
"""Multiply-adds that one turn is made to take, about: a tenth of a second and more."""


def stack_of(width: int, slots: int) -> program.Stack:
    """A full stack of that many slots."""
    steps = max(4, min(200, round(WORK / (slots * work.flops(width) / 2.0))))
    words = ("study=slots", "loss=fused", "activation=relu", f"width={width}", f"steps={steps}", "looks=2")
    trials = work.trials([*words, f"seed=range({slots})"])
    (shape,) = {stack.program for stack in program.stacks(trials)}
    return program.Stack(program=shape, slots=slots, trials=tuple(trials))


def measured(width: int, counts: tuple[int, ...]) -> dict[int, float]:
    """Microseconds a trial-step by number of slots, on this process's core."""
    from ablate import engine

    stacks = [stack_of(width, slots) for slots in counts]
    least = dict.fromkeys(counts, float("inf"))
    for turn in range(TURNS + 1):
        for stack in stacks:
            began = time.process_time()
            engine.train(stack)
            if turn:  # the first turn compiles
                each = 1e6 * (time.process_time() - began) / stack.slots / stack.trials[0].budget.steps
                least[stack.slots] = min(least[stack.slots], each)
    return least


def apart(width: int, counts: tuple[int, ...]) -> dict[int, float]:
    """`measured`, in a new process on one core and thread."""
    words = [sys.executable, "-m", "benchmarks.slots", "one", str(width), *map(str, counts)]
    surroundings = {**environment(), **worker.environment(), **QUIET}
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT, env=surroundings)
    found = json.loads(done.stdout.splitlines()[-1])
    return {int(slots): float(value) for slots, value in found.items()}


def main(folder: Path, widths: tuple[int, ...]) -> None:
    """Measures each width, prints and writes."""
    folder.mkdir(parents=True, exist_ok=True)
    processor = manifest.machine()["processor"]
    with (folder / "slots.csv").open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["width", "slots", "us_a_trial_step", "committed", "best", "processor"])
        for width in widths:
            chosen = program.slots_for(width)
            found = apart(width, tuple(sorted({*SLOTS, chosen})))
            best = min(found, key=lambda slots: found[slots])
            for slots, value in found.items():
                out.writerow([width, slots, f"{value:.1f}", slots == chosen, slots == best, processor])
            file.flush()
            told = "  ".join(f"{slots}: {value:,.1f}" for slots, value in found.items())
            loss = found[chosen] / found[best] - 1.0
            print(f"width {width:4}  {told}\n  committed {chosen}, best {best}: loses {loss:.0%}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(json.dumps(measured(int(sys.argv[2]), tuple(map(int, sys.argv[3:])))))
    else:
        chosen_widths = tuple(map(int, sys.argv[2:])) or WIDTHS
        main(Path(sys.argv[1] if len(sys.argv) > 1 else "results/published/bench"), chosen_widths)

"""What is not training: planning, handing out, states, store, packing and decoding; time a trial, and memory.

`python -m benchmarks.costs plan TRIALS` and `... around TRIALS` measure one size in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from typing import Any
from unittest import mock

from ablate import tasks
from ablate.design import designs
from ablate.engine import program
from ablate.runner import training_order
from ablate.runner.sweep import sweep
from ablate.runner.training_backend import Backend
from benchmarks.rows import Found
from benchmarks.turns import ROOT, environment, held_by
from validation import scale

SIZES = (1_000, 10_000, 100_000)
PLANNED = 1_000_000


def measure(found: Found, sizes: tuple[int, ...], planned: int, host: float) -> None:
    """Add the time that a trial of each size takes without training, and the plan of a large study.

    Args:
        found: where to.
        sizes: trials.
        planned: trials to plan.
        host: milliseconds a trial that a worker spends outside its compiled program: packing, decoding, canary.
    """
    title = "not training, ms a trial"
    found.figure(title, "packing and decoding, in a worker", "ms", [host])
    for size in sizes:
        row = own_process("around", size)
        each = row["seconds"] * 1e3 / row["trials"]
        found.figure(f"{title}, {size:,} trials", "plan, hand out, states, store", "ms", [each], row["trials"])
        target = "<= 1" if size == max(sizes) else ""
        found.ratio(f"{title}, {size:,} trials", "", [each + host], target)
    row = own_process("plan", planned)
    found.ratio(f"planning {planned:,} trials, s", "", [row["seconds"]], "<= 60")
    found.ratio(f"planning {planned:,} trials, GB", "", [row["megabytes"] / 1024], "<= 2")


def own_process(what: str, trials: int) -> dict[str, Any]:
    """Trials, seconds and megabytes of that size, from a new process."""
    words = [sys.executable, "-m", "benchmarks.costs", what, str(trials)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT, env=environment())
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def plan(trials: int) -> dict[str, float]:
    """Composes a study of that size, makes its trials' ids, its stacks, and their order."""
    began = time.perf_counter()
    study = scale.study(trials, "unused")
    planned = designs.trials(study, lambda params: tasks.load(params).hash)
    stacks = training_order.order(planned, program.stacks)
    return _said(sum(len(stack.trials) for stack in stacks), began)


def around(trials: int) -> dict[str, float]:
    """Run a sweep whose training costs nothing, from composing to the compacted store, without its report."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stack.enter_context(mock.patch("ablate.outcomes.chance_level.measure", return_value=scale.CHANCE))
        stack.enter_context(mock.patch("ablate.report.write", return_value=None))
        began = time.perf_counter()
        backend = Backend(train=scale.train, check=scale.check_loss, warm="validation.scale")
        summary = sweep(scale.study(trials, folder), on_event=lambda _: None, engine=backend)
        if summary.kept < summary.planned:
            raise SystemExit(f"{summary.kept} of {summary.planned} trials were kept.")
        return _said(summary.planned, began)


def _said(trials: int, began: float) -> dict[str, float]:
    return {"trials": trials, "seconds": time.perf_counter() - began, "megabytes": held_by()}


if __name__ == "__main__":
    print(json.dumps({"plan": plan, "around": around}[sys.argv[1]](int(sys.argv[2]))))

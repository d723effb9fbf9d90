"""What a worker may take before it is ended: memory, and time for one stack.

A level that allocates without end must not take the machine along, and one that hangs must not hold a sweep for ever.
Memory is what a process holds for itself alone, as Linux counts it; elsewhere only the system's own limits hold.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ablate.core.study import TASK
from ablate.remedies.start import START

if TYPE_CHECKING:
    from ablate.core.study import Execution
    from ablate.engine.program import Stack

SHARE = 0.85
"""Of the machine's memory, what all workers together may hold."""

FULL = 0.6
"""A worker that holds this share of what it may is replaced between two stacks: what it holds is mostly programs."""

GROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where a container's own limit stands."""

LEAST_SECONDS = 300.0
"""No stack is given up before that, whatever the estimate: a crowded machine compiles slowly."""

GENEROSITY = 20.0
"""So many times its estimate may a stack take."""

ALONE_SECONDS = 0.02
"""And so much for a step of a trial that trains by itself, in plain Keras."""


def _for_ever(stack: Stack) -> float:
    del stack
    return math.inf


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Megabytes a worker may hold, and seconds it may take, by stack."""

    megabytes: float = math.inf
    seconds: Callable[[Stack], float] = _for_ever


def of(execution: Execution, workers: int) -> Limits:
    """The limits a study asks for; where it asks for none, a share of the machine, and many times the estimate."""
    megabytes = float(execution.memory) or SHARE * machine_megabytes() / max(1, workers)
    if execution.patience:
        patience = float(execution.patience)
        return Limits(megabytes=megabytes, seconds=lambda _: patience)
    return Limits(megabytes=megabytes, seconds=patience_for)


def patience_for(stack: Stack) -> float:
    """Seconds after which a stack is taken to hang: many times what `plan` estimates, and never under five minutes."""
    from ablate import tasks
    from ablate.engine import program

    trial = stack.trials[0]
    task = tasks.load(trial.setting[TASK].params)
    cost = program.estimate([stack], features=task.inputs.shape[1], classes=task.classes, workers=1)
    after = trial.setting[START].params.get("after") or {}
    steps = trial.budget.steps + int(after.get("steps", 0))
    seconds = 60.0 * cost.minutes * steps / trial.budget.steps
    single = ALONE_SECONDS * steps * len(stack.trials) if program.alone(trial) else 0.0
    return float(LEAST_SECONDS + GENEROSITY * seconds + single)


def excess(limits: Limits, pid: int, stack: Stack, seconds: float) -> tuple[str, bool]:
    """Why a worker must be ended, empty if it need not be; and whether that is for memory.

    Args:
        limits: what it may take.
        pid: its process.
        stack: what it trains.
        seconds: since when.
    """
    allowed = limits.seconds(stack)
    if seconds > allowed:
        return f"took longer than {allowed:,.0f} seconds (`patience`)", False
    megabytes = held_megabytes(pid) if limits.megabytes < math.inf else 0.0
    if megabytes > limits.megabytes:
        return f"held {megabytes:,.0f} MB of memory, more than {limits.megabytes:,.0f} (`memory`)", True
    return "", False


def full(limits: Limits, pid: int) -> bool:
    """Whether a worker holds so much that its next programs may be too many. Compiled programs are never given back."""
    from ablate.engine.program import HELD_MEGABYTES

    return held_megabytes(pid) > min(FULL * limits.megabytes, HELD_MEGABYTES)


def held_megabytes(pid: int) -> float:
    """What a process holds for itself alone; 0 where the system does not say."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    except (OSError, ValueError):
        pass
    return 0.0


def machine_megabytes() -> float:
    """The machine's memory, or the container's if that is less; infinite where the system does not say."""
    try:
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (AttributeError, OSError, ValueError):
        found = math.inf
    for path in GROUPS:
        try:
            found = min(found, int(path.read_text(encoding="utf-8")) / 2**20)
        except (OSError, ValueError):  # no such group, or "max"
            continue
    return found

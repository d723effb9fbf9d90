"""Limit a worker's memory, and its time for one stack.

A level that allocates without end must not bring the machine down, and one that hangs must not stop a sweep for ever.
Memory that a worker shares with other processes does not count. Only Linux tells the difference; on other systems this
module does not limit memory.
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
"""The share of the machine's memory that all workers together may hold."""

FULL = 0.6
"""A worker that holds this share of its limit is replaced between two stacks; it holds mostly compiled programs."""

GROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Files that hold a container's memory limit."""

LEAST_SECONDS = 300.0
"""Every stack may take at least so long: a crowded machine compiles slowly."""

GENEROSITY = 20.0
"""A stack may take LEAST_SECONDS and, beyond that, so many times its estimate."""

ALONE_SECONDS = 0.02
"""Seconds for each step that a trial that trains by itself may take beyond both."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a worker may take.

    Attributes:
        megabytes: memory that it may hold.
        seconds: stack -> seconds that it may take.
    """

    megabytes: float = math.inf
    seconds: Callable[[Stack], float] = lambda _: math.inf


def limits_of(execution: Execution, workers: int) -> Limits:
    """Return the limits that a study asks for; by default a share of the machine, and many times a stack's estimate.

    Args:
        execution: how the study is run.
        workers: how many workers share this machine.
    """
    megabytes = float(execution.memory) or SHARE * machine_megabytes() / max(1, workers)
    if execution.patience:
        patience = float(execution.patience)
        return Limits(megabytes=megabytes, seconds=lambda _: patience)
    return Limits(megabytes=megabytes, seconds=patience_for)


def patience_for(stack: Stack) -> float:
    """Return the seconds after which a stack counts as hanging: five minutes and many times what `plan` estimates."""
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
    """Say why a worker must be ended, and whether it is for memory; return ("", False) if it may go on.

    Args:
        limits: what the worker may take.
        pid: its process id.
        stack: the stack that it trains.
        seconds: how long it has trained the stack.
    """
    allowed = limits.seconds(stack)
    if seconds > allowed:
        return f"took longer than {allowed:,.0f} seconds (`patience`)", False
    megabytes = held_megabytes(pid) if limits.megabytes < math.inf else 0.0
    if megabytes > limits.megabytes:
        return f"held {megabytes:,.0f} MB of memory, more than {limits.megabytes:,.0f} (`memory`)", True
    return "", False


def is_full(limits: Limits, pid: int) -> bool:
    """Return whether a worker's memory is too full for more programs; a process never gives compiled programs back.

    Args:
        limits: what the worker may take.
        pid: its process id.
    """
    from ablate.engine.program import HELD_MEGABYTES

    return held_megabytes(pid) > min(FULL * limits.megabytes, HELD_MEGABYTES)


def held_megabytes(pid: int) -> float:
    """Return the memory that a process shares with no other; 0 if the system does not tell."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    except (OSError, ValueError):
        pass
    return 0.0


def machine_megabytes() -> float:
    """Return the machine's memory, or the container's if that is less; infinity if the system does not tell."""
    try:
        megabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (AttributeError, OSError, ValueError):
        megabytes = math.inf
    for path in GROUPS:
        try:
            megabytes = min(megabytes, int(path.read_text(encoding="utf-8")) / 2**20)
        except (OSError, ValueError):  # no such group, or "max"
            continue
    return megabytes

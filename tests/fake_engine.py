"""A quick engine for tests of everything around training: curves are a function of the trial's id alone."""

from __future__ import annotations

import dataclasses
import gc
import os
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ablate.core.study import Trial
from ablate.engine.program import Stack
from ablate.executors import limits
from ablate.outcomes.curves import SIGNALS, Curves

SECONDS = "FAKE_SECONDS"
"""Environment: how long a stack takes."""

TRACES = "FAKE_TRACES"
"""Environment: a folder in which every trained trial leaves a file, one line per training."""


def curves_of(trial: Trial) -> Curves:
    rng = np.random.default_rng(int(trial.id, 16))
    steps = np.array(trial.budget.schedule, dtype=np.float32)
    level = (25.0, 250.0)[int(trial.id, 16) % 2]
    signals = {name: np.zeros(len(steps), np.float32) for name in SIGNALS} | {
        "step": steps,
        "loss": rng.normal(2.3, 0.01, len(steps)).astype(np.float32),
        "correct": np.where(np.arange(len(steps)) > 0, level, 0).astype(np.float32),
        "gradient_norm": rng.normal(size=len(steps)).astype(np.float32),
        "finite": np.ones(len(steps), np.float32),
    }
    return Curves(id=trial.id, signals=signals, wall_seconds=rng.random(), signature={"slots": 64, "engine": "fake"})


def train(stack: Stack) -> list[Curves]:
    time.sleep(float(os.environ.get(SECONDS, "0")))
    if TRACES in os.environ:
        for trial in stack.trials:
            with (Path(os.environ[TRACES]) / trial.id).open("a") as file:
                file.write(f"{os.getpid()}\n")
    return [curves_of(trial) for trial in stack.trials]


def train_but_seed_1_raises(stack: Stack) -> list[Curves]:
    if any(trial.seed == 1 for trial in stack.trials):
        raise ArithmeticError("seed 1 cannot be trained")
    return train(stack)


def train_with_a_long_coloured_error(stack: Stack) -> list[Curves]:
    raise ValueError(f"\x1b[1mslot\n\n{len(stack.trials)}\x1b[0m " + "x" * 10_000)


def train_but_seed_1_kills(stack: Stack) -> list[Curves]:
    if any(trial.seed == 1 for trial in stack.trials):
        os.kill(os.getpid(), signal.SIGKILL)
    return train(stack)


def train_but_seed_1_hangs(stack: Stack) -> list[Curves]:
    while any(trial.seed == 1 for trial in stack.trials):
        time.sleep(0.1)
    return train(stack)


def train_but_seed_1_swallows(stack: Stack) -> list[Curves]:
    """Allocates without end, a piece of touched pages after the other."""
    held = []
    while any(trial.seed == 1 for trial in stack.trials):
        held.append(np.ones(2**21))
        time.sleep(0.01)
    return train(stack)


def train_and_keep_programs(stack: Stack) -> list[Curves]:
    """Holds 60 MB more for each program it has seen, as TensorFlow does, and says in the message how much it holds."""
    if stack.program not in _programs:
        _programs[stack.program] = np.ones(60 * 2**17)
    held = int(limits.held_megabytes(os.getpid()))
    return [dataclasses.replace(curves_of(trial), message=f"{os.getpid()} {held}") for trial in stack.trials]


_programs: dict[str, np.ndarray] = {}


def train_slowly(stack: Stack) -> list[Curves]:
    time.sleep(0.5)
    return train(stack)


def train_but_seed_0_waits_for_seed_1(stack: Stack) -> list[Curves]:
    """Trains seed 0 as soon as another worker has trained seed 1; fails if none does."""
    began = time.monotonic()
    while stack.trials[0].seed == 0 and not (Path(os.environ[TRACES]) / f"{1:016x}").exists():
        if time.monotonic() - began > 60.0:
            raise TimeoutError("no other worker has trained seed 1")
        time.sleep(0.02)
    return train(stack)


def train_others(stack: Stack) -> list[Curves]:
    return train(stack)[1:]


def train_what_cannot_travel(stack: Stack) -> list[Curves]:
    return [lambda: stack]  # type: ignore[list-item]


def worker_facts(stack: Stack) -> list[Curves]:
    """Tells about the worker instead of the trial."""
    cores = sorted(os.sched_getaffinity(0))
    return [
        Curves(
            id=trial.id,
            signals={},
            signature={
                "pid": os.getpid(),
                "cores": cores,
                "omp": os.environ["OMP_NUM_THREADS"],
                "xla": os.environ["XLA_FLAGS"],
                "frozen": gc.get_freeze_count(),
            },
        )
        for trial in stack.trials
    ]


def check_losses(trials: Sequence[Trial]) -> dict[str, int]:
    return {"trials": len(trials)}


def check_each_loss(trials: Sequence[Trial]) -> list[dict[str, object]]:
    return [{"loss": trial.setting["loss"].params, "trials": len(trials)} for trial in trials]


def refuse_losses(trials: Sequence[Trial]) -> dict[str, int]:
    from ablate.core.errors import LossCheckError

    raise LossCheckError(f"the losses agree on {len(trials)} trials")


def check_for_ever(trials: Sequence[Trial]) -> dict[str, int]:
    del trials
    while True:
        time.sleep(0.1)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leaves_a_file(stack: Stack) -> list[Curves]:
    """Leaves a temporary file, as TensorFlow does."""
    with tempfile.NamedTemporaryFile(prefix="left-", delete=False):
        return worker_facts(stack)


def worker_facts_slowly(stack: Stack) -> list[Curves]:
    """Tells about the worker, late enough for another to take the next stack."""
    time.sleep(0.5)
    return worker_facts(stack)


def surroundings() -> dict[str, object]:
    """Say what a worker has from its parent, and what random numbers it draws."""
    return {
        "variables": dict(os.environ),
        "cores": os.sched_getaffinity(0),
        "blocked": signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "folder": str(Path.cwd()),
        "temporary": tempfile.gettempdir(),
        "parent": os.getppid(),
        "drawn": random.random(),  # noqa: S311 - a user's builder may draw so, and as in the next line
        "drawn by NumPy": float(np.random.random()),  # noqa: NPY002
    }

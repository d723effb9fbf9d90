"""Two sides in turn: processes that are told to work, and the ratios of each pair."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.work import Case

ROOT = Path(__file__).resolve().parents[1]


def held_by(process: str = "self") -> float:
    """Return the most megabytes that a process has held at once, as Linux counts (VmHWM); 0 if it has ended.

    `ru_maxrss` also counts what the process held that started this one.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What came of one go: seconds on the clock, and the processes' answers."""

    seconds: float
    answers: tuple[Any, ...]

    @property
    def accuracies(self) -> dict[str, float]:
        """Last accuracy by job."""
        return {name: value for answer in self.answers for name, value in answer["accuracies"].items()}


@dataclass(kw_only=True)
class Running:
    """The processes of one side; `errors` is what they wrote of trouble."""

    processes: list[subprocess.Popen[str]]
    errors: IO[str]

    def prepare(self, name: str, cases: Sequence[Case]) -> Callable[[], Turn]:
        """Has each process get its case ready; what comes back has all of them work once, together."""
        self._tell([json.dumps([name, case.text()]) for case in cases])
        self.hear()
        return lambda: self._go(name)

    def _go(self, name: str) -> Turn:
        began = time.perf_counter()
        self._tell([json.dumps([name])] * len(self.processes))
        answers = self.hear()
        return Turn(seconds=time.perf_counter() - began, answers=answers)

    def _tell(self, lines: Sequence[str]) -> None:
        for process, line in zip(self.processes, lines, strict=True):
            assert process.stdin is not None  # noqa: S101 - a pipe, by construction
            process.stdin.write(f"{line}\n")
            process.stdin.flush()

    def hear(self) -> tuple[Any, ...]:
        """Return the next answer of each process.

        Raises:
            RuntimeError: one has ended instead, with the last lines that it wrote.
        """
        answers = []
        for process in self.processes:
            assert process.stdout is not None  # noqa: S101 - a pipe, by construction
            line = process.stdout.readline()
            if not line:
                self.errors.seek(0)
                raise RuntimeError(f"A peer must answer; this one ended:\n{self.errors.read()[-2_000:]}")
            answers.append(json.loads(line))
        return tuple(answers)


@contextmanager
def running(module: str, count: int = 1, *, pinned: bool = False) -> Iterator[Running]:
    """So many processes of a peer, ended when the block is left; pinned, each has a core of its own and one thread."""
    cores = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        own = Running(processes=[], errors=stack.enter_context(tempfile.TemporaryFile("w+")))
        surroundings = environment(stack.enter_context(tempfile.TemporaryDirectory()))
        for number in range(count):
            core = [str(cores[number % len(cores)])] if pinned else []
            process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.serve", f"benchmarks.peers.{module}", *core],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=own.errors,
                text=True,
                env=surroundings,
            )
            stack.callback(ended, process)
            own.processes.append(process)
        yield own


def environment(programs: str = "off") -> dict[str, str]:
    """Return this process' environment with the checkout first on the import path, and no program compiled before.

    Args:
        programs: an empty folder for compiled programs, in which a worker that is replaced during a grid finds what
            another has compiled, as in use; `off` keeps none.
    """
    path = os.environ.get("PYTHONPATH", "")
    return {
        **os.environ,
        "ABLATE_PROGRAMS": programs,
        "PYTHONPATH": os.pathsep.join([str(ROOT), *([path] if path else [])]),
    }


def ended(process: subprocess.Popen[str]) -> None:
    """End a process by the end of its input; kill one that does not listen."""
    process.stdin and process.stdin.close()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout and process.stdout.close()


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Smallest, middle and largest of so many measurements."""

    n: int
    low: float
    middle: float
    high: float


def micros(turn: Turn) -> float:
    """Microseconds of a trial-step."""
    steps: int = sum(answer["trial_steps"] for answer in turn.answers)
    return turn.seconds * 1e6 / steps


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of these values."""
    return Spread(n=len(values), low=min(values), middle=statistics.median(values), high=max(values))


def in_turn(
    ours: Callable[[], Turn], peers: Mapping[str, Callable[[], Turn]], rounds: int
) -> dict[str, list[tuple[Turn, Turn]]]:
    """By peer, pairs of turns (ours, the peer's), one right after the other."""
    found: dict[str, list[tuple[Turn, Turn]]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, peer in peers.items():
            found[name].append((ours(), peer()))
    return found


def fastest(peers: Mapping[str, Callable[[], Turn]], variants: Mapping[str, str]) -> dict[str, str]:
    """By peer, the variant whose trial-step takes least, in one turn; `variants` says whose variant each is."""
    seconds = {name: micros(peer()) for name, peer in peers.items()}
    best: dict[str, str] = {}
    for name, peer in variants.items():
        if peer not in best or seconds[name] < seconds[best[peer]]:
            best[peer] = name
    return best

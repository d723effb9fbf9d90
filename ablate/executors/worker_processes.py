"""Worker processes: started at once, called, replaced when they die, killed at the end."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from ablate.core.errors import AblateError, PatienceError
from ablate.executors import worker
from ablate.executors.limits import Limits

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from ablate.engine.program import Stack

POLL = 0.5
"""Seconds between two calls of `on_wait` when nothing happens."""

BOOTS = 10
"""So many workers in a row that die before they are ready, and the machine cannot run them."""


@dataclass(kw_only=True)
class Worker:
    """A process, the parent's end of its pipe, and what it was given and has not answered, oldest first.

    `spent` is how many seconds it has had the oldest; time in which the parent itself stood still does not count.
    `full`: compiled programs fill its memory; it finishes what it was given, and another takes its place.
    """

    number: int
    process: SpawnProcess
    pipe: Connection
    given: deque[Stack] = field(default_factory=deque)
    programs: set[str] = field(default_factory=set)
    ready: bool = False
    full: bool = False
    spent: float = 0.0


@dataclass(kw_only=True)
class Crew:
    """The workers of a sweep, and what each may take."""

    members: list[Worker]
    warm: str
    limits: Limits = field(default_factory=Limits)
    failed_boots: int = 0
    looked: float = 0.0


@contextmanager
def crew(workers: int, *, warm: str = "", limits: Limits | None = None) -> Iterator[Crew]:
    """Workers that start at once and are killed at the end; without limits, each may take what it wants."""
    own = Crew(members=[], warm=warm, limits=limits or Limits())
    try:
        own.members += [_start(number, workers, warm) for number in range(workers)]
        yield own
    finally:
        for member in own.members:
            _end(member)


def _start(number: int, workers: int, warm: str) -> Worker:
    context = get_context("spawn")
    here, there = context.Pipe()
    place = number if workers > 1 else -1
    process = context.Process(target=worker.main, args=(there, os.getpid(), place, warm), daemon=True)
    with worker.surroundings():
        process.start()
    there.close()
    return Worker(number=number, process=process, pipe=here)


def _end(member: Worker) -> None:
    """Kills a worker; what it was training is dropped."""
    with suppress(OSError, ValueError):
        member.process.kill()
    member.process.join(timeout=5)
    member.pipe.close()


def call(own: Crew, function: Callable[..., Any], *args: Any, on_wait: Callable[[], None] = lambda: None) -> Any:
    """Calls a function in the first worker, before any stack; its value, or its exception.

    Raises:
        AblateError: the worker died, twice; or whatever the function or `on_wait` raised. Where that is a
            `PatienceError`, the worker was ended.
    """
    for _ in range(2):
        member = own.members[0]
        with suppress(OSError):
            member.pipe.send((function, args))
        try:
            while True:
                while not member.pipe.poll(POLL):
                    on_wait()
                kind, value = member.pipe.recv()
                if kind == "value":
                    return value
                judge(kind, value)
                member.ready = True
        except (EOFError, OSError):
            replace(own, member)
        except PatienceError:
            replace(own, member)
            raise
    name = getattr(function, "__name__", "the call")
    raise AblateError(f"A worker must survive `{name}`. It died twice{reason(member)}.")


def judge(kind: str, value: Any) -> None:
    """Raises what a worker's answer says went wrong, if it does."""
    if kind == "broken":
        raise AblateError(f"Workers must be able to start. Received: {value}")
    if kind == "error":
        raise value if isinstance(value, AblateError) else AblateError(str(value))


def reason(member: Worker) -> str:
    """How a dead worker ended, in parentheses."""
    code = member.process.exitcode
    if code is None or code >= 0:
        return f" (exit status {code})"
    return f" (signal {-code}; 9 is often the system short of memory)"


def replace(own: Crew, member: Worker) -> Worker:
    """A new worker in the place of one that died, or is full."""
    _end(member)
    own.failed_boots = 0 if member.ready else own.failed_boots + 1
    if own.failed_boots >= BOOTS:
        raise AblateError(
            f"Workers must be able to start. {BOOTS} in a row died before they were ready{reason(member)}."
        )
    new = _start(member.number, len(own.members), own.warm)
    own.members[own.members.index(member)] = new
    return new

"""Start worker processes, call functions in them, replace dead workers, and kill all workers at the end."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ablate.core.errors import AblateError, PatienceError
from ablate.executors import fork_server, worker
from ablate.executors.limits import Limits
from ablate.executors.pool import call_twice

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


POLL = 0.5
"""Seconds between two calls of `on_wait` when nothing happens."""

BOOTS = 10
"""If so many workers in a row die before they are ready, the sweep ends with an error."""


@dataclass(kw_only=True)
class Worker:
    """A worker process, as its parent sees it.

    Attributes:
        number: which worker of the crew.
        process: the process.
        pipe: the parent's end of the pipe.
        given: stacks or calls that it was given and has not answered, oldest first.
        programs: programs of the stacks that it has answered.
        asked: whether it was asked to give back the stack that it has not begun, and has not answered yet.
        ready: whether it has answered at all.
        full: whether compiled programs fill its memory; it finishes its stacks and is replaced.
        spent: seconds that it has had the oldest stack; time in which the parent stood still does not count.
    """

    number: int
    process: BaseProcess
    pipe: Connection
    given: deque[Any] = field(default_factory=deque)
    programs: set[str] = field(default_factory=set)
    asked: bool = False
    ready: bool = False
    full: bool = False
    spent: float = 0.0

    @property
    def compiled(self) -> set[str]:
        """Return the programs that it has compiled, or will have when it has trained what it was given."""
        return self.programs | {stack.program for stack in self.given}


@dataclass(kw_only=True)
class Crew:
    """The workers of a sweep.

    Attributes:
        members: the workers.
        warm: a module that each imports first; none if empty.
        limits: what each may take.
        forks: whether workers are forked from a process that has loaded the libraries, not spawned.
        temporary: their folder for temporary files, which ends with them; empty for the system's.
        failed_boots: how many in a row died before they were ready.
        checked: when the limits were last checked, in seconds.
    """

    members: list[Worker]
    warm: str
    forks: bool = False
    limits: Limits = field(default_factory=Limits)
    temporary: str = ""
    failed_boots: int = 0
    checked: float = 0.0


def forks(warm: str) -> bool:
    """Return whether workers that import a module first are forked: where this saves loading the libraries.

    Args:
        warm: the module; none if empty.
    """
    return bool(warm) and fork_server.usable()


@contextmanager
def start_crew(workers: int, *, warm: str = "", limits: Limits | None = None) -> Iterator[Crew]:
    """Start workers, and kill them at the end of the block.

    Args:
        workers: how many.
        warm: a module that each imports first; none if empty.
        limits: what each may take; no limits by default.
    """
    with TemporaryDirectory(prefix="ablate-workers-", ignore_cleanup_errors=True) as temporary:
        crew = Crew(members=[], warm=warm, forks=forks(warm), limits=limits or Limits(), temporary=temporary)
        try:
            if crew.forks:
                fork_server.wait()
            crew.members += [_start(number, workers, crew) for number in range(workers)]
            yield crew
        finally:
            for member in crew.members:
                _end(member)


def _start(number: int, workers: int, crew: Crew) -> Worker:
    context = fork_server.context() if crew.forks else get_context("spawn")
    here, there = context.Pipe()
    core = number if workers > 1 else -1
    with worker.surroundings(crew.temporary):
        parent, variables = (0, dict(os.environ)) if crew.forks else (os.getpid(), None)
        process = context.Process(target=worker.main, args=(there, parent, core, crew.warm, variables), daemon=True)
        process.start()
    there.close()
    return Worker(number=number, process=process, pipe=here)


def _end(member: Worker) -> None:
    """Kill a worker; drop what it was training."""
    with suppress(OSError, ValueError):
        member.process.kill()
    member.process.join(timeout=5)
    member.pipe.close()


def call(crew: Crew, function: Callable[..., Any], *args: Any, on_wait: Callable[[], None] = lambda: None) -> Any:
    """Call a function in the first worker, before it is given stacks; return the value or raise the exception.

    Args:
        crew: the workers.
        function: a function of a module, so that a worker can find it by name.
        args: its arguments.
        on_wait: called at least every half second while the function runs; may raise a PatienceError to give it up.

    Raises:
        AblateError: the worker died, twice; or the function raised.
        PatienceError: `on_wait` raised it; the worker was ended.
    """

    def attempt() -> tuple[str, Any] | str:
        member = crew.members[0]
        with suppress(OSError):
            member.pipe.send((function, args))
        try:
            while True:
                while not member.pipe.poll(POLL):
                    on_wait()
                kind, value = member.pipe.recv()
                if kind in ("value", "error"):
                    return kind, value
                note_start(crew, member, kind, value)
        except (EOFError, OSError):
            replace(crew, member)
            return f"worker died{death_text(member)}"
        except PatienceError:
            replace(crew, member)
            raise

    return call_twice(function, attempt)


def note_start(crew: Crew, member: Worker, kind: str, error: str) -> None:
    """Note a worker's first message, which says whether it could start.

    Args:
        crew: the workers; changed in place.
        member: the worker; changed in place.
        kind: `ready` or `broken`.
        error: why the worker could not start.

    Raises:
        AblateError: the worker could not start.
    """
    if kind == "broken":
        raise AblateError(f"Workers must be able to start. Received: {error}")
    member.ready, crew.failed_boots = True, 0


def death_text(member: Worker) -> str:
    """Say in parentheses how a dead worker ended."""
    code = member.process.exitcode
    if code is None or code >= 0:
        return f" (exit status {code})"
    return f" (signal {-code}; 9 is often the system short of memory)"


def replace(crew: Crew, member: Worker) -> Worker:
    """Start a new worker in the place of one that died or is full, and return it.

    Args:
        crew: the workers; changed in place.
        member: the worker to replace; it is killed if it still runs.

    Raises:
        AblateError: too many workers in a row died before they were ready.
    """
    _end(member)
    crew.failed_boots = 0 if member.ready else crew.failed_boots + 1
    if crew.failed_boots >= BOOTS:
        raise AblateError(
            f"Workers must be able to start. {BOOTS} in a row died before they were ready{death_text(member)}."
        )
    new = _start(member.number, len(crew.members), crew)
    crew.members[crew.members.index(member)] = new
    return new

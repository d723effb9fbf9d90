"""Stacks on this machine: spawned processes of one thread each, kept warm, fed one stack ahead.

A worker that dies costs the stack it was training and nothing else: the stack is reported as lost, a new worker takes
its place. Workers die with their parent, however that dies. The parent itself stays light: what is heavy is imported
by the workers alone.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from typing import TYPE_CHECKING, Any

from ablate.errors import AblateError
from ablate.executors import worker

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from ablate.curves import Curves
    from ablate.engine.program import Stack

POLL = 0.5
"""Seconds between two calls of `on_wait` when nothing happens."""

WINDOW = 16
"""So many stacks from the front of the queue a worker looks for one of a program it has already compiled."""

AHEAD = 2
"""Stacks at a worker: the one it trains, and the next."""

BOOTS = 10
"""So many workers in a row that die before they are ready, and the machine cannot run them."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of a stack.

    Attributes:
        stack: the stack.
        curves: one per trial, in order; None if there are none.
        error: why training raised; empty if it did not.
        lost: whether the worker died while training it.
    """

    stack: Stack
    curves: tuple[Curves, ...] | None = None
    error: str = ""
    lost: bool = False


@dataclass(kw_only=True)
class Worker:
    """A process, the parent's end of its pipe, and what it was given and has not answered, oldest first."""

    number: int
    process: SpawnProcess
    pipe: Connection
    given: deque[Stack] = field(default_factory=deque)
    programs: set[str] = field(default_factory=set)
    ready: bool = False


@dataclass(kw_only=True)
class Crew:
    """The workers of a sweep."""

    members: list[Worker]
    warm: str
    failed_boots: int = 0


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    stacks: Iterable[Stack],
    train: Callable[[Stack], list[Curves]],
    *,
    workers: int = 0,
    warm: str = "",
    on_wait: Callable[[], None] = lambda: None,
) -> Iterator[Done]:
    """Trains stacks in worker processes; results come as they finish.

    Args:
        stacks: the stacks; a deque may be extended while results come, to run a stack again or in parts.
        train: a function of a module, so that a worker can find it by name.
        workers: how many processes; 0 = one per core.
        warm: a module that each worker imports before its first stack.
        on_wait: called at least every half second while nothing happens.

    Raises:
        AblateError: workers cannot start.
    """
    with crew(workers or cores(), warm=warm) as own:
        yield from drain(own, stacks, train, on_wait=on_wait)


@contextmanager
def crew(workers: int, *, warm: str = "") -> Iterator[Crew]:
    """Workers that start at once and are killed at the end."""
    own = Crew(members=[], warm=warm)
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
        AblateError: the worker died, twice; or whatever the function raised.
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
                _raise(kind, value)
                member.ready = True
        except (EOFError, OSError):
            _replace(own, member)
    name = getattr(function, "__name__", "the call")
    raise AblateError(f"A worker must survive `{name}`. It died twice{_reason(member)}.")


def _raise(kind: str, value: Any) -> None:
    if kind == "broken":
        raise AblateError(f"Workers must be able to start. Received: {value}")
    if kind == "error":
        raise value if isinstance(value, AblateError) else AblateError(str(value))


def _reason(member: Worker) -> str:
    code = member.process.exitcode
    if code is None or code >= 0:
        return f" (exit status {code})"
    return f" (signal {-code}; 9 is often the system short of memory)"


def _replace(own: Crew, member: Worker) -> Worker:
    """A new worker in the place of one that died."""
    _end(member)
    own.failed_boots = 0 if member.ready else own.failed_boots + 1
    if own.failed_boots >= BOOTS:
        raise AblateError(
            f"Workers must be able to start. {BOOTS} in a row died before they were ready{_reason(member)}."
        )
    new = _start(member.number, len(own.members), own.warm)
    own.members[own.members.index(member)] = new
    return new


def drain(
    own: Crew,
    stacks: Iterable[Stack],
    train: Callable[[Stack], list[Curves]],
    *,
    on_wait: Callable[[], None] = lambda: None,
) -> Iterator[Done]:
    """Trains stacks in these workers; see `run`."""
    queue = stacks if isinstance(stacks, deque) else deque(stacks)
    while queue or any(member.given for member in own.members):
        for member in list(own.members):
            _feed(own, member, queue, train)
        ready = connection.wait([member.pipe for member in own.members], timeout=POLL)
        if not ready:
            on_wait()
        for member in [member for member in own.members if member.pipe in ready]:
            done = _hear(own, member, queue)
            if done is not None:
                yield done


def _feed(own: Crew, member: Worker, queue: deque[Stack], train: Callable[[Stack], list[Curves]]) -> None:
    """Gives a worker its next stacks; near the end nobody hoards a second one while others have none."""
    while queue and len(member.given) < AHEAD:
        idle = sum(not other.given for other in own.members)
        if member.given and len(queue) <= idle:
            return
        stack = _pick(queue, own, member)
        member.given.append(stack)
        member.programs.add(stack.program)
        with suppress(OSError):  # a dead worker is noticed by its pipe's end, which `wait` reports
            member.pipe.send((train, (stack,)))


def _pick(queue: deque[Stack], own: Crew, member: Worker) -> Stack:
    """The next stack for a worker: of a program it has compiled, else of one nobody has, else the first."""
    front = list(itertools.islice(queue, WINDOW))
    compiled = {program for other in own.members for program in other.programs}
    place = next(
        itertools.chain(
            (place for place, stack in enumerate(front) if stack.program in member.programs),
            (place for place, stack in enumerate(front) if stack.program not in compiled),
            (0,),
        )
    )
    stack = front[place]
    del queue[place]
    return stack


def _hear(own: Crew, member: Worker, queue: deque[Stack]) -> Done | None:
    """What a worker has to say; a dead one is replaced, and the stack it had not begun goes back into the queue."""
    try:
        kind, value = member.pipe.recv()
    except (EOFError, OSError):
        lost = list(member.given)
        _replace(own, member)
        queue.extendleft(reversed(lost[1:]))
        if lost:
            return Done(stack=lost[0], lost=True, error=f"worker died{_reason(member)}")
        time.sleep(0.1)  # workers that die idle are not started again in a tight loop
        return None
    if kind in ("ready", "broken"):
        _raise(kind, value)
        member.ready, own.failed_boots = True, 0
        return None
    stack = member.given.popleft()
    if kind == "value":
        return _checked(stack, value)
    return Done(stack=stack, error=str(value) or type(value).__name__)


def _checked(stack: Stack, curves: Any) -> Done:
    """A stack's curves, if they are those of its trials."""
    if [each.id for each in curves] != [trial.id for trial in stack.trials]:
        return Done(stack=stack, error="training returned other trials than it was given")
    return Done(stack=stack, curves=tuple(curves))

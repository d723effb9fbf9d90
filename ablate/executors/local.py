"""Stacks on this machine: spawned processes of one thread each, kept warm, fed one stack ahead.

A worker that dies costs the stack it was training and nothing else: the stack is reported as lost, a new worker takes
its place. One that takes more memory or time than it may is ended; one that compiled programs have filled is replaced
before that, between two stacks. Workers die with their parent, however that dies. The parent itself stays light: what
is heavy is imported by the workers alone.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import connection
from typing import TYPE_CHECKING

from ablate.executors import Done, limits
from ablate.executors.pool import Pool, Wanted, done
from ablate.executors.worker_processes import POLL, Crew, Worker, call, crew, judge, reason, replace

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves

WINDOW = 16
"""So many stacks from the front of the queue a worker looks for one of a program it has already compiled."""

AHEAD = 2
"""Stacks at a worker: the one it trains, and the next."""

LOOK = 0.25
"""Seconds between two looks at what the workers take."""


@contextmanager
def pool(wanted: Wanted) -> Iterator[Pool]:
    """This machine's workers, each within its limits."""
    with crew(wanted.workers, warm=wanted.warm, limits=limits.of(wanted.execution, wanted.workers)) as own:
        yield Pool(width=lambda: len(own.members), call=partial(call, own), drain=partial(drain, own))


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
) -> Generator[Done]:
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


def drain(
    own: Crew,
    stacks: Iterable[Stack],
    train: Callable[[Stack], list[Curves]],
    *,
    on_wait: Callable[[], None] = lambda: None,
) -> Generator[Done]:
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
        yield from _end_excess(own, queue)


def _feed(own: Crew, member: Worker, queue: deque[Stack], train: Callable[[Stack], list[Curves]]) -> None:
    """Gives a worker its next stacks; near the end nobody hoards a second one while others have none."""
    if queue and member.full and not member.given:
        member = replace(own, member)
    while queue and not member.full and len(member.given) < AHEAD:
        if member.given and len(queue) < len(own.members):
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
        stack = _replaced(own, member, queue)
        if stack is not None:
            return Done(stack=stack, lost=True, error=f"worker died{reason(member)}", seconds=member.spent)
        time.sleep(0.1)  # workers that die idle are not started again in a tight loop
        return None
    if kind in ("ready", "broken"):
        judge(kind, value)
        member.ready, own.failed_boots = True, 0
        return None
    stack, seconds, member.spent = member.given.popleft(), member.spent, 0.0
    member.full = len(member.programs) > 1 and limits.full(own.limits, member.process.pid or 0)
    if kind == "value":
        return done(stack, kind, value)
    return Done(stack=stack, error=str(value) or type(value).__name__, seconds=seconds)


def _replaced(own: Crew, member: Worker, queue: deque[Stack]) -> Stack | None:
    """What a worker was training, if anything; a new one has its place, and what it had not begun is queued again."""
    given = list(member.given)
    replace(own, member)
    queue.extendleft(reversed(given[1:]))
    return given[0] if given else None


def _end_excess(own: Crew, queue: deque[Stack]) -> Iterator[Done]:
    """Ends workers that take more than they may. Too much memory is a loss: other stacks may have left it behind."""
    now = time.monotonic()
    passed = now - own.looked
    if passed < LOOK:
        return
    own.looked = now
    for member in list(own.members):
        if not member.given or not member.ready:
            continue
        # A parent that was stopped, by Ctrl-Z for one, has stopped its workers too.
        member.spent += min(passed, 4 * POLL)
        why, memory = limits.excess(own.limits, member.process.pid or 0, member.given[0], member.spent)
        if why:
            stack = _replaced(own, member, queue)
            if stack is not None:
                yield Done(stack=stack, lost=memory, error=f"the worker {why}", seconds=member.spent)

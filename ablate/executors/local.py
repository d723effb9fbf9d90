"""Run stacks on this machine, in processes of one thread each. A worker trains one stack and holds the next.

A worker that dies costs the stack that it was training and nothing else: the stack is reported as lost, and a new
worker starts. A worker that takes more memory or time than it may is ended. A worker whose memory compiled programs
fill is replaced earlier, between two stacks. Workers die with their parent, however it ends. Only workers import
TensorFlow; the parent stays small.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from multiprocessing import connection
from typing import TYPE_CHECKING

from ablate.executors import Done, fork_server, limits, worker
from ablate.executors.pool import Pool, Wanted, done_of
from ablate.executors.worker_processes import (
    POLL,
    Crew,
    Worker,
    call,
    death_text,
    forks,
    note_start,
    replace,
    start_crew,
)

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves

WINDOW = 512
"""A worker looks among so many stacks at the front of the queue for one of a program that it has compiled."""

AHEAD = 2
"""Stacks that a worker has at a time: the one that it trains, and the next."""

CHECK_EVERY = 0.25
"""Seconds between two checks of the workers' limits."""


@contextmanager
def pool(wanted: Wanted) -> Iterator[Pool]:
    """Yield workers on this machine, each within its limits.

    Where they are forked, the first use starts them: until then the libraries are loaded beside what the caller does.
    """
    worker_limits = limits.limits_of(wanted.execution, wanted.workers)
    with ExitStack() as stack:

        @cache
        def crew() -> Crew:
            return stack.enter_context(start_crew(wanted.workers, warm=wanted.warm, limits=worker_limits))

        if forks(wanted.warm):
            fork_server.begin()
        else:
            crew()
        yield Pool(
            width=lambda: wanted.workers,
            call=lambda *args, **options: call(crew(), *args, **options),
            drain=lambda *args, **options: drain(crew(), *args, **options),
        )


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    stacks: Iterable[Stack],
    train: Callable[[Stack], list[Curves]],
    *,
    workers: int = 0,
    warm: str = "",
    on_wait: Callable[[], None] = lambda: None,
) -> Generator[Done]:
    """Train stacks in worker processes; yield what became of each as it finishes.

    Args:
        stacks: the stacks; a deque may be extended while results come, to run a stack again or in parts.
        train: a function of a module, so that a worker can find it by name.
        workers: how many processes; 0 = one per core.
        warm: a module that each worker imports before its first stack.
        on_wait: called at least every half second while nothing happens.

    Raises:
        AblateError: workers cannot start.
    """
    with start_crew(workers or cores(), warm=warm) as crew:
        yield from drain(crew, stacks, train, on_wait=on_wait)


def drain(
    crew: Crew,
    stacks: Iterable[Stack],
    train: Callable[[Stack], list[Curves]],
    *,
    on_wait: Callable[[], None] = lambda: None,
) -> Generator[Done]:
    """Train stacks in these workers; yield what became of each as it finishes.

    Args:
        crew: the workers.
        stacks: as for `run`.
        train: as for `run`.
        on_wait: as for `run`.
    """
    queue = stacks if isinstance(stacks, deque) else deque(stacks)
    while queue or any(member.given for member in crew.members):
        for member in list(crew.members):
            _feed(crew, member, queue, train)
        _take_back(crew, queue)
        ready = connection.wait([member.pipe for member in crew.members], timeout=POLL)
        if not ready:
            on_wait()
        for member in [member for member in crew.members if member.pipe in ready]:
            done = _receive(crew, member, queue)
            if done is not None:
                yield done
        yield from _end_excess(crew, queue)


def _feed(crew: Crew, member: Worker, queue: deque[Stack], train: Callable[[Stack], list[Curves]]) -> None:
    """Give a worker its next stacks; near the end no worker gets a second stack that another could take.

    A worker whose memory is full goes on with stacks of programs that it has compiled, then it is replaced.
    """
    while queue and len(member.given) < AHEAD:
        if member.given and len(queue) < len(crew.members):
            return
        index = _next(queue, crew, member)
        stack = queue[index]
        if member.full and stack.program not in member.compiled:
            if member.given:
                return
            member = replace(crew, member)
        del queue[index]
        member.given.append(stack)
        with suppress(OSError):  # the end of a dead worker's pipe is noticed by `wait`
            member.pipe.send((train, (stack,)))


def _take_back(crew: Crew, queue: deque[Stack]) -> None:
    """When a worker has nothing to do, ask another for the stack that it has not begun."""
    idle = sum(not member.given for member in crew.members)
    if queue or not idle or any(member.asked for member in crew.members):
        return
    holding = [member for member in crew.members if len(member.given) > 1]
    for member in holding[:idle]:
        member.asked = True
        with suppress(OSError):  # as above
            member.pipe.send(worker.GIVE_BACK)


def _next(queue: deque[Stack], crew: Crew, member: Worker) -> int:
    """Return the place of a worker's next stack: of a program it has compiled, else of one nobody has, else any."""
    front = list(itertools.islice(queue, WINDOW))
    compiled = {program for other in crew.members for program in other.compiled}
    return next(
        itertools.chain(
            (index for index, stack in enumerate(front) if stack.program in member.compiled),
            (index for index, stack in enumerate(front) if stack.program not in compiled),
            (0,),
        )
    )


def _receive(crew: Crew, member: Worker, queue: deque[Stack]) -> Done | None:
    """Read a worker's answer. Replace the worker if it has died, and queue the stack again that it had not begun."""
    try:
        kind, value = member.pipe.recv()
    except (EOFError, OSError):
        stack = _replace_and_requeue(crew, member, queue)
        if stack is not None:
            return Done(stack=stack, lost=True, error=f"worker died{death_text(member)}", seconds=member.spent)
        time.sleep(0.1)  # workers that die idle are not started again in a tight loop
        return None
    if kind in ("ready", "broken"):
        note_start(crew, member, kind, value)
        return None
    if kind == "returned":
        member.asked = False
        if value:
            queue.appendleft(member.given.pop())
        return None
    stack, seconds, member.spent = member.given.popleft(), member.spent, 0.0
    member.programs.add(stack.program)
    member.full = len(member.programs) > 1 and limits.is_full(crew.limits, member.process.pid or 0)
    if kind == "value":
        return done_of(stack, kind, value)
    return Done(stack=stack, error=str(value) or type(value).__name__, seconds=seconds)


def _replace_and_requeue(crew: Crew, member: Worker, queue: deque[Stack]) -> Stack | None:
    """Replace a worker and queue again what it had not begun; return the stack that it was training, if any."""
    given = list(member.given)
    replace(crew, member)
    queue.extendleft(reversed(given[1:]))
    return given[0] if given else None


def _end_excess(crew: Crew, queue: deque[Stack]) -> Iterator[Done]:
    """End workers that exceed their limits. Excess memory counts as a death: earlier stacks may have left it behind."""
    now = time.monotonic()
    passed = now - crew.checked
    if passed < CHECK_EVERY:
        return
    crew.checked = now
    for member in list(crew.members):
        if not member.given or not member.ready:
            continue
        # A parent that was stopped, for example by Ctrl-Z, stopped its workers too: that time does not count.
        member.spent += min(passed, 4 * POLL)
        why, memory = limits.excess(crew.limits, member.process.pid or 0, member.given[0], member.spent)
        if why:
            stack = _replace_and_requeue(crew, member, queue)
            if stack is not None:
                yield Done(stack=stack, lost=memory, error=f"the worker {why}", seconds=member.spent)

"""Call a function many times in worker processes; results come when they are ready, and the queue may change."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any

from ablate.executors.worker_processes import POLL, Crew, Worker, death_text, note_start, replace

BEYOND = 60.0
"""Seconds that a call may take beyond its own limit, which covers loading and compiling."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call to make.

    Attributes:
        key: what the caller knows it by.
        arguments: the function's arguments.
        seconds: how long it may take; a worker that takes BEYOND seconds more is ended.
    """

    key: Any
    arguments: tuple[Any, ...]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a call returned.

    Attributes:
        key: the call's key.
        value: what the function returned; None after an error.
        error: why there is no value; empty if there is one.
    """

    key: Any
    value: Any = None
    error: str = ""


def run(
    crew: Crew,
    function: Callable[..., Any],
    queue: deque[Call],
    *,
    on_wait: Callable[[], None] = lambda: None,
) -> Generator[Result]:
    """Make the calls of a queue; yield each result.

    Calls under way when the caller stops listening are yielded next time.

    Args:
        crew: the workers.
        function: a function of a module, so that a worker can find it by name.
        queue: the calls; the caller may change it between two results.
        on_wait: called at least every half second while nothing happens.
    """
    while queue or any(member.given for member in crew.members):
        for member in list(crew.members):
            if queue and not member.given:
                call = queue.popleft()
                member.given.append(call)
                member.spent = time.monotonic()
                with suppress(OSError):
                    member.pipe.send((function, call.arguments))
        ready = connection.wait([member.pipe for member in crew.members], timeout=POLL)
        on_wait()
        for member in [member for member in crew.members if member.pipe in ready]:
            result = _received(crew, member)
            if result is not None:
                yield result
        yield from _late(crew)


def _received(crew: Crew, member: Worker) -> Result | None:
    """Read a worker's answer; replace the worker if it has died."""
    try:
        kind, value = member.pipe.recv()
    except (EOFError, OSError):
        given: Any = member.given[0] if member.given else None
        replace(crew, member)
        return Result(key=given.key, error=f"the worker died{death_text(member)}") if given else None
    if kind in ("ready", "broken"):
        note_start(crew, member, kind, value)
        return None
    call: Any = member.given.popleft()
    return Result(key=call.key, value=value) if kind == "value" else Result(key=call.key, error=str(value))


def _late(crew: Crew) -> Generator[Result]:
    """End workers whose call takes too long."""
    for member in list(crew.members):
        call: Any = member.given[0] if member.given else None
        if call is not None and member.ready and time.monotonic() - member.spent > call.seconds + BEYOND:
            replace(crew, member)
            yield Result(key=call.key, error=f"it took longer than {call.seconds + BEYOND:,.0f} seconds")

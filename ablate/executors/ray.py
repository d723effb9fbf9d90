"""Run stacks as Ray tasks: on the cluster that this machine belongs to, or on a new one of this machine alone.

Nodes may come and go. A stack whose worker or node died, or whose result was lost with its node, is reported as lost
and trained again elsewhere; tasks that had not begun stay queued. Every node needs this package and its data. Nodes
with the same type of processor compute the same bits.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from ablate.core.errors import AblateError, PatienceError
from ablate.executors import Done
from ablate.executors.pool import Pool, Wanted, answer, call_twice, done_of, needed_package
from ablate.executors.worker_processes import POLL

if TYPE_CHECKING:
    from ablate.engine.program import Stack
    from ablate.outcomes.curves import Curves

AHEAD = 2
"""Tasks given to the cluster for each of its cores: the one that trains, and the next."""

CALLS = 40
"""A process is replaced after so many stacks: each may have another program, and a process never frees programs."""


@contextmanager
def pool(wanted: Wanted) -> Iterator[Pool]:
    """Yield Ray's workers: of the cluster in `RAY_ADDRESS`, else of one running on this machine, else of a new one.

    Raises:
        ConfigError: Ray is not installed.
        AblateError: the cluster does not answer, or cannot be started.
    """
    ray = needed_package("ray", "ray")
    joined = not ray.is_initialized()
    if joined:
        _join(ray, wanted.workers)
    # Ray must not repeat a lost task: the sweep counts losses, to find a stack that kills its workers.
    task = ray.remote(num_cpus=1, max_retries=0, max_calls=CALLS)(answer)
    most = wanted.execution.workers
    try:
        yield Pool(
            width=lambda: _width(ray, most),
            call=partial(_call, ray, task, wanted.warm),
            drain=partial(_drain, ray, task, wanted.warm, most),
        )
    finally:
        if joined:
            ray.shutdown()


def _join(ray: Any, workers: int) -> None:
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "ERROR"}
    try:
        with _signal_handlers_kept():
            try:
                ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
            except ConnectionError:
                if "RAY_ADDRESS" in os.environ:
                    raise
                ray.init(address="local", num_cpus=workers, **quiet)
    except (ConnectionError, RuntimeError, OSError, ValueError) as error:
        raise AblateError(
            f"A Ray cluster must answer: check `ray status` and RAY_ADDRESS. Received: {error}"
        ) from error


@contextmanager
def _signal_handlers_kept() -> Iterator[None]:
    """Keep the sweep's handlers of Ctrl-C and SIGTERM, which `ray.init` replaces."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _width(ray: Any, most: int) -> int:
    """Return the cluster's cores, at most as many as the study asks for; at least 1, since nodes may still come."""
    cores = max(1, int(ray.cluster_resources().get("CPU", 0)))
    return min(cores, most) if most else cores


def _call(
    ray: Any, task: Any, warm: str, function: Callable[..., Any], *args: Any, on_wait: Callable[[], None] = lambda: None
) -> Any:
    """Call a function in a worker; return its value or raise its exception."""

    def attempt() -> tuple[str, Any] | str:
        reference = task.remote(function, args, warm)
        try:
            while not ray.wait([reference], timeout=POLL)[0]:
                on_wait()
        except PatienceError:
            ray.cancel(reference, force=True)
            raise
        return _result(ray, reference)

    return call_twice(function, attempt)


def _result(ray: Any, reference: Any) -> tuple[str, Any] | str:
    """Return a worker's answer, or the name of the error by which it was lost.

    Raises:
        AblateError: workers cannot start, for example because a node lacks this package.
    """
    try:
        kind, value = ray.get(reference)
    except (ray.exceptions.RayTaskError, ray.exceptions.RuntimeEnvSetupError) as error:
        raise AblateError(f"Ray's workers must be able to start. Received: {error}") from error
    except ray.exceptions.RayError as error:
        return type(error).__name__
    return kind, value


def _drain(
    ray: Any,
    task: Any,
    warm: str,
    most: int,
    stacks: deque[Stack],
    train: Callable[[Stack], list[Curves]],
    *,
    on_wait: Callable[[], None] = lambda: None,
) -> Generator[Done]:
    """Train a queue of stacks; see `ablate.executors.pool.Drain`."""
    flight: dict[Any, Stack] = {}
    try:
        while stacks or flight:
            limit = most or AHEAD * _width(ray, most)
            while stacks and len(flight) < limit:
                stack = stacks.popleft()
                flight[task.remote(train, (stack,), warm)] = stack
            ready, _ = ray.wait(list(flight), num_returns=len(flight), timeout=0)
            if not ready:
                ready, _ = ray.wait(list(flight), timeout=POLL)
            if not ready:
                on_wait()
            for reference in ready:
                stack, result = flight.pop(reference), _result(ray, reference)
                if isinstance(result, str):
                    yield Done(stack=stack, lost=True, error=f"worker died ({result})")
                else:
                    yield done_of(stack, *result)
    finally:
        for reference in flight:
            with suppress(Exception):
                ray.cancel(reference, force=True)

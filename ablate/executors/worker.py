"""The life of a worker process: be alone, get warm, answer calls, die with the parent.

Nothing heavy may be imported at the top: the surroundings must be set before it is.
"""

from __future__ import annotations

import gc
import importlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ablate.core.errors import AblateError, LevelError, one_line
from ablate.engine import xla_flags

ONE_THREAD = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
"""One thread a worker: the processes are the parallelism."""

QUIET = {signal.SIGINT, signal.SIGTERM}
"""A terminal sends these to the whole group; the parent alone decides what they mean."""

PR_SET_PDEATHSIG = 1


def environment() -> dict[str, str]:
    """What a worker's process must have in its environment: one thread, and XLA's settings for it."""
    return {**ONE_THREAD, "XLA_FLAGS": xla_flags.joined(os.environ.get("XLA_FLAGS", ""))}


@contextmanager
def surroundings() -> Iterator[None]:
    """What a worker must find when it starts: its environment, signals it does not hear, and no script to run again."""
    # Starting the tracker unblocks these signals, so it must not happen between here and a worker's start.
    resource_tracker.ensure_running()
    own = environment()
    before = {name: os.environ.get(name) for name in own}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, QUIET)
    os.environ.update(own)
    try:
        with _nameless():
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def _nameless() -> Iterator[None]:
    """Hides the user's script: a worker needs nothing of it, and would run it anew to look."""
    script = sys.modules["__main__"]
    before = {name: getattr(script, name) for name in ("__spec__", "__file__") if hasattr(script, name)}
    script.__spec__ = None
    with suppress(AttributeError):
        del script.__file__
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(script, name, value)


def main(pipe: Connection, parent: int, place: int, warm: str) -> None:
    """Answers (function, arguments) with ("value", value) or ("error", exception or text) until the pipe ends.

    Args:
        pipe: the worker's end.
        parent: process id of the parent.
        place: which core to stay on, counted round; -1 for any.
        warm: a module to import first; none if empty.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, QUIET)
    _die_with(parent)
    _go_first()
    _stay(place)
    _hush()
    calls: queue.SimpleQueue[tuple[Any, tuple[Any, ...]]] = queue.SimpleQueue()
    # A thread takes calls from the pipe, so that parent and worker never wait for each other with full pipes.
    threading.Thread(target=_listen, args=(pipe, calls), daemon=True).start()
    try:
        if warm:
            importlib.import_module(warm)
        gc.freeze()  # or each program that is traced has all of TensorFlow looked through for garbage, 4 % of its time
        pipe.send(("ready", None))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        _answer(pipe, "broken", one_line(error))
        os._exit(1)
    while True:
        function, args = calls.get()
        try:
            _answer(pipe, "value", function(*args))
        except Exception as error:  # noqa: BLE001 - a stack's error is its result
            _answer(pipe, "error", worded(error))


def worded(error: Exception) -> AblateError | str:
    """What the parent is told of an exception: this package's own as they are, others as text."""
    own = isinstance(error, AblateError) and not isinstance(error, LevelError)
    return error if own else one_line(error)  # type: ignore[return-value]


def _answer(pipe: Connection, kind: str, value: Any) -> None:
    try:
        pipe.send((kind, value))
    except OSError:
        os._exit(1)


def _listen(pipe: Connection, calls: queue.SimpleQueue[tuple[Any, tuple[Any, ...]]]) -> None:
    """Takes calls from the pipe; its end is the end of the parent, and so of this process."""
    try:
        while True:
            calls.put(pipe.recv())
    except (EOFError, OSError):
        os._exit(0)
    except Exception as error:  # noqa: BLE001 - a function that cannot be found here, or its argument
        _answer(pipe, "broken", one_line(error))
        os._exit(1)


def _die_with(parent: int) -> None:
    """Asks Linux to kill this process when its parent ends; elsewhere the pipe's end does it."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def _go_first() -> None:
    """Where memory runs out, Linux ends workers, which cost a stack, before their parent, which costs the sweep."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def _hush() -> None:
    """Sends what native libraries write to standard error nowhere: it would tear the progress display.

    Exceptions go through the pipe, and a crash is known by its signal, so nothing that matters is lost.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _stay(place: int) -> None:
    """Keeps this process on one core, round robin, where the system allows it."""
    if place >= 0 and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            allowed = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {allowed[place % len(allowed)]})

"""Run a worker process: stay on one core, import what is heavy, answer calls, die with the parent.

TensorFlow must not be imported at the top: the variables of `environment` must be set before it loads.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import queue
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ablate.core.errors import AblateError, LevelError, one_line
from ablate.engine import xla_flags
from ablate.executors import limits

ONE_THREAD = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
"""Each worker has one thread; the work is parallel by processes."""

QUIET = {signal.SIGINT, signal.SIGTERM}
"""Signals that can reach a parent and its workers together; only the parent reacts to them."""

PR_SET_PDEATHSIG = 1

GROWTH = 50.0
"""A worker that holds so many megabytes more than after its last call gives unused memory back to the system."""

GIVE_BACK = "give back"
"""A message that asks a worker for the call that it has not begun; it answers ("returned", whether it had one)."""


def environment() -> dict[str, str]:
    """Return the environment variables of a worker: one thread, and XLA's settings for it."""
    return {**ONE_THREAD, "XLA_FLAGS": xla_flags.joined(os.environ.get("XLA_FLAGS", ""))}


_STARTING = threading.RLock()
"""Held while a worker starts: variables that two threads set and put back in turns would stay set in this process."""


@contextmanager
def surroundings(temporary: str) -> Iterator[None]:
    """Set what a worker inherits while the block starts it: environment, blocked signals, and no script to run.

    Args:
        temporary: the worker's folder for temporary files. A worker ends by being killed, so it cannot remove them.
    """
    # Starting multiprocessing's resource tracker unblocks QUIET, so it is started before they are blocked below.
    resource_tracker.ensure_running()
    with _STARTING, _set_for_a_start({**environment(), "TMPDIR": temporary}), script_hidden():
        yield


@contextmanager
def _set_for_a_start(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables and block signals, and put both back."""
    before = {name: os.environ.get(name) for name in variables}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, QUIET)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def script_hidden() -> Iterator[None]:
    """Hide the user's script, which a starting worker would run again."""
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


def main(pipe: Connection, parent: int, core: int, warm: str, variables: Mapping[str, str] | None = None) -> None:
    """Answer (function, arguments) with ("value", value) or ("error", exception or text) until the pipe ends.

    `GIVE_BACK` is answered at once, also while a call is worked on.

    Args:
        pipe: the worker's end.
        parent: process id of the parent; 0 if this process was forked by another, which ends with the parent.
        core: index of the core to stay on, modulo the cores there are; -1 for any.
        warm: a module to import first; none if empty.
        variables: the environment variables of the parent if this process was forked by another; else None.
    """
    if variables is not None:
        _forget_fork_server(variables)
    signal.pthread_sigmask(signal.SIG_BLOCK, QUIET)
    _die_with(parent)
    _die_before_parent_when_memory_runs_out()
    _stay_on(core)
    _silence_stderr()
    calls: queue.SimpleQueue[tuple[Any, tuple[Any, ...]]] = queue.SimpleQueue()
    # A thread takes calls from the pipe, so that parent and worker never wait for each other with full pipes.
    threading.Thread(target=_listen, args=(pipe, calls), daemon=True).start()
    try:
        if warm:
            importlib.import_module(warm)
        gc.freeze()  # else tracing a program searches all of TensorFlow for garbage, which takes 4 % of the time
        pipe.send(("ready", None))
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        _answer(pipe, "broken", one_line(error))
        os._exit(1)
    held = 0.0
    while True:
        function, args = calls.get()
        try:
            _answer(pipe, "value", function(*args))
        except Exception as error:  # noqa: BLE001 - a stack's error is its result
            _answer(pipe, "error", portable_error(error))
        held = _give_memory_back(held)


def _give_memory_back(before: float) -> float:
    """Give the system what compiling has left unused, if this process has grown; return the megabytes that it holds.

    Args:
        before: the megabytes that it held after the last call.
    """
    held = limits.held_megabytes(os.getpid())
    if held <= before + GROWTH:
        return max(before, held)
    with suppress(OSError, AttributeError):  # not every C library can
        ctypes.CDLL(None).malloc_trim(0)
    return limits.held_megabytes(os.getpid())


def portable_error(error: Exception) -> AblateError | str:
    """Return what the parent is told of an exception: one of this package as it is, another as text."""
    return error if isinstance(error, AblateError) and not isinstance(error, LevelError) else one_line(error)


def _answer(pipe: Connection, kind: str, value: Any) -> None:
    try:
        with _sending:
            pipe.send((kind, value))
    except OSError:
        os._exit(1)


_sending = threading.Lock()


def _listen(pipe: Connection, calls: queue.SimpleQueue[tuple[Any, tuple[Any, ...]]]) -> None:
    """Take calls from the pipe, and end this process when the pipe ends: then the parent has ended."""
    try:
        while True:
            message = pipe.recv()
            if message == GIVE_BACK:
                _answer(pipe, "returned", _dropped(calls))
            else:
                calls.put(message)
    except (EOFError, OSError):
        os._exit(0)
    except Exception as error:  # noqa: BLE001 - a call whose function or arguments cannot be unpickled
        _answer(pipe, "broken", one_line(error))
        os._exit(1)


def _dropped(calls: queue.SimpleQueue[tuple[Any, tuple[Any, ...]]]) -> bool:
    """Drop the last call that waits; return whether there was one."""
    waiting = []
    with suppress(queue.Empty):
        while True:
            waiting.append(calls.get_nowait())
    for call in waiting[:-1]:  # a worker that is still starting has begun none
        calls.put(call)
    return bool(waiting)


def _forget_fork_server(variables: Mapping[str, str]) -> None:
    """Take over the parent's environment, and draw random numbers of this process' own."""
    import numpy as np

    os.environ.clear()
    os.environ.update(variables)
    tempfile.tempdir = None  # it was read from the environment before
    np.random.seed()  # noqa: NPY002 - a user's builder may draw from NumPy's global generator


def _die_with(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends; elsewhere the end of the pipe ends it."""
    at_end_of_parent(signal.SIGKILL)
    if sys.platform == "linux" and parent and os.getppid() != parent:
        os._exit(0)


def at_end_of_parent(number: int) -> None:
    """Ask Linux to send this process a signal when the thread that started it ends; other systems cannot.

    Args:
        number: of the signal; 0 for none.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def _die_before_parent_when_memory_runs_out() -> None:
    """Let Linux kill workers first, which costs a stack, and not their parent, which would cost the sweep."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def _silence_stderr() -> None:
    """Drop what native libraries write to standard error: it would disturb the progress display.

    Exceptions go through the pipe, and a crash is known by its signal, so nothing that matters is lost.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)


def _stay_on(core: int) -> None:
    """Keep this process on one core if the system allows it."""
    if core >= 0 and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            allowed = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {allowed[core % len(allowed)]})

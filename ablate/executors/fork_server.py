"""Fork workers from a process that has loaded TensorFlow: starting one takes a tenth of a second, not five.

A worker cannot give the memory of compiled programs back, so a sweep replaces workers all the time. TensorFlow is
loaded once for all of them, and for later sweeps of the same process. The fork server is Python's own
(`multiprocessing.forkserver`), one a process: where another module has started it with other libraries, each worker
loads TensorFlow itself. It has one thread and none of this package's modules that train: what these read from
the environment, they read in the worker.
"""

from __future__ import annotations

import sys
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext

from ablate.executors import worker

PRELOADED = "ablate.executors.loaded_libraries"
"""The module that the server imports before it forks the first worker."""


def usable() -> bool:
    """Return whether workers can be forked here: on Linux, where TensorFlow may be loaded before a fork."""
    return sys.platform == "linux"


def context() -> ForkServerContext:
    """Return the context whose processes are forked from the server."""
    forked = get_context("forkserver")
    forked.set_forkserver_preload([PRELOADED])
    return forked


def begin() -> None:
    """Start the server, if it does not run yet. It loads the libraries while this process goes on."""
    context()
    with worker.surroundings(""):
        forkserver.ensure_running()


def wait() -> None:
    """Wait until the server has loaded the libraries, which takes some seconds; Ctrl-C ends the wait."""
    begin()
    process = context().Process(target=int)
    with worker.script_hidden():
        process.start()
    process.join()

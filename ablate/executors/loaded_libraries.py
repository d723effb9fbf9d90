"""Load what every worker loads. Only the fork server imports this module.

The server sees the end of its parent only between two requests. So that it does not outlive a parent that ends while
the libraries load, the system kills it meanwhile.
"""

from __future__ import annotations

import importlib
import signal

from ablate.core import quiet_stderr
from ablate.executors import worker

worker.at_end_of_parent(signal.SIGKILL)
with quiet_stderr.without_chatter():
    for library in ("tensorflow", "keras"):
        importlib.import_module(library)
worker.at_end_of_parent(0)  # the parent is a thread for the system, and a thread may end before its process

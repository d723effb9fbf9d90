"""Load what every worker loads. Only the fork server imports this module."""

from __future__ import annotations

import importlib

from ablate.core import quiet_stderr

with quiet_stderr.without_chatter():
    for library in ("tensorflow", "keras"):
        importlib.import_module(library)

"""Standard error without the lines that TensorFlow's libraries write about themselves while they load.

The libraries do not write through Python, and some lines ignore `TF_CPP_MIN_LOG_LEVEL`: a user would see four of them.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

CHATTER = re.compile(rb"I\d{4} |WARNING: All log messages before absl::InitializeLog\(\)")
"""The beginning of a line that tells a user nothing: absl's level INFO, and the line before its first message."""


@contextmanager
def without_chatter() -> Iterator[None]:
    """Hold back the process' standard error inside the block, and pass on all lines but the chatter afterwards.

    TensorFlow is asked for fatal errors only, unless the user has set its level.
    If an exception ends the block, every line is passed on. A process without a standard error is left as it is.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow is loaded
    try:
        sys.stderr.flush()
        before = os.dup(2)
    except (AttributeError, OSError):
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        pass_all = True
        try:
            yield
            pass_all = False
        finally:
            os.dup2(before, 2)
            os.close(before)
            held.seek(0)
            for line in held:
                if pass_all or not CHATTER.match(line):
                    os.write(2, line)

"""Standard error without what TensorFlow's libraries say of themselves while they are loaded.

They write it past Python, whatever `TF_CPP_MIN_LOG_LEVEL` says: four lines on a terminal that a user reads.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

CHATTER = re.compile(rb"I\d{4} |WARNING: All log messages before absl::InitializeLog\(\)")
"""What a line begins with that informs nobody: absl's level INFO, and its preface."""


@contextmanager
def chatter() -> Iterator[None]:
    """Holds back what is written to the process' standard error, and hands on all but the chatter when it ends.

    A process without a standard error is left as it is. If an exception ends the block, every line is handed on.
    """
    try:
        sys.stderr.flush()
        before = os.dup(2)
    except (AttributeError, OSError):
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        whole = True
        try:
            yield
            whole = False
        finally:
            os.dup2(before, 2)
            os.close(before)
            held.seek(0)
            for line in held:
                if whole or not CHATTER.match(line):
                    os.write(2, line)

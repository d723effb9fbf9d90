"""Count the time of an experiment so that a busy machine changes little of what it reaches."""

from __future__ import annotations

import time


class Clock:
    """Count the seconds of processor that this process used, or a quarter of the time that passed if that is more.

    So a rehearsal comes equally far on a busy machine.
    """

    def __init__(self) -> None:
        self.processor, self.passed = time.process_time(), time.monotonic()

    def seconds(self) -> float:
        """Return the seconds since the clock was made."""
        return max(time.process_time() - self.processor, (time.monotonic() - self.passed) / 4)

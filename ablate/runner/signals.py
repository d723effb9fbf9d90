"""Turn Ctrl-C and SIGTERM into one orderly end of a sweep."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(kw_only=True)
class Stop:
    """Whether a signal has asked the sweep to end.

    Attributes:
        name: the first signal's name; empty if there was none.
        held: whether a signal must wait.
    """

    name: str = ""
    held: bool = False

    def check(self) -> None:
        """End the sweep if a signal has asked for it.

        Raises:
            KeyboardInterrupt: a signal has come.
        """
        if self.name:
            self.held = True
            raise KeyboardInterrupt(self.name)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep a signal waiting until the block is done."""
        before, self.held = self.held, True
        try:
            yield
        finally:
            self.held = before
        if not before:
            self.check()


@contextmanager
def signals() -> Iterator[Stop]:
    """Turn the first Ctrl-C or SIGTERM into a KeyboardInterrupt; later ones are ignored while the sweep ends."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        del frame
        stop.name = stop.name or signal.Signals(number).name
        if not stop.held:
            stop.check()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""What a sweep holds while it runs: the study's lock, and the signals that would end it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from ablate.errors import StoreError

FILE = ".lock"
POLL = 0.2


@contextmanager
def lock(folder: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Holds a study for one local sweep; another waits here. The lock dies with its owner, however that dies.

    A folder that was made for the lock alone is removed at the end.

    Args:
        folder: the study's folder, made if it is not there.
        waiting: called once if somebody else holds the lock.

    Raises:
        StoreError: the folder cannot be made or written.
    """
    try:
        file = _acquire(folder, waiting)
    except OSError as error:
        raise StoreError(f"The folder {folder} must be writable. Received: {error.strerror}.") from error
    try:
        yield
    finally:
        with suppress(OSError):
            if {path.name for path in folder.iterdir()} == {FILE}:
                (folder / FILE).unlink()
                folder.rmdir()
        file.close()


def _acquire(folder: Path, waiting: Callable[[], None]) -> IO[bytes]:
    told = False
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _try(folder / FILE)
        except BlockingIOError:
            if not told:
                waiting()
                told = True
            time.sleep(POLL)
        except FileNotFoundError:  # its last owner has just removed the folder
            continue
        except FileExistsError:
            if folder.exists():
                raise


def _try(path: Path) -> IO[bytes]:
    """The locked file.

    Raises:
        BlockingIOError: somebody else holds it.
        FileNotFoundError: its last owner has removed it: a lock on it would keep nobody out.
    """
    import fcntl

    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file.fileno()).st_ino != path.stat().st_ino:
            raise FileNotFoundError(path)
    except BaseException:
        file.close()
        raise
    return file


@dataclass(kw_only=True)
class Stop:
    """Whether a signal has asked the sweep to end: its name, empty if none has."""

    name: str = ""
    held: bool = False

    def check(self) -> None:
        """Ends the sweep if it was asked to and could not at once.

        Raises:
            KeyboardInterrupt: it was.
        """
        if self.name:
            self.held = True
            raise KeyboardInterrupt(self.name)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keeps a signal waiting until the block is done."""
        before, self.held = self.held, True
        try:
            yield
        finally:
            self.held = before
        if not before:
            self.check()


@contextmanager
def signals() -> Iterator[Stop]:
    """Turns the first Ctrl-C or SIGTERM into one KeyboardInterrupt; later ones cannot disturb what it leaves to do."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def hear(number: int, frame: FrameType | None) -> None:
        del frame
        stop.name = stop.name or signal.Signals(number).name
        if not stop.held:
            stop.check()

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

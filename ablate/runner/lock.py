"""What a sweep holds while it runs: the study's lock, and the signals that would end it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ablate.core.errors import StoreError

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

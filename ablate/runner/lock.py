"""Lock a study's folder, so that one sweep of this machine works in it at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ablate.core.errors import StoreError

if TYPE_CHECKING:
    from filelock import BaseFileLock

FILE = ".lock"
ATTEMPTS = 1000
"""So many times a folder may vanish while it is made and locked."""

POLL = 0.2
"""Seconds between two attempts to get a lock that another sweep holds."""


@contextmanager
def lock(folder: Path, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a folder's lock while the block runs; wait while another process holds it.

    The operating system frees the lock when its owner ends, however it ends. A folder that holds nothing but the lock
    is removed at the end.

    Args:
        folder: the folder to lock; it is made if it does not exist.
        on_wait: called once if another process holds the lock.

    Raises:
        StoreError: the folder cannot be made or written.
    """
    from filelock import FileLock

    # A lock file without flock would outlive an owner that was killed.
    file_lock = FileLock(folder / FILE, fallback_to_soft=False)
    try:
        _acquire(file_lock, folder, on_wait)
    except OSError as error:
        raise StoreError(f"The folder {folder} must be writable. Received: {error.strerror}.") from error
    try:
        yield
    finally:
        with suppress(OSError):
            if [path.name for path in folder.iterdir()] == [FILE]:
                (folder / FILE).unlink()
                folder.rmdir()
        file_lock.release()


def _acquire(file_lock: BaseFileLock, folder: Path, on_wait: Callable[[], None]) -> None:
    """Get the lock; begin anew whenever its last owner has removed the folder meanwhile."""
    from filelock import Timeout

    blocking = False
    vanished = 0
    while not file_lock.is_locked:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file_lock.acquire(blocking=blocking, poll_interval=POLL)
        except Timeout:
            on_wait()
            blocking = True
        except (FileNotFoundError, FileExistsError):
            # It was removed before it was made, or after `mkdir` saw it and before it asked whether it is a folder.
            # If not, it is a file, or a system's folder in which none can be made, as /proc.
            vanished += 1
            if vanished > ATTEMPTS:
                raise

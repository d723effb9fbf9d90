"""Name local files and folders that are being written, and delete those that were never finished."""

from __future__ import annotations

import os
import re
import shutil
import socket
from pathlib import Path

PREFIX = ".writing-"
"""The names of files and folders that are being written begin with this."""


def temporary(target: Path) -> Path:
    """Return a path in the target's folder, under which this process writes the target before it renames it."""
    return target.with_name(f"{PREFIX}{_host()}-{os.getpid()}-{target.name}")


def remove_leftovers(folder: Path) -> None:
    """Delete the unfinished files and folders that ended processes of this machine left in a folder.

    Call it while this process writes nothing in the folder. It also deletes names with this process's id, because an
    earlier process may have had the same id. Files of other machines are left alone.
    """
    for path in list(folder.glob(f"{PREFIX}{_host()}-*")):
        match = re.fullmatch(rf"{PREFIX}{_host()}-(\d+)-.*", path.name)
        if match and not _runs_elsewhere(int(match[1])):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _runs_elsewhere(pid: int) -> bool:
    """Return whether a process other than this one has that id."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return pid != os.getpid()


def _host() -> str:
    """Return this machine's name, reduced to letters and digits."""
    return re.sub(r"[^A-Za-z0-9]", "", socket.gethostname()) or "host"

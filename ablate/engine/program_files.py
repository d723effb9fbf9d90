"""The files in which programs are kept: what was traced, and the machine code that XLA made from it.

TensorFlow keeps XLA's code in a folder (`tf_xla_persistent_cache_directory`). It trusts every file in this folder, and
fails on a file that is cut short. So TensorFlow gets a folder of this process alone, which is empty except while a
program is called for the first time. The programs are kept in a common folder, where each file has its checksum in its
name. A file is used only if its content has that checksum. TensorFlow compares the whole program with the one that a
file of code was made from, so the names under which code is kept need not be exact.

`ABLATE_PROGRAMS` is the common folder, or `off`; by default it is `~/.cache/ablate/programs` (below `XDG_CACHE_HOME` if
that is set). These files never fail a sweep: if a folder cannot be used, programs are compiled.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from ablate.engine import stable_names
from ablate.engine.hardware import instructions

LIMIT = 2_000_000_000
"""Most bytes of programs that are kept, for all machines and versions; the least recently used are removed first."""

NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{64}-.+\.(pb|json)")
"""The names of kept files: KEY-CHECKSUM-NAME. Files with other names are not touched."""

ROOM = 16_000_000
"""Bytes that must fit on the disk for programs to be kept."""

SETTLING = 60.0
"""A process' folder that is older than this many seconds and not locked was left by a process that has died."""

LOCK, PROCESS = ".lock", "process-"
DIRECTORY = "--tf_xla_persistent_cache_directory="
DEVICES = "--tf_xla_persistent_cache_device_types=CPU"
OURS = (DIRECTORY, DEVICES)
_held: list[IO[bytes]] = []


@cache
def process_folder() -> Path | None:
    """Return this process' folder, and tell TensorFlow to use it; return None if no programs are kept.

    It must be called before TensorFlow runs anything. A folder that the user set in `TF_XLA_FLAGS` stays in use.
    """
    flags = os.environ.get("TF_XLA_FLAGS", "").split()
    if any(flag.startswith(DIRECTORY) and PROCESS not in flag for flag in flags):
        return None
    flags = [flag for flag in flags if PROCESS not in flag]  # without a parent process' folder
    folder = None
    with suppress(OSError, ImportError, RuntimeError):
        folder = _new_folder()
    if folder is not None:
        flags += [f"{DIRECTORY}{folder}", DEVICES]
    os.environ["TF_XLA_FLAGS"] = " ".join(flags)
    return folder


def common_folder() -> Path | None:
    """Return the common folder for all that decides how XLA compiles on this machine; None if it is switched off."""
    root = os.environ.get("ABLATE_PROGRAMS", "")
    if root == "off":
        return None
    if not root:
        root = str(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "ablate/programs")
    theirs = [flag for flag in os.environ.get("TF_XLA_FLAGS", "").split() if not flag.startswith(OURS)]
    threads = os.environ.get("TF_NUM_INTRAOP_THREADS", str(os.cpu_count()))
    parts = [
        platform.machine(),
        instructions(),
        version("tensorflow"),
        threads,
        *theirs,
        os.environ.get("XLA_FLAGS", ""),
    ]
    return Path(root) / hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _new_folder() -> Path | None:
    """Make a folder of this process, held by a lock that ends with it; remove the folders of processes that died."""
    import fcntl

    common = common_folder()
    if common is None:
        return None
    common.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _private(common):
        return None
    for left in common.glob(f"{PROCESS}*"):
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - SETTLING:
                with (left / LOCK).open("ab") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(left)
    made = Path(tempfile.mkdtemp(prefix=PROCESS, dir=common))
    (made / "trial").write_bytes(bytes(ROOM))  # the free space that a file system reports ignores quotas
    (made / "trial").unlink()
    _held.append((made / LOCK).open("ab"))
    fcntl.flock(_held[-1], fcntl.LOCK_EX)
    return made


def _private(common: Path) -> bool:
    """Return whether nobody else can write to the folder: the code in it is executed."""
    stat = common.stat()
    return stat.st_uid == os.getuid() and not stat.st_mode & 0o022


def load(name: str) -> dict[str, bytes]:
    """Return the files kept under a name, by their own names; a damaged one is removed, with a warning."""
    folder, files = process_folder(), dict[str, bytes]()
    for path in folder.parent.glob(f"{_key(name)}-*") if folder is not None else ():
        with suppress(OSError):
            content = path.read_bytes()
            _, checksum, own_name = path.name.split("-", 2)
            if hashlib.sha256(content).hexdigest() == checksum:
                files[own_name] = content
                os.utime(path)
            else:
                path.unlink()
                warnings.warn(f"A damaged program was removed, and is compiled again: {path}.", stacklevel=2)
    return files


def store(name: str, own_name: str, content: bytes) -> None:
    """Keep a file under a name; without a folder, or on a full disk, nothing is kept.

    Args:
        name: the name.
        own_name: the file's own name; it ends in `.json`.
        content: its content.
    """
    folder = process_folder()
    if folder is not None:
        with suppress(OSError):
            (folder / own_name).write_bytes(content)
            _move(name, folder / own_name, folder.parent)


def first_call(name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """Call a compiled function for the first time: with the machine code kept under a name; keep new code.

    Args:
        name: the same in every process for the same code.
        function: compiles at this call.
        arguments: the call's arguments.
    """
    folder = process_folder()
    if folder is None:
        return function(*arguments)
    _fetch(name, folder)
    with stable_names.of_functions(name), stable_names.of_layers():
        try:
            result = function(*arguments)
        except Exception as error:
            if str(folder) not in str(error):
                raise
            _move_elsewhere(folder)
            result = function(*arguments)
    _keep(name, folder)
    return result


def _fetch(name: str, folder: Path) -> None:
    """Empty this process' folder, and copy the undamaged files kept under this name into it."""
    _empty(folder)
    for own_name, content in load(name).items():
        with suppress(OSError):
            (folder / own_name).write_bytes(content)


def _keep(name: str, folder: Path) -> None:
    """Move the files that TensorFlow wrote to the common folder, make room there, and empty this process' folder."""
    with suppress(OSError):
        for path in folder.glob("*.pb"):
            _move(name, path, folder.parent)
        _make_room(folder.parent.parent)
    _empty(folder)


def _move_elsewhere(folder: Path) -> None:
    """Make this process' folder a link to one on the disk for temporary files, because its own disk is full."""
    shutil.rmtree(folder)
    folder.symlink_to(tempfile.mkdtemp(prefix="ablate-"))


def _move(name: str, path: Path, common: Path) -> None:
    """Move a complete file to the common folder: a process that is killed here leaves no half of a file."""
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    path.replace(common / f"{_key(name)}-{checksum}-{path.name}")


def _make_room(root: Path) -> None:
    """Remove the least recently used programs until the others are within the limit."""
    stats = {path: path.stat() for path in root.glob("*/*") if NAME.fullmatch(path.name)}
    held = sum(stat.st_size for stat in stats.values())
    for path in sorted(stats, key=lambda path: stats[path].st_mtime):
        if held <= LIMIT:
            return
        held -= stats[path].st_size
        path.unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name != LOCK:
                path.unlink()


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]

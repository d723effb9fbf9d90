"""Compiled programs kept on disk, so that no process of this machine compiles one a second time.

TensorFlow keeps XLA's code in a folder (`tf_xla_persistent_cache_directory`), trusts what it finds there, and fails
where it finds a file cut short. So it gets a folder of this process alone, empty but while a program is called for the
first time. What lies in the common folder carries its checksum in its name, and is copied over only if it has it.
TensorFlow compares the whole program with the one that a file was made from: a name here need not be exact.

`ABLATE_PROGRAMS` is the common folder, or `off`; `~/.cache/ablate/programs` (below `XDG_CACHE_HOME` if set) otherwise.
Keeping programs never fails a sweep: where the folder cannot be used, programs are compiled.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from ablate.engine import stable_names
from ablate.engine.hardware import instructions
from ablate.engine.xla_flags import of_user

LIMIT = 2_000_000_000
"""Bytes of programs that may be kept for all machines and versions; what was used longest ago goes first."""

NAME = re.compile(r"[0-9a-f]{16}-[0-9a-f]{64}-.+\.pb")
"""Key, checksum and TensorFlow's own name of a kept program; no other file is touched."""

ROOM = 16_000_000
"""Bytes that must fit on the disk for programs to be kept."""

SETTLING = 60.0
"""Seconds after which a process' own folder that nobody holds is one of a process that has died."""

LOCK, OWN = ".lock", "process-"
DIRECTORY = "--tf_xla_persistent_cache_directory="
_held: list[IO[bytes]] = []


@cache
def own() -> Path | None:
    """This process' folder, which TensorFlow is told to use; None if no programs are kept.

    Called before TensorFlow runs anything. A folder that the user gave TensorFlow in `TF_XLA_FLAGS` stays in use.
    """
    flags = os.environ.get("TF_XLA_FLAGS", "").split()
    if any(flag.startswith(DIRECTORY) and OWN not in flag for flag in flags):
        return None
    flags = [flag for flag in flags if OWN not in flag]  # a parent's
    folder = None
    with suppress(OSError, ImportError, RuntimeError):
        folder = _opened()
    if folder is not None:
        flags += [f"{DIRECTORY}{folder}", "--tf_xla_persistent_cache_device_types=CPU"]
    os.environ["TF_XLA_FLAGS"] = " ".join(flags)
    return folder


def once(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The compiled function, whose first call finds what was kept under this name, and keeps what it had to compile."""
    called = False

    def call(*arguments: Any) -> Any:
        nonlocal called
        mine = own()
        if called or mine is None:
            return function(*arguments)
        _fetch(name, mine)
        with stable_names.of_functions(name), stable_names.of_layers():
            try:
                result = function(*arguments)
            except Exception as error:
                if str(mine) not in str(error):
                    raise
                _elsewhere(mine)
                result = function(*arguments)
        _keep(name, mine)
        called = True
        return result

    return call


def folder() -> Path | None:
    """The common folder for this machine's instruction set and these versions; None if programs are not to be kept."""
    asked = os.environ.get("ABLATE_PROGRAMS", "")
    if asked == "off":
        return None
    root = (
        Path(asked) if asked else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "ablate/programs"
    )
    parts = [platform.machine(), instructions(), version("tensorflow"), of_user(os.environ.get("XLA_FLAGS", ""))]
    return root / hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _opened() -> Path | None:
    """A new folder of this process, held by a lock that dies with it; those of processes that have died are removed."""
    import fcntl

    common = folder()
    if common is None:
        return None
    common.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _private(common):
        return None
    for left in common.glob(f"{OWN}*"):
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - SETTLING:
                with (left / LOCK).open("ab") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(left)
    made = Path(tempfile.mkdtemp(prefix=OWN, dir=common))
    (made / "trial").write_bytes(bytes(ROOM))  # a quota is not seen in what is free
    (made / "trial").unlink()
    _held.append((made / LOCK).open("ab"))
    fcntl.flock(_held[-1], fcntl.LOCK_EX)
    return made


def _private(common: Path) -> bool:
    """Whether nobody else can write there: what lies there is run."""
    stat = common.stat()
    return stat.st_uid == os.getuid() and not stat.st_mode & 0o022


def _fetch(name: str, mine: Path) -> None:
    """Copies what is kept under this name, and is whole, to this process' folder, emptied before."""
    _empty(mine)
    for path in mine.parent.glob(f"{_key(name)}-*"):
        with suppress(OSError):
            content = path.read_bytes()
            _, checksum, file = path.name.split("-", 2)
            if hashlib.sha256(content).hexdigest() == checksum:
                (mine / file).write_bytes(content)
                os.utime(path)
            else:
                path.unlink()


def _keep(name: str, mine: Path) -> None:
    """Moves what TensorFlow wrote to the common folder, and empties this process'; makes room if need be."""
    with suppress(OSError):
        for path in mine.glob("*.pb"):
            checksum = hashlib.sha256(path.read_bytes()).hexdigest()
            path.replace(mine.parent / f"{_key(name)}-{checksum}-{path.name}")
        _make_room(mine.parent.parent)
    _empty(mine)


def _elsewhere(mine: Path) -> None:
    """Makes this process' folder a link to one on the disk for temporary files: its own is full."""
    shutil.rmtree(mine)
    mine.symlink_to(tempfile.mkdtemp(prefix="ablate-"))


def _make_room(root: Path) -> None:
    """Removes what was used longest ago until the rest is within the limit."""
    stats = {path: path.stat() for path in root.glob("*/*.pb") if NAME.fullmatch(path.name)}
    held = sum(stat.st_size for stat in stats.values())
    for path in sorted(stats, key=lambda path: stats[path].st_mtime):
        if held <= LIMIT:
            return
        held -= stats[path].st_size
        path.unlink(missing_ok=True)


def _empty(mine: Path) -> None:
    with suppress(OSError):
        for path in mine.iterdir():
            if path.name != LOCK:
                path.unlink()


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]

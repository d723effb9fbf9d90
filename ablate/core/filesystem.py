"""Files of a study, in a local folder or behind an address: list, read, write whole, delete, move.

Local files are written under a temporary name, flushed to the disk and renamed. An address is any URL that fsspec
knows, as `s3://bucket/results`: one PUT a file, which an object store takes whole or not at all. fsspec is imported
only when an address is used.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ablate.core.errors import StoreError

TEMPORARY = ".writing-"


@dataclass(frozen=True, order=True)
class Address:
    """A file or folder behind a URL, with what a store needs of pathlib's `Path`.

    Examples:
        >>> file = place("s3://bucket/results") / "blog" / "manifest.json"
        >>> str(file), file.name, str(file.parent)
        ('s3://bucket/results/blog/manifest.json', 'manifest.json', 's3://bucket/results/blog')
    """

    text: str

    def __str__(self) -> str:
        return self.text

    def __truediv__(self, name: str) -> Address:
        return Address(f"{self.text}/{name}")

    @property
    def name(self) -> str:
        """What comes after the last slash."""
        return self.text.rpartition("/")[2]

    @property
    def parent(self) -> Address:
        """What comes before the last slash."""
        return Address(self.text.rpartition("/")[0])

    def with_name(self, name: str) -> Address:
        """The same place's file of another name."""
        return self.parent / name


Place = Path | Address
"""A file or folder of a study."""


def place(text: str | Place) -> Place:
    """A local path for a path or a `file://` URL, an address for any other URL.

    Examples:
        >>> place("file:///data/results"), place("s3://bucket/results/")
        (PosixPath('/data/results'), Address(text='s3://bucket/results'))
    """
    if not isinstance(text, str):
        return text
    scheme, mark, rest = text.partition("://")
    if not mark or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]+", scheme):
        return Path(text).expanduser()
    return Path(rest or "/") if scheme in ("file", "local") else Address(text.rstrip("/"))


def shared(folder: Place) -> bool:
    """Whether machines that know nothing of each other's locks may write there."""
    return isinstance(folder, Address)


def listed(folder: Place) -> list[str]:
    """Names of the files in a folder, sorted; none if there is no such folder.

    Raises:
        OSError: it cannot be read.
    """
    try:
        if isinstance(folder, Path):
            with os.scandir(folder) as entries:
                return sorted(entry.name for entry in entries if entry.is_file())
        with _remote(folder) as (system, path):
            system.invalidate_cache()
            found = system.ls(path, detail=True)
        return sorted(each["name"].rpartition("/")[2] for each in found if each["type"] == "file")
    except (FileNotFoundError, NotADirectoryError):
        return []


def folders(folder: Place) -> list[str]:
    """Names of the folders in a folder, sorted; none if there is no such folder."""
    try:
        if isinstance(folder, Path):
            return sorted(path.name for path in folder.iterdir() if path.is_dir())
        with _remote(folder) as (system, path):
            system.invalidate_cache()
            found = system.ls(path, detail=True)
        return sorted(each["name"].rstrip("/").rpartition("/")[2] for each in found if each["type"] == "directory")
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_file(file: Place) -> bool:
    """Whether there is such a file."""
    if isinstance(file, Path):
        return file.is_file()
    with _remote(file) as (system, path):
        system.invalidate_cache()
        return bool(system.isfile(path))


def read(file: Place) -> bytes:
    """The bytes of a file.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read.
    """
    if isinstance(file, Path):
        return file.read_bytes()
    with _remote(file) as (system, path):
        return bytes(system.cat_file(path))


def write(file: Place, content: bytes) -> None:
    """Writes a file whole or not at all; its folder is made. `settle` makes the name itself last.

    Raises:
        OSError: it could not be written; nothing is left behind.
    """
    if isinstance(file, Address):
        with _remote(file) as (system, path):
            system.pipe_file(path, content)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.parent / f"{TEMPORARY}{host()}-{os.getpid()}-{file.name}"
    try:
        with temporary.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.rename(file)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def settle(folder: Place) -> None:
    """Makes renames in a folder durable; a file system that cannot is left to its own promises."""
    if isinstance(folder, Address):
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def delete(file: Place) -> None:
    """Deletes a file, if it is there."""
    if isinstance(file, Path):
        file.unlink(missing_ok=True)
        return
    with contextlib.suppress(FileNotFoundError), _remote(file) as (system, path):
        system.rm_file(path)


def move(file: Place, target: Place) -> None:
    """Moves a file within a study; the target's folder is made."""
    if isinstance(file, Path) and isinstance(target, Path):
        target.parent.mkdir(exist_ok=True)
        file.rename(target)
    else:
        write(target, read(file))
        delete(file)


def host() -> str:
    """A word for this machine, part of temporary names: only their own machine may remove them."""
    return re.sub(r"[^A-Za-z0-9]", "", socket.gethostname()) or "host"


@contextlib.contextmanager
def _remote(place: Address) -> Iterator[tuple[Any, str]]:
    """The file system of an address and the path in it; whatever a driver raises becomes an OSError."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise StoreError(
            f"An address needs fsspec: `pip install 'ablate-plateau[remote]'`. Received: {place}."
        ) from error
    try:
        yield url_to_fs(place.text)
    except (OSError, StoreError) as error:
        if isinstance(error, OSError) and not error.strerror and not isinstance(error, FileNotFoundError):
            raise type(error)(error.errno or errno.EIO, str(error) or type(error).__name__) from error
        raise
    except ImportError as error:
        raise StoreError(f"The driver of {place} must be installed. Received: {error}.") from error
    except ValueError as error:
        raise StoreError(f"The address {place} must be one fsspec knows. Received: {error}.") from error
    except Exception as error:  # drivers raise classes of their own, as botocore's
        raise OSError(errno.EIO, f"{type(error).__name__}: {error}") from error

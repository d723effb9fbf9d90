"""Read and write the files of a study, in a local folder or at an address such as `s3://bucket/results`.

A local file is written under a temporary name, flushed to the disk and renamed. An address is any URL that fsspec
knows. A file at an address is written by one PUT, which an object store takes whole or not at all. fsspec is imported
only for an address.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ablate.core import half_written
from ablate.core.errors import StoreError


@dataclass(frozen=True, order=True)
class Address:
    """A file or folder at a URL, with those methods of pathlib's `Path` that a store needs.

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
        """Return the part after the last slash."""
        return self.text.rpartition("/")[2]

    @property
    def parent(self) -> Address:
        """Return the part before the last slash."""
        return Address(self.text.rpartition("/")[0])

    def with_name(self, name: str) -> Address:
        """Return the address of another name in the same folder."""
        return self.parent / name


Place = Path | Address
"""A file or folder of a study."""


def place(text: str | Place) -> Place:
    """Return a local path for a path or a `file://` URL, and an address for any other URL.

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
    """Return whether machines that do not see each other's locks may write to the folder."""
    return isinstance(folder, Address)


def listed(folder: Place) -> list[str]:
    """Return the names of the files in a folder, sorted; none if the folder does not exist.

    Raises:
        OSError: the folder cannot be read.
    """
    return _names(folder, "file")


def folders(folder: Place) -> list[str]:
    """Return the names of the folders in a folder, sorted; none if the folder does not exist.

    Raises:
        OSError: the folder cannot be read.
    """
    return _names(folder, "directory")


def _names(folder: Place, kind: Literal["file", "directory"]) -> list[str]:
    try:
        if isinstance(folder, Path):
            with os.scandir(folder) as entries:
                return sorted(
                    entry.name for entry in entries if (entry.is_file() if kind == "file" else entry.is_dir())
                )
        with _remote(folder) as (system, path):
            system.invalidate_cache()
            infos = system.ls(path, detail=True)
        return sorted(info["name"].rstrip("/").rpartition("/")[2] for info in infos if info["type"] == kind)
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_file(file: Place) -> bool:
    """Return whether the file exists."""
    if isinstance(file, Path):
        return file.is_file()
    with _remote(file) as (system, path):
        system.invalidate_cache()
        return bool(system.isfile(path))


def read(file: Place) -> bytes:
    """Return the bytes of a file.

    Raises:
        FileNotFoundError: the file does not exist.
        OSError: the file cannot be read.
    """
    if isinstance(file, Path):
        return file.read_bytes()
    with _remote(file) as (system, path):
        return bytes(system.cat_file(path))


def write(file: Place, content: bytes) -> None:
    """Write a file whole or not at all, and make its folder. Call `settle` next, so that it survives a power failure.

    Args:
        file: the file; an existing one is replaced.
        content: its bytes.

    Raises:
        OSError: the file could not be written; nothing is left behind.
    """
    if isinstance(file, Address):
        with _remote(file) as (system, path):
            system.pipe_file(path, content)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    new = half_written.temporary(file)
    try:
        with new.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        new.rename(file)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise


def settle(folder: Place) -> None:
    """Flush a folder to the disk, so that renames in it survive a power failure, where the file system can do so."""
    if isinstance(folder, Address):
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def delete(file: Place) -> None:
    """Delete a file if it exists."""
    if isinstance(file, Path):
        file.unlink(missing_ok=True)
        return
    with contextlib.suppress(FileNotFoundError), _remote(file) as (system, path):
        system.rm_file(path)


def move(file: Place, target: Place) -> None:
    """Move a file within a study, and make the target's folder.

    Args:
        file: the file.
        target: its new name; nothing may be there.
    """
    if isinstance(file, Path) and isinstance(target, Path):
        target.parent.mkdir(exist_ok=True)
        file.rename(target)
    else:
        write(target, read(file))
        delete(file)


@contextlib.contextmanager
def _remote(address: Address) -> Iterator[tuple[Any, str]]:
    """Yield an address's file system and the path in it; raise every error of a driver as OSError or StoreError."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise StoreError(
            f"fsspec must be installed for an address: `pip install 'ablate-plateau[remote]'`. Received: {address}."
        ) from error
    try:
        yield url_to_fs(address.text)
    except (OSError, StoreError) as error:
        if isinstance(error, OSError) and not error.strerror and not isinstance(error, FileNotFoundError):
            raise type(error)(error.errno or errno.EIO, str(error) or type(error).__name__) from error
        raise
    except ImportError as error:
        raise StoreError(f"The driver of {address} must be installed: {error}.") from error
    except ValueError as error:
        raise StoreError(
            f"The address {address} must begin with a protocol that fsspec knows, such as s3:// or gs://. "
            f"fsspec's error: {error}."
        ) from error
    except Exception as error:  # some drivers raise exceptions that are no OSError, such as botocore's
        raise OSError(errno.EIO, f"{type(error).__name__}: {error}") from error

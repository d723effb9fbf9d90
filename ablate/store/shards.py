"""Name shard files, write them whole or not at all, and tell a sound file from a damaged one.

The checksum of a file's bytes is part of its name. A file that was cut short, emptied, or has a flipped bit anywhere is
noticed before it is parsed; Parquet's own page checksums leave its footer unguarded.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ablate.core import filesystem
from ablate.core.errors import StoreError
from ablate.core.filesystem import Place
from ablate.core.study import SEMANTICS
from ablate.store.schema import gaps, misfit

Kind = Literal["states", "curves"]

NAME = re.compile(r"(states|curves)-(\d{19}-[0-9a-f]{8})-([0-9a-f]{16})\.parquet")
KEY = b"ablate"
"""The key in the Parquet metadata under which a shard describes itself."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """The two files that one flush of finished trials writes; `curves` is None if that file is gone."""

    stamp: str
    states: Place
    curves: Place | None


@dataclass(frozen=True, kw_only=True)
class Damage:
    """A file whose content cannot be used, and why."""

    path: Place
    reason: str

    def __str__(self) -> str:
        return f"{self.path.name}: {self.reason}"


class DamagedShardError(Exception):
    """A shard's file does not hold what this store wrote."""

    def __init__(self, path: Place, reason: str) -> None:
        super().__init__(path, reason)
        self.damage = Damage(path=path, reason=reason)


def shards_of(folder: Place) -> Place:
    """Return the folder of the shards in a study's folder."""
    return folder / "shards"


def files(folder: Place) -> list[Place]:
    """Return all files among the shards, this store's and others, sorted by name.

    Raises:
        StoreError: the folder cannot be read.
    """
    shards = shards_of(folder)
    try:
        return [shards / name for name in filesystem.listed(shards)]
    except OSError as error:
        raise StoreError(f"The folder {shards} must be readable. Received: {error.strerror}.") from error


def listing(folder: Place) -> list[Shard]:
    """Return the shards, oldest first. Curves without states are not a shard: their flush did not end."""
    names = {path.name: match for path in files(folder) if (match := NAME.fullmatch(path.name))}
    curves = {match[2]: shards_of(folder) / name for name, match in names.items() if match[1] == "curves"}
    return [
        Shard(stamp=match[2], states=shards_of(folder) / name, curves=curves.get(match[2]))
        for name, match in sorted(names.items())
        if match[1] == "states"
    ]


def names(folder: Place) -> list[str]:
    """Return the names of all shard files, which hold their checksums, sorted; none if nothing was ever stored."""
    return [path.name for path in files(folder) if NAME.fullmatch(path.name)]


def read(path: Place, columns: Sequence[str] | None = None) -> Any:
    """Return a shard's file as a pyarrow table.

    Args:
        path: the file.
        columns: the columns to read, all by default; those that the file lacks are left out.

    Raises:
        DamagedShardError: the bytes are not those that were written.
        FileNotFoundError: the file is gone; compaction may have replaced it.
        StoreError: the file cannot be read, or a later SEMANTICS wrote it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = _content(path)
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        schema = file.schema_arrow
        about = json.loads((schema.metadata or {})[KEY])
        semantics = int(about["semantics"])
        names = None if columns is None else [name for name in columns if name in schema.names]
        # An Arrow thread that frees the bytes while the interpreter shuts down aborts the process.
        table = file.read(columns=names, use_threads=False) if semantics <= SEMANTICS else None
        if table is not None:
            _check_columns(path, schema, table)
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise DamagedShardError(path, f"not a shard ({type(error).__name__})") from error
    if table is None:
        raise StoreError(
            f"Shards must be of SEMANTICS {SEMANTICS} or less. Received SEMANTICS {semantics} in {path}, of a later "
            "version. Use the version that wrote it, another `study=NAME`, or another `results_dir=PATH`."
        )
    return table


def _check_columns(path: Place, schema: Any, table: Any) -> None:
    """Check that a file with a right checksum is a shard: anybody can write a file with a checksum.

    Raises:
        DamagedShardError: a column has another type, or lacks values.
        pyarrow.ArrowInvalid: values point nowhere.
    """
    table.validate(full=True)
    why = misfit(path.name.partition("-")[0], schema) or gaps(table)
    if why:
        raise DamagedShardError(path, why)


def _content(path: Place) -> bytes:
    """Return the bytes of a shard's file, checked against the checksum in its name."""
    match = NAME.fullmatch(path.name)
    try:
        content = filesystem.read(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"The shard {path} must be readable. Received: {error.strerror}.") from error
    if not content:
        raise DamagedShardError(path, "empty file")
    if match is None or checksum(content) != match[3]:
        raise DamagedShardError(path, "its bytes do not give its checksum")
    return content


def checksum(content: bytes) -> str:
    """Return the first 16 hex digits of the bytes' SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def new_stamp() -> str:
    """Return a name for a flush: nanoseconds, so that newer shards sort last, and a random part to be unique."""
    return f"{time.time_ns():019d}-{uuid.uuid4().hex[:8]}"


def write(folder: Place, stamp: str, states: Any, curves: Any) -> Shard:
    """Write one shard: curves, then states, each whole or not at all; on return both are on the disk.

    Args:
        folder: the study's folder.
        stamp: the flush's name, from `new_stamp`.
        states: pyarrow table of states.
        curves: pyarrow table of the same trials' curves.

    Raises:
        StoreError: the disk is full or the folder read-only; nothing of this shard counts then.
    """
    shards = shards_of(folder)
    try:
        curves_path = _write_file(shards, "curves", stamp, curves)
        states_path = _write_file(shards, "states", stamp, states)
        filesystem.settle(shards)
    except OSError as error:
        raise StoreError(
            f"The folder {shards} must take new shards. Received: {error.strerror}. Trials written before are kept: "
            "make the folder writable or make room, then run the same command again."
        ) from error
    return Shard(stamp=stamp, states=states_path, curves=curves_path)


def _write_file(folder: Place, kind: Kind, stamp: str, table: Any) -> Place:
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = json.dumps({"kind": kind, "semantics": SEMANTICS, "format": 1}).encode()
    table = table.replace_schema_metadata({KEY: about})
    words = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    sink = pa.BufferOutputStream()
    # No Parquet dictionary encoding for floats: it would store NaNs of different bits as one NaN.
    pq.write_table(table, sink, compression="zstd", use_dictionary=words or False, write_statistics=False)
    content = sink.getvalue().to_pybytes()
    path = folder / f"{kind}-{stamp}-{checksum(content)}.parquet"
    filesystem.write(path, content)
    return path


def remove(shard: Shard) -> None:
    """Delete a shard that another one replaces: states first, so that a kill leaves no states without curves."""
    filesystem.delete(shard.states)
    if shard.curves is not None:
        filesystem.delete(shard.curves)

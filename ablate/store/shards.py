"""Shard files: their names, writing them whole or not at all, and telling a sound one from a damaged one.

The checksum of a file's bytes is part of its name, so a file cut short, emptied or with one bit flipped, wherever in
the file, is known before it is parsed; Parquet's own page checksums leave its footer unguarded.
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

from ablate.core import filesystem as own
from ablate.core.errors import StoreError
from ablate.core.filesystem import Place
from ablate.core.study import SEMANTICS

Kind = Literal["states", "curves"]

NAME = re.compile(r"(states|curves)-(\d{19}-[0-9a-f]{8})-([0-9a-f]{16})\.parquet")
KEY = b"ablate"
"""Key of the shard's own description in the Parquet metadata."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """The files of one flush; curves are missing if somebody removed them."""

    stamp: str
    states: Place
    curves: Place | None


@dataclass(frozen=True, kw_only=True)
class Damage:
    """A file that cannot be trusted, and why."""

    path: Place
    reason: str

    def __str__(self) -> str:
        return f"{self.path.name}: {self.reason}"


class DamagedShardError(Exception):
    """The bytes of a shard are not those that were written."""

    def __init__(self, path: Place, reason: str) -> None:
        super().__init__(path, reason)
        self.damage = Damage(path=path, reason=reason)


def shards_of(folder: Place) -> Place:
    """Where the shards of a study's folder are."""
    return folder / "shards"


def files(folder: Place) -> list[Place]:
    """All files among the shards, whoever wrote them, by name."""
    place = shards_of(folder)
    try:
        return [place / name for name in own.listed(place)]
    except OSError as error:
        raise StoreError(f"The folder {place} must be readable. Received: {error.strerror}.") from error


def listing(folder: Place) -> list[Shard]:
    """The shards, oldest first. Curves without states are no shard: their flush was cut off before it counted."""
    names = {path.name: match for path in files(folder) if (match := NAME.fullmatch(path.name))}
    curves = {match[2]: shards_of(folder) / name for name, match in names.items() if match[1] == "curves"}
    return [
        Shard(stamp=match[2], states=shards_of(folder) / name, curves=curves.get(match[2]))
        for name, match in sorted(names.items())
        if match[1] == "states"
    ]


def names(folder: Place) -> list[str]:
    """Names of all shard files, which hold their checksums; empty if nothing was ever stored."""
    return [path.name for path in files(folder) if NAME.fullmatch(path.name)]


def read(path: Place, columns: Sequence[str] | None = None) -> Any:
    """The shard as a pyarrow table, columns that it lacks left out.

    Raises:
        DamagedShardError: the bytes are not those that were written.
        FileNotFoundError: the file is gone (compaction may have replaced it).
        StoreError: the file cannot be read, or another SEMANTICS wrote it.
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
        # On Arrow's threads, one that frees the bytes while the interpreter shuts down aborts the process.
        table = file.read(columns=names, use_threads=False) if semantics == SEMANTICS else None
        if table is not None:
            _check(path, schema, table)
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise DamagedShardError(path, f"not a shard ({type(error).__name__})") from error
    if table is None:
        raise StoreError(
            f"Shards must be of SEMANTICS {SEMANTICS}, this version's. Received SEMANTICS {semantics} in {path}: use "
            "the version that wrote it, another `study=NAME`, or another `results_dir=PATH`."
        )
    return table


def _check(path: Place, schema: Any, table: Any) -> None:
    """A right checksum says that the bytes are those somebody wrote, not that they are a shard.

    Raises:
        DamagedShardError: columns of other types, values that are missing or point nowhere.
        pyarrow.ArrowInvalid: the same, as Arrow says it.
    """
    from ablate.store.schema import gaps, misfit

    table.validate(full=True)
    why = misfit(path.name.partition("-")[0], schema) or gaps(table)
    if why:
        raise DamagedShardError(path, why)


def _content(path: Place) -> bytes:
    """The bytes of a shard, checked against the checksum in its name."""
    match = NAME.fullmatch(path.name)
    try:
        content = own.read(path)
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
    """The first 16 hex digits of the bytes' SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def new_stamp() -> str:
    """A name for a flush: nanoseconds, so that newer shards sort last, and a random part for other machines'."""
    return f"{time.time_ns():019d}-{uuid.uuid4().hex[:8]}"


def write(folder: Place, stamp: str, states: Any, curves: Any) -> Shard:
    """Writes one shard from two pyarrow tables: curves, then states; each whole or not at all, on the disk on return.

    Raises:
        StoreError: the disk is full or the folder read-only; nothing of this shard counts then.
    """
    place = shards_of(folder)
    try:
        curves_path = _write_file(place, "curves", stamp, curves)
        states_path = _write_file(place, "states", stamp, states)
        own.settle(place)
    except OSError as error:
        raise StoreError(
            f"The folder {place} must take new shards. Received: {error.strerror}. Trials flushed before are kept; "
            "make room and run the same command again."
        ) from error
    return Shard(stamp=stamp, states=states_path, curves=curves_path)


def _write_file(place: Place, kind: Kind, stamp: str, table: Any) -> Place:
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = json.dumps({"kind": kind, "semantics": SEMANTICS, "format": 1}).encode()
    table = table.replace_schema_metadata({KEY: about})
    words = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    sink = pa.BufferOutputStream()
    # Floats without dictionaries: a dictionary would merge NaNs of different bits.
    pq.write_table(table, sink, compression="zstd", use_dictionary=words or False, write_statistics=False)
    content = sink.getvalue().to_pybytes()
    path = place / f"{kind}-{stamp}-{checksum(content)}.parquet"
    own.write(path, content)
    return path


def remove(shard: Shard) -> None:
    """Deletes a shard that another one replaces: states first, so that no cut leaves states without curves."""
    own.delete(shard.states)
    if shard.curves is not None:
        own.delete(shard.curves)

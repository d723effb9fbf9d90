"""Keep a store in order: find damaged and foreign files, remove leftovers. Only the lock's owner may change it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ablate.core import filesystem, half_written
from ablate.core.filesystem import Place
from ablate.store.reading import pair, read_columns
from ablate.store.records import STATES_COLUMNS
from ablate.store.shards import NAME, Damage, DamagedShardError, files, listing, shards_of

DAMAGED = "damaged"

SOON = 3600 * 10**9
"""A machine that has written a curves file writes its states file within so many nanoseconds."""


def orphans(folder: Place) -> list[Place]:
    """Return curves files without a states file; if other machines write here too, only files older than an hour."""
    with_states = {shard.curves for shard in listing(folder)}
    patience = SOON if filesystem.shared(folder) else 0
    return [
        path
        for path in files(folder)
        if (match := NAME.fullmatch(path.name)) and match[1] == "curves" and path not in with_states
        if not patience or time.time_ns() - int(match[2].partition("-")[0]) > patience
    ]


def foreign(folder: Place) -> list[Place]:
    """Return files among the shards that this store did not write; they are left alone."""
    return [
        path
        for path in files(folder)
        if not NAME.fullmatch(path.name) and not path.name.startswith(half_written.PREFIX)
    ]


def remove_leftovers(folder: Place) -> None:
    """Delete what ended processes of this machine left half written in a study's folder and among its shards."""
    for part in (folder, shards_of(folder)):
        if isinstance(part, Path):
            half_written.remove_leftovers(part)


def inspect(folder: Place) -> list[Damage]:
    """Return the damages among the shards, at most one a shard; this reads all bytes, curves included."""
    damages = []
    for shard in listing(folder):
        try:
            if shard.curves is None:
                read_columns(shard, STATES_COLUMNS)
            else:
                pair(shard)
        except DamagedShardError as error:
            damages.append(error.damage)
        except FileNotFoundError:
            continue
    return damages


def set_aside(folder: Place, damages: Sequence[Damage]) -> list[Place]:
    """Move damaged files to `shards/damaged/` and return their new places; their trials are no longer done.

    Args:
        folder: the study's folder.
        damages: what `inspect` has found.
    """
    moved = []
    for damage in damages:
        target = shards_of(folder) / DAMAGED / damage.path.name
        while filesystem.is_file(target):
            stem, dot, suffix = target.name.rpartition(".")
            target = target.with_name(f"{stem}-again{dot}{suffix}")
        filesystem.move(damage.path, target)
        moved.append(target)
    return moved

"""Keeping a store in order: what is damaged, left over, or not ours. To change it is for the lock's owner only."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ablate.core import filesystem
from ablate.core.filesystem import TEMPORARY, Place
from ablate.store.reading import own_states, pair
from ablate.store.records import STATES_COLUMNS
from ablate.store.shards import NAME, Damage, DamagedShardError, files, listing, shards_of

DAMAGED = "damaged"

SOON = 3600 * 10**9
"""Nanoseconds within which a machine that has written curves writes their states."""


def orphans(folder: Place) -> list[Place]:
    """Curves files whose states never came; where other machines write, only when they had an hour to come."""
    known = {shard.curves for shard in listing(folder)}
    patience = SOON if filesystem.shared(folder) else 0
    return [
        path
        for path in files(folder)
        if (match := NAME.fullmatch(path.name)) and match[1] == "curves" and path not in known
        if not patience or time.time_ns() - int(match[2].partition("-")[0]) > patience
    ]


def foreign(folder: Place) -> list[Place]:
    """Files among the shards that this store did not write; they are left alone."""
    return [path for path in files(folder) if not NAME.fullmatch(path.name) and not path.name.startswith(TEMPORARY)]


def remove_leftovers(folder: Place) -> None:
    """Delete what processes of this machine left half written in a study's folder and among its shards."""
    for place in (folder, shards_of(folder)):
        filesystem.remove_leftovers(place)


def inspect(folder: Place) -> list[Damage]:
    """What is damaged among the shards, at most one file of each; reads all bytes, curves included."""
    damages = []
    for shard in listing(folder):
        try:
            if shard.curves is None:
                own_states(shard, STATES_COLUMNS)
            else:
                pair(shard)
        except DamagedShardError as error:
            damages.append(error.damage)
        except FileNotFoundError:
            continue
    return damages


def set_aside(folder: Place, damages: Sequence[Damage]) -> list[Place]:
    """Moves damaged files to `shards/damaged/`; their trials are no longer done."""
    place = shards_of(folder) / DAMAGED
    moved = []
    for damage in damages:
        target = place / damage.path.name
        while filesystem.is_file(target):
            stem, dot, suffix = target.name.rpartition(".")
            target = target.with_name(f"{stem}-again{dot}{suffix}")
        filesystem.move(damage.path, target)
        moved.append(target)
    return moved

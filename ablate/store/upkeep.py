"""Keeping a store in order: what is damaged, left over, or not ours. To change it is for the lock's owner only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ablate.store.shards import NAME, TEMPORARY, Damage, DamagedShardError, files, host, listing, read, shards_of

DAMAGED = "damaged"


def orphans(folder: Path) -> list[Path]:
    """Curves files whose states never came."""
    known = {shard.curves for shard in listing(folder)}
    return [
        path
        for path in files(folder)
        if (match := NAME.fullmatch(path.name)) and match[1] == "curves" and path not in known
    ]


def foreign(folder: Path) -> list[Path]:
    """Files among the shards that this store did not write; they are left alone."""
    return [path for path in files(folder) if not NAME.fullmatch(path.name) and not path.name.startswith(TEMPORARY)]


def sweep_leftovers(folder: Path) -> list[Path]:
    """Removes what a writer of this machine left half written."""
    own = f"{TEMPORARY}{host()}-"
    found = [path for path in files(folder) if path.name.startswith(own)]
    for path in found:
        path.unlink(missing_ok=True)
    return found


def inspect(folder: Path) -> list[Damage]:
    """Every damaged file among the shards, curves included; reads all bytes."""
    damages = []
    for shard in listing(folder):
        for path in (shard.states, shard.curves):
            try:
                if path is not None:
                    read(path, columns=["id"])
            except DamagedShardError as error:
                damages.append(error.damage)
            except FileNotFoundError:
                continue
    return damages


def set_aside(folder: Path, damages: Sequence[Damage]) -> list[Path]:
    """Moves damaged files to `shards/damaged/`; their trials are no longer done."""
    place = shards_of(folder) / DAMAGED
    moved = []
    for damage in damages:
        place.mkdir(exist_ok=True)
        target = place / damage.path.name
        while target.exists():
            target = target.with_name(f"{target.stem}-again{target.suffix}")
        damage.path.rename(target)
        moved.append(target)
    return moved

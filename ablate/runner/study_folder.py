"""A study's folder as a sweep finds it: where it is, what is wrong in it, what earlier sweeps left."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from ablate import store
from ablate.core import filesystem, json_values
from ablate.core.errors import StoreError
from ablate.core.filesystem import Place
from ablate.core.study import Study
from ablate.runner.progress import Event, Note
from ablate.store import manifest
from ablate.store.manifest import Manifest

Tell = Callable[[Event], None]


def folder_of(study: Study) -> Place:
    """Where a study's shards, manifest and report are: a local folder, or an address below a URL."""
    return filesystem.place(study.results_dir) / study.name


def guarded(folder: Place) -> Path:
    """The local folder whose lock keeps other sweeps of this machine out; the study's own, if it is local.

    Behind an address machines need no lock: shards are only added, and equal ones are read once.
    """
    if isinstance(folder, Path):
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"ablate-{os.getuid()}-{name}"


def tidy(folder: Place, tell: Tell) -> None:
    """Sets damaged shards aside, names them and the files that do not belong here, and removes half-written ones."""
    store.sweep_leftovers(folder)
    damages = store.inspect(folder)
    for damage, place in zip(damages, store.set_aside(folder, damages), strict=True):
        tell(Note(f"Damaged shard {damage}: moved to {place.parent}; its trials are trained again."))
    for path in store.foreign(folder):
        tell(Note(f"Ignored {path}: no shard of this store."))


def known(folder: Place, tell: Tell) -> Manifest | None:
    """What earlier sweeps wrote; None without their shards, whatever a clone brought along, or if it cannot be read."""
    if not filesystem.is_file(folder / manifest.FILE) or not store.names(folder):
        return None
    try:
        return manifest.read(folder)
    except StoreError as error:
        tell(Note(f"The manifest is written anew. {error}"))
        return None


def published(study: Study, folder: Place, known: Manifest | None) -> bool:
    """Whether the report of exactly this study has been written."""
    if known is None or not known.finished or not filesystem.is_file(folder / "report" / "report.html"):
        return False
    asked = dataclasses.replace(study, execution=known.study.execution, command=known.study.command)
    return bool(json_values.to_json(asked) == json_values.to_json(known.study))


def now() -> str:
    """The time, ISO 8601 with offset."""
    import datetime as dt

    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")

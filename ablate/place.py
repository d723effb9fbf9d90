"""A study's folder as a sweep finds it: where it is, what is wrong in it, what earlier sweeps left."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from ablate import manifest, store
from ablate.errors import StoreError
from ablate.manifest import Manifest
from ablate.progress import Event, Note
from ablate.study import Study

Tell = Callable[[Event], None]


def folder_of(study: Study) -> Path:
    """Where a study's shards, manifest and report are."""
    return Path(study.results_dir).expanduser() / study.name


def tidy(folder: Path, tell: Tell) -> None:
    """Sets damaged shards aside, names them and the files that do not belong here, and removes half-written ones."""
    store.sweep_leftovers(folder)
    damages = store.inspect(folder)
    for damage, place in zip(damages, store.set_aside(folder, damages), strict=True):
        tell(Note(f"Damaged shard {damage}: moved to {place.parent}; its trials are trained again."))
    for path in store.foreign(folder):
        tell(Note(f"Ignored {path}: no shard of this store."))


def known(folder: Path, tell: Tell) -> Manifest | None:
    """What earlier sweeps wrote; None without their shards, whatever a clone brought along, or if it cannot be read."""
    if not (folder / manifest.FILE).is_file() or not store.names(folder):
        return None
    try:
        return manifest.read(folder)
    except StoreError as error:
        tell(Note(f"The manifest is written anew. {error}"))
        return None


def published(study: Study, folder: Path, known: Manifest | None) -> bool:
    """Whether the report of exactly this study has been written."""
    if known is None or not known.finished or not (folder / "report" / "report.html").is_file():
        return False
    asked = dataclasses.replace(study, execution=known.study.execution, command=known.study.command)
    return manifest.study_to_json(asked) == manifest.study_to_json(known.study)


def now() -> str:
    """The time, ISO 8601 with offset."""
    import datetime as dt

    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")

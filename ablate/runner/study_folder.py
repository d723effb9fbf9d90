"""Find a study's folder, tidy it, and read what earlier sweeps left in it."""

from __future__ import annotations

import dataclasses
import datetime as dt
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
from ablate.store import manifest
from ablate.store.manifest import Manifest

OUTDATED = (
    '<p class="warn" role="alert">A later sweep of this study has begun and has not ended: this page does not tell of '
    "its trials. The end of the sweep writes the page anew; so does <code>ablate report</code>.</p>"
)
"""Stands at the top of a page between the start of a sweep and its end."""

Say = Callable[[str], None]


def folder_of(study: Study) -> Place:
    """Return the folder of a study's shards, manifest and report: a local folder, or an address below a URL."""
    return filesystem.place(study.results_dir) / study.name


def lock_folder(folder: Place) -> Path:
    """Return the folder whose lock keeps other sweeps of this machine out of a study: the study's own, if it is local.

    For results at a URL the lock lies in this machine's folder for temporary files. Sweeps of other machines need no
    lock: shards are only added, and equal trials are read once.
    """
    if isinstance(folder, Path):
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"ablate-{os.getuid()}-{name}"


def tidy(folder: Place, say: Say) -> None:
    """Remove half-written files, move damaged shards aside, and name them and the files that do not belong here.

    Args:
        folder: the study's folder; the caller holds its lock.
        say: called with a sentence about each such file.
    """
    store.remove_leftovers(folder)
    damages = store.inspect(folder)
    for damage, moved in zip(damages, store.set_aside(folder, damages), strict=True):
        say(f"Damaged shard {damage}. It was moved to {moved.parent}; its trials are trained again.")
    for path in store.foreign(folder):
        say(f"Ignored {path}: it is not a shard of this store.")


def earlier_manifest(folder: Place, say: Say) -> Manifest | None:
    """Return the manifest that an earlier sweep wrote; None if it cannot be used, or there are no shards.

    A clone brings a published manifest without shards: then the study begins anew.

    Args:
        folder: the study's folder.
        say: called if the manifest cannot be used, with the reason.
    """
    if not filesystem.is_file(folder / manifest.FILE) or not store.names(folder):
        return None
    try:
        return manifest.read(folder)
    except StoreError as error:
        say(f"The manifest cannot be used; this sweep writes a new one. {error}")
        return None


def published(study: Study, folder: Place, earlier: Manifest, source: str) -> bool:
    """Return whether the report in the folder is of exactly this study and of all its trials.

    A report's copy of the manifest is written with it: if it differs from the study's manifest, a sweep was killed
    before its report was whole.

    Args:
        study: the study as it is asked for now.
        folder: the study's folder; no trial is missing.
        earlier: the manifest as this sweep found it.
        source: who decides which settings are trained now.
    """
    report = folder / "report"
    if not earlier.finished or not all(filesystem.is_file(report / name) for name in ("report.html", manifest.FILE)):
        return False
    asked = dataclasses.replace(study, execution=earlier.study.execution, command=earlier.study.command)
    return (
        earlier.source == source
        and json_values.to_json(asked) == json_values.to_json(earlier.study)
        and list(earlier.shards) == store.names(folder)
        and filesystem.read(report / manifest.FILE) == filesystem.read(folder / manifest.FILE)
    )


def mark_report(folder: Place) -> None:
    """Say on the report's page, if there is one, that a later sweep has begun: the page does not tell of its trials."""
    page = folder / "report" / "report.html"
    if not filesystem.is_file(page):
        return
    text = filesystem.read(page).decode()
    if OUTDATED not in text:
        filesystem.write(page, text.replace("<body>", f"<body>\n{OUTDATED}", 1).encode())


def now() -> str:
    """Return the time, ISO 8601 with offset."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")

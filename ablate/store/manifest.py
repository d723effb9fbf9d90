"""Write and read `results/<study>/manifest.json`: what a study was, and where it ran.

The shards say how trials ended. The manifest says what was asked: factors with their levels' names, design, chance
level, the loss check's record, versions, machine and dates.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ablate.core import filesystem, json_values
from ablate.core.errors import StoreError
from ablate.core.filesystem import Place
from ablate.core.study import SEMANTICS, Json, Study
from ablate.outcomes.chance_level import Chance

FORMAT = 1
ADDED = ("data", "source")
"""Fields that manifests of older versions lack; they are written only if they say something."""

DESIGN, OWN = "design", "own"
"""Who decides which settings are trained: the study's design, or a source of its own (`search`, `try`)."""
FILE = "manifest.json"
PACKAGES = (
    "ablate-plateau",
    "tensorflow",
    "keras",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "hydra-core",
)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A study, and what else is known about its trials.

    Attributes:
        study: the study as it was last asked for.
        chance: the chance level of each task, by task hash.
        canary: the loss check's record, as JSON; None before the first check.
        versions: versions by package, of the last sweep.
        machine: system, processor, cores and Python of the last sweep.
        started: when the first sweep began, ISO 8601 with offset.
        finished: when the last sweep had every trial on the disk; empty while trials are missing.
        semantics: the `SEMANTICS` of the trials.
        level_names: per factor, canonical parameters -> name, of every level that any sweep of this study has had.
        shards: names (with checksums) of the shards when the study was finished.
        data: canonical parameters of a task -> content hash of its data, of every task that was planned.
        source: who decides which settings are trained, `DESIGN` or `OWN`; empty in manifests of older versions.
    """

    study: Study
    chance: Mapping[str, Chance] = field(default_factory=dict)
    canary: Json = None
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    started: str = ""
    finished: str = ""
    semantics: int = SEMANTICS
    level_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shards: tuple[str, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


def read(folder: str | Place) -> Manifest:
    """Read the manifest of a study's folder; if there is none, read the copy that was published with its report.

    Raises:
        StoreError: there is no manifest, it cannot be read, or it contradicts itself.
    """
    path = _path_in(filesystem.place(folder))
    try:
        return _parsed(json_values.parse(filesystem.read(path)))
    except OSError as error:
        raise StoreError(f"{path} must be readable. Received: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"no key {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__
        raise StoreError(
            f"{path} must be a manifest that `ablate sweep` wrote. Received: {what}. The trials are in the shards: "
            "run the same sweep again to write the manifest anew."
        ) from error


def content(folder: Place) -> bytes:
    """Return the bytes of the manifest that `read` reads.

    Raises:
        StoreError: there is no manifest.
    """
    return filesystem.read(_path_in(folder))


def _path_in(folder: Place) -> Place:
    for path in (folder / FILE, folder / "report" / FILE):
        if filesystem.is_file(path):
            return path
    raise StoreError(f"There must be a study in {folder}. Received a folder without {FILE}: run `ablate sweep` first.")


def _parsed(value: Json) -> Manifest:
    """Return the manifest of a file's JSON value; the bits of the file may have changed since it was written.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: the value is not that of a manifest.
    """
    if value["format"] != FORMAT:
        raise ValueError(f"format {value['format']!r}, not {FORMAT}")
    if not 1 <= value["semantics"] <= SEMANTICS:
        raise ValueError(f"SEMANTICS {value['semantics']!r}, not {SEMANTICS} or less, this version's")
    chances = {task: _chance(item) for task, item in value["chance"].items()}
    fields = {name: item for name, item in value.items() if name != "format"}
    manifest = json_values.record(Manifest, {**fields, "chance": chances})
    for factor in manifest.study.factors:
        names = manifest.level_names.get(factor.name, {})
        for level in (factor.baseline, *factor.levels):
            if names.get(level.text) != level.name:
                raise ValueError(
                    f"level {level.name!r} of `{factor.name}`, which `level_names` lacks or names otherwise"
                )
    return manifest


def _chance(item: Json) -> Json:
    """Return the fields of a chance level; one from before SEMANTICS 2 gets the luck that gives the same level."""
    if "chance" not in item:
        return item
    old = item["chance"]
    rows, constant = old["rows"], round(old["majority"] * old["rows"])
    count = old["band"] if old["distinct"] < 200 else max(old["critical"], old["band"])
    fields = {name: old[name] for name in ("rows", "classes", "majority", "reference")}
    return fields | {
        "luck": (count - constant) / max(1, rows - constant),
        "reason": "the best of 10,000 networks, untrained,",
    }


def encoded(manifest: Manifest) -> bytes:
    """Return the content of a manifest's file. The names of the study's levels are added to `level_names`."""
    fields = json_values.to_json(manifest)
    value = {name: item for name, item in fields.items() if item or name not in ADDED} | {
        "format": FORMAT,
        "chance": {task: item.numbers() for task, item in manifest.chance.items()},
        "level_names": level_names(manifest.study, manifest.level_names),
    }
    return f"{json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)}\n".encode()


def write(manifest: Manifest, folder: str | Place) -> Place:
    """Write the manifest into a study's folder, whole or not at all, and return its path.

    Args:
        manifest: what to write.
        folder: the study's folder.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = filesystem.place(folder) / FILE
    try:
        filesystem.write(path, encoded(manifest))
    except OSError as error:
        raise StoreError(f"The folder {path.parent} must be writable. Received: {error.strerror}.") from error
    return path


def level_names(study: Study, known: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return `known` with the names of the study's levels added; the study's own names replace older ones.

    Args:
        study: the study whose levels are named.
        known: per factor, canonical parameters -> name.
    """
    names = {factor: dict(levels) for factor, levels in known.items()}
    for factor in study.factors:
        levels = (factor.baseline, *factor.levels)
        names.setdefault(factor.name, {}).update({level.text: level.name for level in levels})
    return names


def versions() -> dict[str, str]:
    """Return the versions of the installed packages; in a checkout also the `commit`."""
    result = _commit()
    for name in PACKAGES:
        try:
            result[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return result


def _commit() -> dict[str, str]:
    """Return the checkout's commit, with a plus sign if files differ from it; nothing outside a checkout."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return {}
    try:
        commit = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "ablate", "conf", "experiments")
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": f"{commit}{'+' if changed else ''}"}


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True, timeout=10)  # noqa: S603, S607
    return done.stdout.strip()


def machine() -> dict[str, str]:
    """Return system, processor, cores and Python of this machine; no names of hosts or people."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": str(os.cpu_count() or 1),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()

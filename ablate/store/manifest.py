"""What a study was and where it ran, in `results/<study>/manifest.json`; and a Study as JSON, there and back.

The shards say how trials ended; the manifest says what was asked: factors with their levels' names, the design, the
chance rule, the canary's answer, versions, machine and dates.
"""

from __future__ import annotations

import dataclasses
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
from ablate.core.study import ALL_AT_ONCE, SEMANTICS, Budget, Contrast, Execution, Factor, Json, Level, Study
from ablate.outcomes.chance_level import Chance

FORMAT = 1
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
    """A study and what surrounds its trials.

    Attributes:
        study: the study as it was last asked for.
        chance: per task hash, its chance level.
        canary: the canary's record, as JSON; None before it has sung.
        versions: version by package, of the last sweep.
        machine: system, processor, cores, Python.
        started: when the first sweep began, ISO 8601 with offset.
        finished: when the last sweep ended with every trial done; empty if it has not.
        semantics: the `SEMANTICS` of the trials.
        level_names: per factor, canonical parameters -> name, of every level any sweep of this study has had.
        shards: names (with checksums) of the shards at the end of the last whole sweep.
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


def read(folder: str | Place) -> Manifest:
    """The manifest of a study's folder; where there is none, the copy published with its report.

    Raises:
        StoreError: there is none, or it is not a manifest.
    """
    return _parse(_path(filesystem.place(folder)))


def content(folder: Place) -> bytes:
    """The manifest that `read` reads, as it was written.

    Raises:
        StoreError: there is none.
    """
    return filesystem.read(_path(folder))


def _path(folder: Place) -> Place:
    for path in (folder / FILE, folder / "report" / FILE):
        if filesystem.is_file(path):
            return path
    raise StoreError(f"There must be a study in {folder}. Received a folder without {FILE}: run `ablate sweep` first.")


def _parse(path: Place) -> Manifest:
    try:
        content = json_values.plain(filesystem.read(path).decode())
        if content["format"] != FORMAT:
            raise StoreError(f"{path} must be of format {FORMAT}. Received format {content['format']!r}.")
        return Manifest(
            study=study_from_json(content["study"]),
            chance={task: Chance.from_json(value) for task, value in json_values.mapping(content["chance"]).items()},
            canary=content["canary"],
            versions=json_values.texts(content["versions"]),
            machine=json_values.texts(content["machine"]),
            started=json_values.text(content["started"]),
            finished=json_values.text(content["finished"]),
            semantics=json_values.whole(content["semantics"]),
            level_names={
                name: json_values.texts(value) for name, value in json_values.mapping(content["level_names"]).items()
            },
            shards=json_values.several(content["shards"], json_values.text),
        )
    except OSError as error:
        raise StoreError(f"{path} must be readable. Received: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(
            f"{path} must be a manifest that `ablate sweep` wrote. Received {type(error).__name__}: {error}. Trials "
            "are in the shards: the same sweep again writes it anew."
        ) from error


def write(manifest: Manifest, folder: str | Place) -> Place:
    """Writes the manifest into a study's folder, whole or not at all.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = filesystem.place(folder) / FILE
    content = {name: getattr(manifest, name) for name in (each.name for each in dataclasses.fields(manifest))}
    content |= {
        "format": FORMAT,
        "study": study_to_json(manifest.study),
        "chance": {task: chance.to_json() for task, chance in manifest.chance.items()},
    }
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    try:
        filesystem.write(path, text.encode())
    except OSError as error:
        raise StoreError(f"The folder {path.parent} must be writable. Received: {error.strerror}.") from error
    return path


def level_names(study: Study, known: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The names of the study's levels, and those known before; the study's own names win."""
    names = {factor: dict(levels) for factor, levels in known.items()}
    for factor in study.factors:
        own = names.setdefault(factor.name, {})
        own.update({level.text: level.name for level in (factor.baseline, *factor.levels)})
    return names


def versions() -> dict[str, str]:
    """Version by package, of those that are installed; and the commit, where the package runs from a checkout."""
    found = _commit()
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _commit() -> dict[str, str]:
    """The checkout's commit, with a plus sign if its files differ from it; nothing where there is no checkout."""
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
    """What ran the trials: system, processor, cores and Python; no names of hosts or people."""
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


def study_to_json(study: Study) -> dict[str, Json]:
    """A study as a JSON value."""
    return {
        "name": study.name,
        "factors": [
            {
                "name": factor.name,
                "levels": [_level_to_json(level) for level in factor.levels],
                "baseline": _level_to_json(factor.baseline),
            }
            for factor in study.factors
        ],
        "seeds": list(study.seeds),
        "budget": dataclasses.asdict(study.budget),
        "designs": list(study.designs),
        "engine": study.engine,
        "results_dir": study.results_dir,
        "question": study.question,
        "contrasts": [dataclasses.asdict(contrast) for contrast in study.contrasts],
        "command": study.command,
        "execution": dataclasses.asdict(study.execution),
        "spending": study.spending,
    }


def study_from_json(value: Json) -> Study:
    """The study `study_to_json` wrote; equal to it.

    Raises:
        ConfigError: a study that cannot be.
        ValueError, TypeError, KeyError: not such a value.
    """
    content = json_values.mapping(value)
    return Study(
        name=json_values.text(content["name"]),
        factors=json_values.several(content["factors"], _factor_from_json),
        seeds=json_values.several(content["seeds"], json_values.whole),
        budget=json_values.record(Budget, content["budget"]),
        designs=json_values.several(content["designs"], json_values.mapping),
        engine=json_values.text(content["engine"]),
        results_dir=json_values.text(content["results_dir"]),
        question=json_values.text(content["question"]),
        contrasts=json_values.several(content["contrasts"], _contrast_from_json),
        command=json_values.text(content["command"]),
        execution=json_values.record(Execution, content["execution"]),
        spending=json_values.mapping(content.get("spending", {"kind": ALL_AT_ONCE})),
    )


def _contrast_from_json(value: Json) -> Contrast:
    content = json_values.mapping(value)
    places = json_values.mapping(content.get("at", {}))
    at = {name: list(json_values.several(levels, json_values.text)) for name, levels in places.items()}
    return json_values.record(Contrast, {**content, "at": at})


def _level_to_json(level: Level) -> dict[str, Json]:
    return {"name": level.name, "params": level.params}


def _factor_from_json(value: Json) -> Factor:
    return Factor(
        name=json_values.text(value["name"]),
        levels=json_values.several(value["levels"], _level_from_json),
        baseline=_level_from_json(value["baseline"]),
    )


def _level_from_json(value: Json) -> Level:
    return Level(name=json_values.text(value["name"]), params=value["params"])

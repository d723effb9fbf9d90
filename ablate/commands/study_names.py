"""Split a command's words into names and overrides, and find the folder of the study that they name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ablate.core import filesystem
from ablate.core.errors import ConfigError, unknown
from ablate.core.filesystem import Address, Place

PUBLISHED = "published"
"""The subfolder of a results folder for studies that come with the package: commands read it and never write to it."""


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words that are names, and those that are overrides.

    Examples:
        >>> split(["blog", "results_dir=out", "~fault"])
        (['blog'], ['results_dir=out', '~fault'])
    """
    overrides = [word for word in words if "=" in word or word.startswith("~")]
    return [word for word in words if word not in overrides], overrides


def only_overrides(words: Sequence[str]) -> list[str]:
    """Return the words if all of them are overrides.

    Raises:
        ConfigError: a word is no override.
    """
    names, overrides = split(words)
    if names:
        raise ConfigError(f"Every word must be KEY=VALUE, as `experiment=blog`. Received: {' '.join(names)!r}.")
    return overrides


def studies(results_dir: str | Place) -> dict[str, Place]:
    """Return the folder of each study with results, by the study's name.

    A study in `results_dir` hides the published one of the same name. No command writes to published studies.
    """
    root = filesystem.place(results_dir)
    published = _with_manifest(root / PUBLISHED)
    trained = _with_manifest(root)
    return {**trained, **{name: path for name, path in published.items() if name not in trained}}


def _with_manifest(root: Place) -> dict[str, Place]:
    """Return the subfolders that hold a study's manifest, by name."""
    return {name: root / name for name in filesystem.folders(root) if _is_study(root / name)}


def _is_study(folder: Place) -> bool:
    from ablate.store.manifest import FILE

    return filesystem.is_file(folder / FILE) or filesystem.is_file(folder / "report" / FILE)


def folder(words: Sequence[str]) -> Place:
    """Return the folder of the one study that a command's words name.

    Args:
        words: a study's name, path or address; or overrides that compose the study.

    Raises:
        ConfigError: no study is named, several are, or the study has no results.
    """
    names, overrides = split(words)
    if len(names) > 1 or not words:
        raise ConfigError(f"Exactly one study must be named, as `blog`. Received: {' '.join(words) or 'nothing'}.")
    from ablate import configure

    study = configure.compose(overrides)
    return find(names[0] if names else study.name, study.results_dir)


def writable(study: Place) -> Path:
    """Return the folder for what a command writes about a study: its own, or the user's if the study is published.

    What is written about a study at a remote address goes into the working folder.

    Args:
        study: the study's folder.
    """
    if not isinstance(study, Path):
        return Path.cwd()
    root = study.parent
    return root.parent / study.name if root.name == PUBLISHED else study


def find(study: str | os.PathLike[str] | Address, results_dir: str | os.PathLike[str] | Address | None = None) -> Place:
    """Return the folder of a study.

    Args:
        study: its name; or the path or address of its folder, which has a slash or is a path object.
        results_dir: the folder in which a name is looked for; None: the `results_dir` of the configs.

    Raises:
        ConfigError: there are no results of such a study.
    """
    if not isinstance(study, str) or "/" in study or os.sep in study:
        path = _place(study)
        if _is_study(path):
            return path
        raise ConfigError(f"A study's folder must hold a manifest, which `ablate sweep` writes. Received: {path}.")
    if results_dir is None:
        from ablate import configure

        results_dir = configure.results_dir()
    there = studies(_place(results_dir))
    if study not in there:
        raise ConfigError(unknown(f"study in {results_dir}/", study, there or ["(none yet)"]))
    return there[study]


def _place(path: str | os.PathLike[str] | Address) -> Place:
    if not isinstance(path, str | os.PathLike | Address):
        raise ConfigError(f"A study or folder must be named by a text or a path. Received: {path!r:.80}.")
    return path if isinstance(path, Address) else filesystem.place(os.fspath(path))

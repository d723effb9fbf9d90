"""Which study a command's words mean, and in which folder it is."""

from __future__ import annotations

from collections.abc import Sequence

from ablate.core import filesystem
from ablate.core.errors import ConfigError, unknown
from ablate.core.filesystem import Place

PUBLISHED = "published"
"""The folder of a results folder whose studies come with the package: commands read them and write elsewhere."""


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that are names, and those that are overrides.

    Examples:
        >>> split(["blog", "results_dir=out", "~fault"])
        (['blog'], ['results_dir=out', '~fault'])
    """
    overrides = [word for word in words if "=" in word or word.startswith("~")]
    return [word for word in words if word not in overrides], overrides


def only_overrides(words: Sequence[str]) -> list[str]:
    """The words, if all of them are overrides.

    Raises:
        ConfigError: one is not.
    """
    names, overrides = split(words)
    if names:
        raise ConfigError(f"Overrides are KEY=VALUE, as `experiment=blog`. Received: {' '.join(names)!r}.")
    return overrides


def studies(results_dir: str | Place) -> dict[str, Place]:
    """Return the folder of each study with results, by the study's name.

    A study that was trained here hides the published one of the same name, which no command ever writes to.
    """
    root = filesystem.place(results_dir)
    published = _with_manifest(root / PUBLISHED)
    trained = _with_manifest(root)
    return {**trained, **{name: path for name, path in published.items() if name not in trained}}


def _with_manifest(root: Place) -> dict[str, Place]:
    """Return the folders of a place that hold a manifest, by name."""
    from ablate.store.manifest import FILE

    return {
        name: root / name
        for name in filesystem.folders(root)
        if filesystem.is_file(root / name / FILE) or filesystem.is_file(root / name / "report" / FILE)
    }


def folder(words: Sequence[str]) -> Place:
    """The folder of the one study that the words name: by its name, or by overrides that compose it.

    Raises:
        ConfigError: no study is named, more than one, or one without results.
    """
    from ablate import configure

    names, overrides = split(words)
    if len(names) > 1 or not words:
        raise ConfigError(f"Exactly one study must be named, as `blog`. Received: {' '.join(words) or 'nothing'}.")
    study = configure.compose(overrides)
    name = names[0] if names else study.name
    there = studies(study.results_dir)
    if name not in there:
        raise ConfigError(unknown(f"study in {study.results_dir}/", name, [*there] or ["(none yet)"]))
    return there[name]

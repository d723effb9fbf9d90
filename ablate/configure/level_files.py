"""Read the files of levels, and find the file with given parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from omegaconf import OmegaConf

from ablate import remedies
from ablate.configure.config_files import Library
from ablate.core.study import Json, canonical

UNSET = "???"
"""Hydra's mark for a value that must be given."""


def contents(
    named: Iterable[tuple[str, str]], config: Mapping[str, Json], library: Library
) -> dict[tuple[str, str], Json]:
    """Read level files, with their interpolations such as `${learning_rate}` resolved.

    Args:
        named: (group, option) of each file.
        config: the base config that the interpolations refer to.
        library: the config files.
    """
    names = list(dict.fromkeys(named))
    root = OmegaConf.create({**config, "files": [library.content(group, option) for group, option in names]})
    files: Any = OmegaConf.to_container(root.files, resolve=True)
    return dict(zip(names, files, strict=True))


def given(content: Mapping[str, Json]) -> dict[str, Json]:
    """Return the parameters that a level's file gives; the user must give the others."""
    return {key: value for key, value in content.items() if value != UNSET}


def option_with(factor: str, params: Json, config: Mapping[str, Json], library: Library) -> str | None:
    """Return the name of the level file with exactly these parameters; None if no file has them.

    Args:
        factor: a factor's name.
        params: resolved parameters of a level.
        config: the base config that interpolations in the files refer to.
        library: the config files.
    """
    files = contents(((factor, option) for option in library.options(factor)), config, library)
    for (_, option), content in files.items():
        if UNSET not in content.values() and canonical(remedies.checked(factor, content)) == canonical(params):
            return option
    return None

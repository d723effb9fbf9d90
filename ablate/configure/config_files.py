"""Open the config files with Hydra: the options of a group, the content of an option, and Hydra's composition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ablate.configure.grammar import key_of
from ablate.core.errors import ConfigError

SEARCH_PATH = "hydra.searchpath"
"""The key of the override that adds folders of levels to the package's own."""

NOISE = ("See ", "full_key", "object_type", "Config search path", "provider=")
"""The beginnings of those lines in Hydra's messages that name only Hydra's own classes and paths."""


@dataclass(frozen=True, kw_only=True)
class Library:
    """The config files, read through Hydra.

    Attributes:
        options: group -> the names of its options; empty for a name that is no group.
        content: group, option -> the content of the option's file.
    """

    options: Callable[[str], Sequence[str]]
    content: Callable[[str, str], Any]


def folder() -> Path:
    """Return the folder of the configs: inside an installed package, next to the package in a checkout."""
    package = Path(__file__).resolve().parents[1]
    return next(path for path in (package / "conf", package.parent / "conf") if (path / "config.yaml").is_file())


def remark(group: str, option: str) -> str:
    """Return what the first line of an option's file says of it, or else its content as one line.

    Args:
        group: the config group, such as a factor.
        option: the option's name; an option without a file of the package has no remark.
    """
    path = folder() / group / f"{option}.yaml"
    if not path.is_file():
        return ""
    first, *rest = path.read_text(encoding="utf-8").splitlines() or [""]
    return first.removeprefix("# ") if first.startswith("# ") else ", ".join([first, *rest])


def search_paths(overrides: Iterable[str]) -> list[str]:
    """Return the overrides that add folders of levels."""
    return [text for text in overrides if key_of(text) == SEARCH_PATH]


@contextmanager
def opened(overrides: Sequence[str] = ()) -> Iterator[Library]:
    """Open the package's configs and the folders of `hydra.searchpath`; at the end, restore Hydra's global state.

    Args:
        overrides: in Hydra's grammar; only those of `hydra.searchpath` are used.

    Raises:
        ConfigError: Hydra, OmegaConf or YAML raised an error inside the block.
    """
    paths = search_paths(overrides)
    with our_errors(), _apart(), hydra.initialize_config_dir(str(folder()), version_base="1.3"):
        loader: Any = GlobalHydra.instance().config_loader()
        _, files = loader._parse_overrides_and_create_caching_repo("config", paths)

        def options(group: str) -> list[str]:
            return list(files.get_group_options(group, ObjectType.CONFIG))

        def content(group: str, option: str) -> Any:
            result = files.load_config(f"{group}/{option}")
            if result.defaults_list:  # the level is made from another one, so Hydra must compose it
                return composed([*paths, f"+{group}@made={option}"]).made
            return result.config

        yield Library(options=cache(options), content=content)


def composed(overrides: Sequence[str]) -> Any:
    """Return the base config with these overrides, Hydra's own part included."""
    try:
        return hydra.compose("config", list(overrides), return_hydra_config=True)
    except ValueError as error:  # Hydra raises it if a number is given where the name of an option is expected
        raise ConfigError(readable(error)) from error


@contextmanager
def _apart() -> Iterator[None]:
    """Hide Hydra's global state inside the block: a Hydra application may be running in this process."""
    state = GlobalHydra.instance()
    before, state.hydra = state.hydra, None
    try:
        yield
    finally:
        state.hydra = before


@contextmanager
def our_errors() -> Iterator[None]:
    """Turn errors of Hydra, OmegaConf and YAML into `ConfigError`."""
    try:
        yield
    except (HydraException, OmegaConfBaseException, YAMLError) as error:
        raise ConfigError(readable(error)) from error
    except RecursionError as error:
        raise ConfigError("Overrides and config files must have fewer brackets inside brackets.") from error


def readable(error: Exception) -> str:
    """Return the messages of a Hydra error and of its cause as one line, without Hydra's own paths."""
    missing = re.match(r"Interpolation key '(.*)' not found", str(error))
    if missing:
        return (
            f"`${{{missing[1]}}}` refers to the key `{missing[1]}`, which the config does not have. "
            f"If you mean the characters themselves, add a backslash and single quotes: '\\${{{missing[1]}}}'."
        )
    absent = re.search(r"Could not find '(?!hydra/)([^'/]+)/([^']+)'", str(error))
    if absent:
        group, option = absent.groups()
        return (
            f"The configs name `{group}={option}`, and there is no file conf/{group}/{option}.yaml. "
            "Add the file, or name another option."
        )
    lines = [line.strip() for part in (error, error.__cause__) if part for line in str(part).splitlines()]
    lines = [re.sub(r"^In '[^']*': ", "", line) for line in lines]
    return " ".join(line for line in lines if line not in ("", "None") and not line.startswith(NOISE))

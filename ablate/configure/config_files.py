"""The config files, opened with Hydra: options of a group, content of an option, and Hydra's own composition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ablate.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Library:
    """The config files: group -> the names of its options (none for what is no group); group, option -> content."""

    options: Callable[[str], Sequence[str]]
    content: Callable[[str, str], Any]


def folder() -> Path:
    """Where the configs are: in the package when it is installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    return next(each for each in (package / "conf", package.parent / "conf") if (each / "config.yaml").is_file())


@contextmanager
def opened(overrides: Sequence[str] = ()) -> Iterator[Library]:
    """Hydra on our configs, and what `hydra.searchpath` adds to them; its global state is put back."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.object_type import ObjectType

    paths = [each for each in overrides if each.lstrip("+").startswith("hydra.searchpath=")]
    with our_errors(), _apart(), initialize_config_dir(str(folder()), version_base="1.3"):
        loader: Any = GlobalHydra.instance().config_loader()
        _, files = loader._parse_overrides_and_create_caching_repo("config", paths)

        def options(group: str) -> list[str]:
            return list(files.get_group_options(group, ObjectType.CONFIG))

        def content(group: str, option: str) -> Any:
            found = files.load_config(f"{group}/{option}")
            if found.defaults_list:  # a level made from another one: Hydra's to compose
                return composed([*paths, f"+{group}@made={option}"]).made
            return found.config

        yield Library(options=cache(options), content=content)


def composed(overrides: Sequence[str]) -> Any:
    """The base config with these overrides, Hydra's own part included."""
    import hydra

    try:
        return hydra.compose("config", list(overrides), return_hydra_config=True)
    except ValueError as error:  # what Hydra says of a number where a group's option should stand
        raise ConfigError(readable(error)) from error


@contextmanager
def _apart() -> Iterator[None]:
    """Hydra as if nobody else used it in this process: an application of Hydra's own may be running."""
    from hydra.core.global_hydra import GlobalHydra

    state = GlobalHydra.instance()
    before, state.hydra = state.hydra, None
    try:
        yield
    finally:
        state.hydra = before


@contextmanager
def our_errors() -> Iterator[None]:
    """Errors of Hydra, OmegaConf and YAML become ours."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        yield
    except (HydraException, OmegaConfBaseException, YAMLError) as error:
        raise ConfigError(readable(error)) from error


def readable(error: Exception) -> str:
    """Hydra's message and its cause's in one line, without places in its own tree."""
    lines = [line.strip() for each in (error, error.__cause__) if each for line in str(each).splitlines()]
    return " ".join(
        line for line in lines if line not in ("", "None") and not line.startswith(("See ", "full_key", "object_type"))
    )

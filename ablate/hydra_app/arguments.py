"""The arguments of the Hydra application, checked and made ready for Hydra."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ablate.configure.config_files import composed, opened
from ablate.configure.grammar import parsed, written
from ablate.configure.overrides import spelled_out
from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Study
from ablate.hydra_app import optuna_sweeper_keys, study_jobs

PARAMS = "hydra.sweeper.params."
"""Where a sweeper's spaces stand, whose values are Hydra's own words for a sweep."""

SWEEPER = "hydra/sweeper="

QUOTES = ("'", '"')


def checked(arguments: Sequence[str]) -> list[str]:
    """The arguments for Hydra, once their overrides are known to compose.

    A folder of levels (`--config-dir`) becomes part of `hydra.searchpath`, where studies look for it, too.

    Raises:
        ConfigError: what cannot be, as `configure.compose`; or a flag that has no meaning here.
        SystemExit: what Hydra's own parser of arguments refuses.
    """
    from hydra._internal.utils import get_args_parser

    flags = get_args_parser().parse_intermixed_args(list(arguments))
    for name, instead in (("config_name", "experiment=NAME"), ("config_path", "--config-dir=FOLDER")):
        if getattr(flags, name) is not None:
            raise ConfigError(
                f"--{name.replace('_', '-')} cannot be: the main config is the package's own. A study of your own is a "
                f"file experiment/NAME.yaml in a folder of yours: {instead}. Received: {getattr(flags, name)!r}."
            )
    if flags.experimental_rerun is not None:
        raise ConfigError("--experimental-rerun cannot be: `ablate show ID --rerun` trains a trial again and compares.")
    words = _with_sweeper([_quoted(each) for each in _with_folder(flags)])
    if not (flags.help or flags.hydra_help or flags.info):
        _check(words, multirun=flags.multirun)
    return [*_own_flags(flags), *map(spelled_out, words)]


def _with_folder(flags: argparse.Namespace) -> list[str]:
    """The overrides, the folder of `--config-dir` among them."""
    if flags.config_dir is None:
        return list(flags.overrides)
    folder = Path(flags.config_dir).expanduser().absolute()
    if not folder.is_dir():
        raise ConfigError(f"--config-dir must be a folder. Received: {flags.config_dir!r}.")
    paths = [each for each in flags.overrides if each.startswith(study_jobs.SEARCH_PATH)]
    others = [path for each in parsed(paths) for path in each.value()]
    whole = f"{study_jobs.SEARCH_PATH}{written([f'file://{folder}', *others])}"
    return [whole, *(each for each in flags.overrides if each not in paths)]


def _quoted(override: str) -> str:
    """A sweeper's space as a text, which Hydra lets through."""
    key, equals, value = override.partition("=")
    if not equals or not key.lstrip("+").startswith(PARAMS):
        return override
    return f"++{key.lstrip('+')}={value if value[:1] in QUOTES else written(value)}"


def _own_flags(flags: argparse.Namespace) -> list[str]:
    """Hydra's flags as they were given, less those that have become overrides."""
    found = [f"--{name.replace('_', '-')}" for name in _SWITCHES if getattr(flags, name)]
    return found + [f"--{name}={getattr(flags, name)}" for name in ("cfg", "package", "info") if getattr(flags, name)]


_SWITCHES = ("help", "hydra_help", "resolve", "run", "multirun")


def _with_sweeper(words: list[str]) -> list[str]:
    """The overrides, our sweeper among them unless they choose one, or an experiment does.

    It does not stand in our main config, since an experiment could not choose another one then.
    """
    if _sweeper(words) or _experiments(words) not in ("", "basic"):
        return words
    return [f"{SWEEPER}ablate", *words]


def _sweeper(words: Sequence[str]) -> str:
    """The sweeper that the overrides name."""
    return next((each.partition("=")[2] for each in words if each.lstrip("+").startswith(SWEEPER)), "")


def _experiments(words: Sequence[str]) -> str:
    """The sweeper of the one experiment that the overrides name; empty if there is none, or if several are named."""
    named = parsed(each for each in words if each.lstrip("+").startswith("experiment="))
    chosen = [spelled_out(each.input_line) for each in named if not each.is_sweep_override()]
    if not chosen:
        return ""
    paths = [each for each in words if each.startswith(study_jobs.SEARCH_PATH)]
    with opened(paths):
        return str(composed([*paths, *chosen]).hydra.runtime.choices["hydra/sweeper"])


def _check(words: Sequence[str], *, multirun: bool) -> None:
    """The overrides compose, one trial's or every study's; a list without `-m` is Hydra's to refuse."""
    from ablate import configure

    if multirun or "hydra.mode=MULTIRUN" in words:
        sweeper = _sweeper(words) or _experiments(words)
        study_jobs.split(words, _COMPOSE.get(sweeper, configure.compose))
    elif not any(each.is_sweep_override() for each in parsed(words)):
        configure.compose(words)


def _searched(words: Sequence[str]) -> Study:
    """The study that is searched; the keys under `hydra.sweeper` are known."""
    from ablate import configure

    for each in words:
        name = each.lstrip("+~").partition("=")[0].split(".")
        if name[:2] == ["hydra", "sweeper"] and name[2] not in optuna_sweeper_keys.KEYS:
            raise ConfigError(unknown("key of `hydra.sweeper`", name[2], optuna_sweeper_keys.KEYS))
    return configure.search(words)[0]


_COMPOSE = {"ablate_optuna": _searched}
"""Sweeper -> overrides -> study, where it is not a sweep's."""

"""Check the arguments of the Hydra application, and write them in full for Hydra."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from hydra._internal.utils import get_args_parser

from ablate import configure
from ablate.configure.config_files import SEARCH_PATH, composed, opened, search_paths
from ablate.configure.grammar import key_of, parsed, written
from ablate.configure.overrides import spelled_out
from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Study
from ablate.hydra_app import optuna_sweeper_keys, study_jobs

PARAMS = "hydra.sweeper.params."
"""The prefix of the keys that give a sweeper its values, as functions such as `choice(...)`."""

SWEEPER = "hydra/sweeper"

MODES = ("run", "multirun", "cfg", "info")
"""Hydra's flags that say what to do; it takes one of them."""

SWITCHES = ("help", "hydra_help", "resolve", "run", "multirun")
"""Hydra's flags without a value."""


def checked(arguments: Sequence[str]) -> list[str]:
    """Return the arguments as Hydra needs them, after checking that their overrides compose.

    The folder of `--config-dir` becomes part of `hydra.searchpath`, where studies look for levels.

    Raises:
        ConfigError: as for `configure.compose`; or a flag that this application does not support.
        SystemExit: an argument that Hydra's own parser refuses.
    """
    flags = get_args_parser().parse_intermixed_args(list(arguments))
    for name, instead in (("config_name", "experiment=NAME"), ("config_path", "--config-dir=FOLDER")):
        if getattr(flags, name) is not None:
            raise ConfigError(
                f"--{name.replace('_', '-')} must be left out: the main config is the package's own. For a study of "
                f"your own, write a file experiment/NAME.yaml in a folder of yours, and use {instead}. "
                f"Received: {getattr(flags, name)!r}."
            )
    if flags.experimental_rerun is not None:
        raise ConfigError(
            "--experimental-rerun must be left out. Use `ablate show ID --rerun`: it trains a trial again and compares."
        )
    modes = [f"--{name}" for name in MODES if getattr(flags, name)]
    if len(modes) > 1:
        raise ConfigError(
            f"Only one of {', '.join(f'--{name}' for name in MODES)} can be given. Received: {' '.join(modes)}."
        )
    words = _with_sweeper([_quoted(text) for text in _with_folder(flags)])
    if not (flags.help or flags.hydra_help or flags.info):
        _check(words, multirun=flags.multirun)
    return [*_flags(flags), *map(spelled_out, words)]


def _with_folder(flags: argparse.Namespace) -> list[str]:
    """Return the overrides, with the folder of `--config-dir` among them."""
    if flags.config_dir is None:
        return list(flags.overrides)
    folder = Path(flags.config_dir).expanduser().absolute()
    if not folder.is_dir():
        raise ConfigError(f"--config-dir must be a folder. Received: {flags.config_dir!r}.")
    paths = search_paths(flags.overrides)
    others = [path for override in parsed(paths) for path in override.value()]
    whole = f"{SEARCH_PATH}={written([f'file://{folder}', *others])}"
    return [whole, *(text for text in flags.overrides if text not in paths)]


def _quoted(override: str) -> str:
    """Quote the value of a key under `PARAMS`, so that Hydra passes it on as a text."""
    key, equals, value = override.partition("=")
    if not equals or not key.lstrip("+").startswith(PARAMS):
        return override
    is_quoted = value.startswith(("'", '"'))
    return f"++{key.lstrip('+')}={value if is_quoted else written(value)}"


def _flags(flags: argparse.Namespace) -> list[str]:
    """Return Hydra's flags as they were given, without those that have become overrides."""
    switches = [f"--{name.replace('_', '-')}" for name in SWITCHES if getattr(flags, name)]
    valued = [f"--{name}={getattr(flags, name)}" for name in ("cfg", "package", "info") if getattr(flags, name)]
    return switches + valued


def _with_sweeper(words: list[str]) -> list[str]:
    """Return the overrides with ablate's sweeper first, unless they or their experiment choose a sweeper.

    The main config does not choose ablate's sweeper, because an experiment could then not choose another one.
    """
    if _sweeper(words) or _experiments_sweeper(words) not in ("", "basic"):
        return words
    return [f"{SWEEPER}=ablate", *words]


def _sweeper(words: Sequence[str]) -> str:
    """Return the sweeper that the overrides name."""
    return next((text.partition("=")[2] for text in words if key_of(text) == SWEEPER), "")


def _experiments_sweeper(words: Sequence[str]) -> str:
    """Return the sweeper of the experiment that the overrides name; empty if they name none, or several."""
    named = parsed(text for text in words if key_of(text) == "experiment")
    chosen = [spelled_out(override.input_line) for override in named if not override.is_sweep_override()]
    if not chosen:
        return ""
    paths = search_paths(words)
    with opened(paths):
        return str(composed([*paths, *chosen]).hydra.runtime.choices[SWEEPER])


def _check(words: Sequence[str], *, multirun: bool) -> None:
    """Check that the overrides compose: one trial, or every study of a multirun. Hydra refuses a list without `-m`."""
    if multirun or "hydra.mode=MULTIRUN" in words:
        sweeper = _sweeper(words) or _experiments_sweeper(words)
        study_jobs.split(words, _searched if sweeper == "ablate_optuna" else configure.compose)
    elif not any(override.is_sweep_override() for override in parsed(words)):
        configure.compose(words)


def _searched(words: Sequence[str]) -> Study:
    """Return the study that is searched, after checking the keys under `hydra.sweeper`."""
    for text in words:
        names = key_of(text).split(".")
        if names[:2] == ["hydra", "sweeper"] and names[2] not in optuna_sweeper_keys.KEYS:
            raise ConfigError(unknown("key of `hydra.sweeper`", names[2], optuna_sweeper_keys.KEYS))
    return configure.search(words)[0]

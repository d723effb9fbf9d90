"""Expand one command line into several studies: one per value of a study-wide key such as `steps`."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.types import Glob

from ablate import remedies
from ablate.configure.config_files import Library, opened
from ablate.configure.grammar import key_of, parsed, written
from ablate.configure.overrides import listed
from ablate.core.errors import ConfigError
from ablate.core.study import Json, Study

MOST_STUDIES = 1000
"""The most studies that one command line can describe."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One study: its name, and the overrides that compose it."""

    name: str
    words: tuple[str, ...]


def with_params(params: Mapping[str, Json] | None, arguments: Sequence[str]) -> list[str]:
    """Return the overrides of `hydra.sweeper.params` and the command line, which wins if both have a key.

    Args:
        params: override key -> value, as the configs have it; a text is in Hydra's grammar.
        arguments: the overrides of the command line.

    Raises:
        ConfigError: `params` is not a mapping.

    Examples:
        >>> with_params({"loss": "glob(*)", "width": 32}, ["loss=fused"])
        ['width=32', 'loss=fused']
    """
    if not isinstance(params or {}, Mapping):
        raise ConfigError(f"`hydra.sweeper.params` must be a mapping of factor to values. Received: {params!r}.")
    given = set(map(key_of, arguments))
    texts = {str(name): value if isinstance(value, str) else written(value) for name, value in (params or {}).items()}
    return [*(f"{name}={text}" for name, text in texts.items() if name.lstrip("+") not in given), *arguments]


def split(overrides: Sequence[str], compose: Callable[[Sequence[str]], Study]) -> list[Job]:
    """Return the studies that the overrides describe: one for every combination of study-wide values.

    Every study is composed once. If studies would share a folder, the values in which they differ are added to their
    names.

    Args:
        overrides: in Hydra's grammar.
        compose: overrides -> the study: `configure.compose`, or a function that composes a search.

    Raises:
        ConfigError: as for `compose`; or more studies than `MOST_STUDIES`.

    Examples:
        >>> from ablate.configure import compose
        >>> [job.words for job in split(["steps=100,400", "loss=clipped,fused"], compose)]
        [('steps=100', 'loss=clipped,fused', 'study=loss-steps-100'), \
('steps=400', 'loss=clipped,fused', 'study=loss-steps-400')]
    """
    axes = _axes(overrides)
    count = math.prod(map(len, axes.values()))
    if count > MOST_STUDIES:
        raise ConfigError(f"One line must describe at most {MOST_STUDIES:,} studies. Received: {count:,}.")
    jobs = []
    for chosen in itertools.product(*axes.values()):
        single = dict(zip(axes, chosen, strict=True))
        words = tuple(single.get(text, text) for text in overrides)
        jobs.append((Job(name=compose(words).name, words=words), chosen))
    counts = Counter(job.name for job, _ in jobs)
    return [job if counts[job.name] == 1 else _renamed(job, chosen) for job, chosen in jobs]


def _axes(overrides: Sequence[str]) -> dict[str, list[str]]:
    """Return, per override that sweeps a study-wide key, the overrides that give it one value each."""
    sweep_in_a_study = {*remedies.registry(), "seed", "design"}
    axes = {}
    with opened(overrides) as library:
        for text, override in zip(overrides, parsed(overrides), strict=True):
            head = override.key_or_group.partition(".")[0]
            if head not in sweep_in_a_study and not override.is_hydra_override() and override.is_sweep_override():
                axes[text] = [f"{override.get_key_element()}={value}" for value in _texts(override, library)]
    return axes


def _texts(override: Any, library: Library) -> Iterator[str]:
    """Return the values of a parsed override as texts that Hydra reads."""
    if isinstance(override.value(), Glob):
        return iter(map(str, listed(override.key_or_group, override.input_line.partition("=")[2], library)))
    if override.is_interval_sweep():
        raise ConfigError(
            f"`{override.key_or_group}` must have a list of values, not an interval. Received: {override.input_line!r}."
        )
    texts: Iterator[str] = override.sweep_string_iterator()
    return texts


def _renamed(job: Job, chosen: Sequence[str]) -> Job:
    """Return the job with the chosen values added to its study's name."""
    values = "-".join(re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-") for text in chosen)
    name = f"{job.name}-{values}" if values else job.name
    others = tuple(text for text in job.words if key_of(text) != "study")
    return dataclasses.replace(job, name=name, words=(*others, f"study={name}"))

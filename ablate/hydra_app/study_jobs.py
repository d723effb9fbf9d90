"""Several studies from one line of overrides: what is one for a whole study may sweep there, one study a value."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ablate import remedies
from ablate.configure.config_files import opened
from ablate.configure.grammar import parsed, written
from ablate.configure.overrides import listed
from ablate.core.errors import ConfigError
from ablate.core.study import Json, Study

MOST_STUDIES = 1000
"""One line can describe so many studies at most."""

SEARCH_PATH = "hydra.searchpath="
"""The override that adds folders of levels to ours."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One study: its name, and the overrides that compose it."""

    name: str
    words: tuple[str, ...]


def above(params: Mapping[str, Json] | None, arguments: Sequence[str]) -> list[str]:
    """The overrides of `hydra.sweeper.params` that the command line leaves alone, and above them the command line's.

    Raises:
        ConfigError: no mapping.

    Examples:
        >>> above({"loss": "glob(*)", "width": 32}, ["loss=fused"])
        ['width=32', 'loss=fused']
    """
    if not isinstance(params or {}, Mapping):
        raise ConfigError(f"`hydra.sweeper.params` must be a mapping of factor to values. Received: {params!r}.")
    given = {each.lstrip("+~").partition("=")[0] for each in arguments}
    texts = {str(name): value if isinstance(value, str) else written(value) for name, value in (params or {}).items()}
    return [*(f"{name}={text}" for name, text in texts.items() if name.lstrip("+") not in given), *arguments]


def split(overrides: Sequence[str], compose: Callable[[Sequence[str]], Study]) -> list[Job]:
    """The studies that the overrides describe, each composed once: one for every combination of study-wide values.

    Studies that would share a folder get the values in which they differ behind their names.

    Args:
        overrides: in Hydra's grammar.
        compose: overrides -> the study (`configure.compose`, or what a search makes of them).

    Raises:
        ConfigError: as `compose`; or more studies than MOST_STUDIES.

    Examples:
        >>> from ablate.configure import compose
        >>> [job.words for job in split(["steps=100,400", "loss=clipped,fused"], compose)]
        [('steps=100', 'loss=clipped,fused', 'study=loss-steps-100'), \
('steps=400', 'loss=clipped,fused', 'study=loss-steps-400')]
    """
    axes = _axes(overrides)
    count = 1
    for values in axes.values():
        count *= len(values)
    if count > MOST_STUDIES:
        raise ConfigError(f"One line describes {MOST_STUDIES:,} studies at most. Received: {count:,}.")
    found = []
    for chosen in itertools.product(*axes.values()):
        own = dict(zip(axes, chosen, strict=True))
        words = tuple(own.get(each, each) for each in overrides)
        found.append((Job(name=compose(words).name, words=words), tuple(own.values())))
    shared = Counter(job.name for job, _ in found)
    return [job if shared[job.name] == 1 else _renamed(job, chosen) for job, chosen in found]


def _axes(overrides: Sequence[str]) -> dict[str, list[str]]:
    """Override that sweeps a key of the whole study -> the overrides that stand for its values."""
    own = {*remedies.registry(), "seed", "design"}
    axes = {}
    with opened(overrides) as library:
        for text, each in zip(overrides, parsed(overrides), strict=True):
            head = each.key_or_group.partition(".")[0]
            if head not in own and not each.is_hydra_override() and each.is_sweep_override():
                axes[text] = [f"{each.get_key_element()}={value}" for value in _texts(each, library)]
    return axes


def _texts(each: Any, library: Any) -> Iterator[str]:
    from hydra.core.override_parser.types import Glob

    if isinstance(each.value(), Glob):
        return iter(map(str, listed(each.key_or_group, each.input_line.partition("=")[2], library)))
    if each.is_interval_sweep():
        raise ConfigError(f"An interval has no values to list. Received: {each.input_line!r}.")
    found: Iterator[str] = each.sweep_string_iterator()
    return found


def _renamed(job: Job, chosen: Sequence[str]) -> Job:
    """The job, its study named after the values, too."""
    said = "-".join(re.sub(r"[^A-Za-z0-9._]+", "-", each).strip("-") for each in chosen)
    name = f"{job.name}-{said}" if said else job.name
    kept = tuple(each for each in job.words if not each.lstrip("+").startswith("study="))
    return dataclasses.replace(job, name=name, words=(*kept, f"study={name}"))

"""List the settings and trials of a study.

Everything here is a pure function of the study. The study runs the union of the parts of its design
(`ablate.design.kinds`). Every part may have `exclude`: partial settings, each a mapping of factor to a level or a list
of levels.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from ablate import remedies
from ablate.core.errors import ConfigError
from ablate.core.level_names import find_level
from ablate.core.study import TASK, Json, Level, Setting, Study, Trial, canonical, trial_ids
from ablate.design.kinds import Part, factor_of, kind_of
from ablate.remedies.model import MODEL
from ablate.remedies.start import START

LIMIT = 10**7
"""A study with more trials than this is taken for a typing mistake."""

PREVIEW = 1000
"""How many settings of each part of a design are built to check the names in the part."""


def check_design(study: Study) -> None:
    """Check that the design names only known factors and levels, and has 1 to `LIMIT` trials; do not build all of it.

    Raises:
        ConfigError: an unknown kind, option, factor or level; no trial, or more than `LIMIT`.
    """
    _check_size(study)
    for part in study.designs:
        _excluded(study, part)
        collections.deque(itertools.islice(kind_of(part).build(study, part), PREVIEW), maxlen=0)


def _check_size(study: Study) -> None:
    size = sum(kind_of(part).size(study, part) for part in study.designs) * len(study.pool)
    if size > LIMIT:
        raise ConfigError(
            f"A study must have at most {LIMIT:,} trials. This one has up to {size:,}: give fewer levels or seeds."
        )
    if size == 0:
        raise ConfigError(
            "A study must have at least one setting and one seed. This one has no trial: "
            "list at least one seed, and one setting in `design`."
        )


def _excluded(study: Study, part: Part) -> list[dict[str, tuple[Level, ...]]]:
    """Return the exclusions as mappings of factor to levels; a setting that matches a whole mapping is left out."""
    exclusions = []
    for partial in part.get("exclude") or ():
        if not isinstance(partial, Mapping) or not partial:
            raise ConfigError(f"An exclusion must be a mapping of factor to level. Received: {partial!r}.")
        exclusions.append(
            {
                name: tuple(
                    find_level(factor_of(study, name), level)
                    for level in (value if isinstance(value, list) else [value])
                )
                for name, value in partial.items()
            }
        )
    return exclusions


def check_levels(study: Study, hash_of: Callable[[Json], str]) -> None:
    """Check that no two levels of a factor are the same: equal networks of two builders, equal rows of two files.

    Args:
        study: the study.
        hash_of: a task's parameters -> the content hash of its arrays; called only if the study varies its task.

    Raises:
        ConfigError: two levels are the same; the message names them.
    """
    for factor in study.varying:
        names: dict[str, str] = {}
        for level in factor.levels:
            text = hash_of(level.params) if factor.name == TASK else identity_text(factor.name, level.params)
            other = names.setdefault(text, level.name)
            if other != level.name:
                what = {
                    TASK: "hold the same rows",
                    MODEL: "are the same network (stacks of dense layers differ by `width`, `depth` and other factors)",
                }.get(factor.name, "are the same")
                raise ConfigError(
                    f"Factor `{factor.name}` must have each level once. {other!r} and {level.name!r} {what}: leave one "
                    "of them out."
                )


def settings(study: Study) -> list[Setting]:
    """Return the settings of every part of the study's design, each once, in the order in which they first occur.

    Raises:
        ConfigError: the design is not possible (see `check_design`), or it excludes every setting.
    """
    _check_size(study)
    unique: dict[Setting, None] = {}
    for part in study.designs:
        exclusions = _excluded(study, part)
        for setting in kind_of(part).build(study, part):
            levels = dict(setting.levels)
            if not any(all(levels[name] in left_out[name] for name in left_out) for left_out in exclusions):
                unique.setdefault(setting)
    if not unique:
        raise ConfigError("The design must leave at least one setting. It excludes every one: exclude fewer.")
    return list(unique)


def trials(study: Study, hash_of: Callable[[Json], str]) -> list[Trial]:
    """Return the trials of every setting of the study's design.

    Args:
        study: the study.
        hash_of: a task's parameters -> the content hash of its arrays (`ablate.tasks`).

    Raises:
        ConfigError: the design is not possible (see `settings`).
    """
    return trials_of(study, settings(study), hash_of)


def trials_of(study: Study, chosen: Iterable[Setting], hash_of: Callable[[Json], str]) -> list[Trial]:
    """Return one trial for every setting and every seed of the study's pool, by setting; each id occurs once.

    Args:
        study: gives seeds, budget and engine.
        chosen: settings over the study's factors, in or outside its design.
        hash_of: a task's parameters -> the content hash of its arrays (`ablate.tasks`).
    """
    neutral = remedies.neutral()
    neutral_texts = {name: canonical(value) for name, value in neutral.items()}
    unique: dict[str, Trial] = {}
    hashes: dict[str, str] = {}
    pool = study.pool
    for setting in chosen:
        task = setting[TASK]
        if task.text not in hashes:
            hashes[task.text] = hash_of(task.params)
        common: dict[str, Any] = {"task_hash": hashes[task.text], "budget": study.budget, "engine": study.engine}
        params = _identity(remedies.identity(setting.params()), neutral)
        text = _factors_text(params, {id(level.params): level.text for _, level in setting}, neutral_texts)
        for seed, name in zip(pool, trial_ids(text, seeds=pool, **common), strict=True):
            if name not in unique:
                unique[name] = Trial(id=name, setting=setting, seed=seed, **common)
    return list(unique.values())


def identity_text(factor: str, params: Json) -> str:
    """Return the part of a level's parameters that belongs to a trial id, as canonical JSON.

    For `task` that is a content hash, which parameters alone do not tell: they are returned whole.

    Args:
        factor: the factor's name.
        params: the level's resolved parameters.
    """
    identity = remedies.identity({START: {}, factor: params})
    return canonical(_identity(identity, remedies.neutral())[factor])


def _factors_text(params: Mapping[str, Json], texts: Mapping[int, str], neutral: Mapping[str, str]) -> str:
    """Return the canonical JSON of the factors that decide the id, put together from the texts of their levels.

    Args:
        params: resolved parameters by factor.
        texts: canonical JSON of a level's parameters, by the `id()` of these parameters.
        neutral: canonical JSON of the neutral levels, by factor.
    """
    pairs = {name: texts.get(id(value)) or canonical(value) for name, value in sorted(params.items()) if name != TASK}
    return "{" + ",".join(f"{_quoted(name)}:{text}" for name, text in pairs.items() if text != neutral.get(name)) + "}"


@cache
def _quoted(name: str) -> str:
    return canonical(name)


def _identity(params: dict[str, Json], neutral: Mapping[str, Json]) -> dict[str, Json]:
    """Return the parameters that decide the id; a first phase's setting is without factors at their neutral level."""
    start: Json = params[START]
    after = start.get("after")
    if not isinstance(after, Mapping) or not isinstance(after.get("setting"), Mapping):
        return params
    changed = {
        name: value
        for name, value in remedies.identity(after["setting"]).items()
        if not (name in neutral and canonical(value) == canonical(neutral[name]))
    }
    return {**params, START: {**start, "after": {**after, "setting": changed}}}

"""Which settings a study runs: full, one at a time, leave one out, pairs, regular fractions, listed ones, unions.

Everything here is a pure function of the study. A design part is a mapping with a `kind`; the study runs the union of
its parts. Every part may say `factors` (a list of the factors it changes, or factor -> the levels it takes; all of the
study's varying factors if null) and `exclude` (partial settings, each factor -> a level or a list of levels).
"""

from __future__ import annotations

import collections
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import find_level
from ablate.core.study import Factor, Json, Level, Setting, Study, Trial, canonical, trial_ids

LIMIT = 10**7
"""More trials than this are a slip of the keyboard, not a study."""

Part = Mapping[str, Json]
Axis = tuple[str, tuple[Level, ...]]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of design: what a part of it may say, how many settings it has at most, and which."""

    options: tuple[str, ...]
    size: Callable[[Study, Part], int]
    build: Callable[[Study, Part], Iterator[Setting]]


def _factor(study: Study, name: str) -> Factor:
    names = [factor.name for factor in study.factors]
    if name not in names:
        raise ConfigError(unknown("factor in the design", str(name), names))
    return study.factor(name)


def _axes(study: Study, part: Part) -> list[Axis]:
    """The factors a part changes, each with the levels it takes, the baseline first."""
    chosen = part.get("factors")
    if chosen is None:
        chosen = [factor.name for factor in study.varying]
    wanted = chosen if isinstance(chosen, Mapping) else dict.fromkeys(chosen)
    axes = []
    for name, names in wanted.items():
        factor = _factor(study, name)
        own = factor.levels if names is None else tuple(find_level(factor, each) for each in names)
        rest = tuple(each for each in dict.fromkeys(own) if each != factor.baseline)
        axes.append((name, (factor.baseline, *rest)))
    return axes


def _remedies(study: Study, levels: Mapping[str, Json]) -> dict[str, Level]:
    if not isinstance(levels, Mapping):
        raise ConfigError(f"A setting must be a mapping of factor to level. Received: {levels!r}.")
    return {name: find_level(_factor(study, name), value) for name, value in levels.items()}


def _full(study: Study, part: Part) -> Iterator[Setting]:
    """Every combination."""
    axes = _axes(study, part)
    names = [name for name, _ in axes]
    for levels in itertools.product(*(levels for _, levels in axes)):
        yield study.baseline.replace(**dict(zip(names, levels, strict=True)))


def _one_at_a_time(study: Study, part: Part) -> Iterator[Setting]:
    """The baseline, and each other level of each factor alone."""
    yield study.baseline
    for name, levels in _axes(study, part):
        for each in levels[1:]:
            yield study.baseline.replace(**{name: each})


def _leave_one_out(study: Study, part: Part) -> Iterator[Setting]:
    """The baseline, the full remedy set, and the set without each of its remedies."""
    remedies = _remedies(study, part.get("remedies") or {})
    if not remedies:
        raise ConfigError("`leave_one_out` needs its full remedy set: `design.remedies={loss: fused, ...}`.")
    yield study.baseline
    yield study.baseline.replace(**remedies)
    for left_out in remedies:
        yield study.baseline.replace(**{name: each for name, each in remedies.items() if name != left_out})


def _pairs(study: Study, part: Part) -> Iterator[Setting]:
    """Every combination of every two factors, the others at the baseline; single remedies and the baseline too."""
    yield from _one_at_a_time(study, part)
    for (one, ones), (other, others) in itertools.combinations(_axes(study, part), 2):
        for first, second in itertools.product(ones[1:], others[1:]):
            yield study.baseline.replace(**{one: first, other: second})


def _explicit(study: Study, part: Part) -> Iterator[Setting]:
    """The remedy sets that are listed."""
    for remedies in part.get("settings") or ():
        yield study.baseline.replace(**_remedies(study, remedies))


def _fraction(study: Study, part: Part) -> Iterator[Setting]:
    """A regular fraction of the full grid: the smallest of a resolution, or the best of a size."""
    # Only this kind needs NumPy, and `plan` of any other answers sooner without it.
    from ablate.design import fraction

    axes = dict(_axes(study, part))
    counts = {name: len(levels) for name, levels in axes.items()}
    size, resolution = part.get("settings"), part.get("resolution") or 5
    for name, value in (("settings", size), ("resolution", resolution)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise ConfigError(f"A fraction's `{name}` must be a whole number of at least 1. Received: {value!r}.")
    found = fraction.smallest(counts, resolution) if size is None else fraction.of_size(counts, size)
    for codes in found.settings:
        chosen = {name: axes[name][int(code)] for name, code in zip(found.names, codes, strict=True)}
        yield study.baseline.replace(**chosen)


def _sizes(study: Study, part: Part) -> list[int]:
    return [len(levels) for _, levels in _axes(study, part)]


def _product_size(study: Study, part: Part) -> int:
    return math.prod(_sizes(study, part))


def _sum_size(study: Study, part: Part) -> int:
    return 1 + sum(_sizes(study, part))


def _pairs_size(study: Study, part: Part) -> int:
    return 1 + sum(_sizes(study, part)) ** 2


def _listed_size(_: Study, part: Part) -> int:
    return len(part.get("settings") or ())


def _remedies_size(_: Study, part: Part) -> int:
    return 2 + len(part.get("remedies") or ())


KINDS: dict[str, Kind] = {
    "full": Kind(options=("factors",), size=_product_size, build=_full),
    "one_at_a_time": Kind(options=("factors",), size=_sum_size, build=_one_at_a_time),
    "leave_one_out": Kind(options=("remedies",), size=_remedies_size, build=_leave_one_out),
    "pairs": Kind(options=("factors",), size=_pairs_size, build=_pairs),
    "fraction": Kind(
        options=("factors", "resolution", "settings"),
        size=lambda study, part: sum(1 for _ in _fraction(study, part)),
        build=_fraction,
    ),
    "explicit": Kind(options=("settings",), size=_listed_size, build=_explicit),
}
"""A new kind of design is one entry here and one file in conf/design."""


def _kind(part: Part) -> Kind:
    if not isinstance(part, Mapping) or part.get("kind") not in KINDS:
        name = part.get("kind") if isinstance(part, Mapping) else part
        raise ConfigError(unknown("kind of design", str(name), [*KINDS, "union"]))
    kind = KINDS[part["kind"]]
    for option in part:
        if option not in ("kind", "exclude", *kind.options):
            raise ConfigError(unknown(f"option of design `{part['kind']}`", option, ["exclude", *kind.options]))
    return kind


def _excluded(study: Study, part: Part) -> list[dict[str, tuple[Level, ...]]]:
    """Per exclusion: factor -> levels; a setting that matches all of them is left out."""
    result = []
    for partial in part.get("exclude") or ():
        if not isinstance(partial, Mapping) or not partial:
            raise ConfigError(f"An exclusion must be a mapping of factor to level. Received: {partial!r}.")
        listed = {name: value if isinstance(value, list) else [value] for name, value in partial.items()}
        result.append(
            {name: tuple(find_level(_factor(study, name), each) for each in values) for name, values in listed.items()}
        )
    return result


def check(study: Study) -> None:
    """Whether the design can be: what it names is there, and it is not absurdly large. Builds little of it.

    Raises:
        ConfigError: an unknown kind, option, factor or level; or more than `LIMIT` trials.
    """
    size = sum(_kind(part).size(study, part) for part in study.designs) * len(study.pool)
    if size > LIMIT:
        raise ConfigError(f"A study must have at most {LIMIT:,} trials. This one has up to {size:,}.")
    if size == 0:
        raise ConfigError("A study must have at least one setting and one seed. This one has none: an empty grid.")
    for part in study.designs:
        _excluded(study, part)
        collections.deque(itertools.islice(_kind(part).build(study, part), 1000), maxlen=0)


def settings(study: Study) -> list[Setting]:
    """The settings of every part of the study's design, each once, in the order in which they are first named.

    Raises:
        ConfigError: a design that cannot be (see `check`), or that excludes every setting.
    """
    check(study)
    found: dict[Setting, None] = {}
    for part in study.designs:
        exclusions = _excluded(study, part)
        for setting in _kind(part).build(study, part):
            own = dict(setting.levels)
            if not any(all(own[name] in levels for name, levels in each.items()) for each in exclusions):
                found.setdefault(setting)
    if not found:
        raise ConfigError("The design excludes every setting of the study: an empty grid.")
    return list(found)


def trials(study: Study, hash_of: Callable[[Json], str]) -> list[Trial]:
    """One trial for every setting and seed of the pool, each id once, by setting.

    Args:
        study: the study.
        hash_of: a task's parameters -> the content hash of its arrays (`ablate.tasks`).
    """
    from ablate import remedies

    neutral = remedies.neutral()
    plain = {name: canonical(value) for name, value in neutral.items()}
    found: dict[str, Trial] = {}
    hashes: dict[str, str] = {}
    pool = study.pool
    for setting in settings(study):
        task = setting["task"]
        if task.text not in hashes:
            hashes[task.text] = hash_of(task.params)
        own: dict[str, Any] = {"task_hash": hashes[task.text], "budget": study.budget, "engine": study.engine}
        params = _identity(remedies.identity(setting.params()), neutral)
        factors = _chosen(params, {id(level.params): level.text for _, level in setting}, plain)
        for seed, name in zip(pool, trial_ids(factors, seeds=pool, **own), strict=True):
            if name not in found:
                found[name] = Trial(id=name, setting=setting, seed=seed, **own)
    return list(found.values())


def _chosen(params: Mapping[str, Json], texts: Mapping[int, str], neutral: Mapping[str, str]) -> str:
    """Canonical JSON of the factors that decide the id, put together from what is known of their levels.

    Args:
        params: resolved parameters by factor.
        texts: canonical JSON of a level's parameters, by their identity.
        neutral: the same of the factors' neutral levels, by factor.
    """
    own = {name: texts.get(id(value)) or canonical(value) for name, value in sorted(params.items()) if name != "task"}
    return "{" + ",".join(f"{_quoted(name)}:{text}" for name, text in own.items() if text != neutral.get(name)) + "}"


@cache
def _quoted(name: str) -> str:
    return canonical(name)


def _identity(params: dict[str, Json], neutral: Mapping[str, Json]) -> dict[str, Json]:
    """The parameters as the id sees them: a first phase, too, leaves out the factors at their neutral level."""
    start: Json = params["start"]
    after = start.get("after")
    if not isinstance(after, Mapping) or not isinstance(after.get("setting"), Mapping):
        return params
    from ablate import remedies

    own = {
        name: value
        for name, value in remedies.identity(after["setting"]).items()
        if not (name in neutral and canonical(value) == canonical(neutral[name]))
    }
    return {**params, "start": {**start, "after": {**after, "setting": own}}}

"""A factor's levels from what the configs say of them: the level's file, its parameters on top, its name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from ablate import remedies
from ablate.configure import model_template
from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import find_level, level_text
from ablate.core.study import Factor, Json, Level, canonical

OWN_SHAPE = ("task", "model", "start", "width", "depth")
"""Factors that the first phase of a trial shares with the trial itself, whatever the phase's setting says."""

UNSET = "???"
"""What Hydra calls a value that must be given."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A study's configs, composed: plain values only.

    Attributes:
        config: the base config, interpolations resolved.
        choices: per config group, the chosen option: the baseline level's name.
        named: (group, option) -> the content of that option's file.
        axes: per factor (also `seed` and `design`) that sweeps, its entries: names, numbers, mappings with `level`.
        params: (factor, path of a parameter, its values); more than one value sweeps.
        replaced: keys that the overrides decide.
        command: the command line that says all this.
    """

    config: Mapping[str, Json]
    choices: Mapping[str, str]
    named: Mapping[tuple[str, str], Json] = field(default_factory=dict)
    axes: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    params: Sequence[tuple[str, str, Sequence[Json]]] = ()
    replaced: frozenset[str] = frozenset()
    command: str = ""


def option(entry: Json) -> str:
    """The option that an entry of a factor's list names.

    Raises:
        ConfigError: a mapping without `level`.
    """
    if not isinstance(entry, Mapping):
        return level_text(entry)
    if "level" not in entry:
        raise ConfigError(f"A level that is a mapping must say which, as {{level: adam}}. Received: {entry!r}.")
    return level_text(entry["level"])


def factor(name: str, source: Source) -> Factor:
    """The factor with the levels that the study gives it, and its baseline.

    The baseline is the one the study names under `baseline`, else the config's own if it is among the levels, else
    the first level.
    """
    own = source.choices.get(name, source.config[name])
    params = [(path, values) for of, path, values in source.params if of == name]
    entries = source.axes.get(name, (own,))
    for path, _ in params:
        _check_taken(name, path, entries, source)
    levels = tuple(each for entry in entries for each in _levels(name, entry, params, source))
    baseline = levels[0]
    with suppress(ConfigError):
        fixed = [(path, values) for path, values in params if len(values) == 1]
        base = next(_levels(name, own, fixed, source))
        baseline = levels[levels.index(base)] if base in levels else baseline
    found = Factor(name=name, levels=levels, baseline=baseline)
    wanted = source.config["baseline"].get(name)
    return found if wanted is None else Factor(name=name, levels=levels, baseline=find_level(found, wanted))


def with_first_phases(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    """The factors, with every `start.after.setting` resolved into parameters.

    `baseline` stands for the study's baseline; a mapping of factor to level is a change of it. Factors whose value is
    the trial's own in both phases are left out.
    """
    neutral = {name: canonical(remedies.neutral()[name]) for name in remedies.brought()}
    base = {
        each.name: each.baseline.params
        for each in factors
        if each.name not in OWN_SHAPE and each.baseline.text != neutral.get(each.name)
    }
    named = {each.name: each for each in factors}

    def resolved(level: Level) -> Level:
        after = level.params.get("after")
        if after is None:
            return level
        setting = {**base, **_changes(after["setting"], named)}
        return Level(name=level.name, params={**level.params, "after": {**after, "setting": setting}})

    start = named["start"]
    own = Factor(name="start", levels=tuple(map(resolved, start.levels)), baseline=resolved(start.baseline))
    return tuple(own if each.name == "start" else each for each in factors)


def _changes(setting: Json, factors: Mapping[str, Factor]) -> dict[str, Json]:
    """What a first phase changes of the baseline."""
    if setting == "baseline":
        return {}
    if not isinstance(setting, Mapping):
        raise ConfigError(
            f"`start.after.setting` must be baseline, or a mapping of factor to level. Received: {setting!r}."
        )
    allowed = [name for name in factors if name not in OWN_SHAPE]
    for name in setting:
        if name not in allowed:
            raise ConfigError(unknown("factor in `start.after.setting`", str(name), allowed))
    return {
        name: find_level(factors[name], value).params
        if isinstance(value, str | bool)
        else remedies.checked(name, value)
        for name, value in setting.items()
    }


def _raw(name: str, entry: Json, source: Source) -> Json:
    """What the config holds for a level; the chosen option may have been changed there by the experiment."""
    chosen = option(entry)
    return source.config[name] if chosen == source.choices[name] else source.named[name, chosen]


def _levels(name: str, entry: Json, params: Sequence[tuple[str, Sequence[Json]]], source: Source) -> Iterator[Level]:
    """The level of an entry, once for every combination of the parameters that it takes."""
    if name not in source.choices:
        number = remedies.checked(name, entry)
        yield Level(name=canonical(number), params=number)
        return
    raw = _raw(name, entry, source)
    own = dict(entry) if isinstance(entry, Mapping) else {}
    label, _ = own.pop("name", None), own.pop("level", None)
    taken = [(path, values) for path, values in params if path.partition(".")[0] in _takes(name, raw)]
    ways = [[(path, value, len(values) > 1) for value in values] for path, values in taken]
    for combination in itertools.product(*ways):
        changed, shown = raw, []
        for path, value, always in [*((path, value, True) for path, value in own.items()), *combination]:
            if always or _get(changed, path) != value:
                shown.append(f"{path}={level_text(value)}")
            changed = put(changed, path, value)
        suffix = f"({','.join(shown)})" if shown else ""
        yield _level(label or option(entry) + suffix, name, changed)


def _level(label: str, name: str, raw: Mapping[str, Json]) -> Level:
    given = {key: value for key, value in raw.items() if value != UNSET}
    try:
        check = model_template.with_template if name == "model" else partial(remedies.checked, name)
        return Level(name=label, params=check(given))
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"Level {label!r} of `{name}` must have finite numbers: {error}.") from error


def _takes(name: str, raw: Mapping[str, Json]) -> set[str]:
    """The parameters that a level takes: those of its file, and those its check fills in."""
    taken = set(raw)
    with suppress(ConfigError):
        taken |= set(remedies.checked(name, raw))
    return taken - {"kind"}


def _check_taken(name: str, path: str, entries: Sequence[Json], source: Source) -> None:
    """At least one of the factor's levels must take the parameter."""
    taken = {option(entry): _takes(name, _raw(name, entry, source)) for entry in entries}
    if not any(path.partition(".")[0] in each for each in taken.values()):
        allowed = set().union(*taken.values()) or {"(none)"}
        raise ConfigError(unknown(f"parameter of `{name}={','.join(taken)}`", path, allowed))


def _get(params: Json, path: str) -> Json:
    for key in path.split("."):
        params = params.get(key, UNSET) if isinstance(params, Mapping) else UNSET
    return params


def put(params: Json, path: str, value: Json) -> dict[str, Json]:
    """The parameters with one more, or another; the path's mappings are made where they are missing."""
    head, _, rest = path.partition(".")
    own = dict(params) if isinstance(params, Mapping) else {}
    return {**own, head: put(own.get(head), rest, value) if rest else value}

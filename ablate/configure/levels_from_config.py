"""Build a factor's levels: the parameters in the level's file, the changes on top of them, and the level's name."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from ablate import remedies
from ablate.configure import level_files, model_template
from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import find_level, level_text
from ablate.core.study import TASK, Factor, Json, Level, canonical
from ablate.remedies.model import MODEL
from ablate.remedies.start import SHAPES, START

SHARED = (*SHAPES, START)
"""Factors that have one level in both phases of a trial: `start.after.setting` cannot change them."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A study's configs, composed: plain values only.

    Attributes:
        config: the base config, interpolations resolved.
        choices: per config group, the chosen option: the baseline level's name.
        named: (group, option) -> the content of that option's file.
        axes: by factor (also `seed` and `design`), the levels listed for it: names, numbers, mappings with `level`.
        params: (factor, path of a parameter, its values); several values sweep.
        replaced: keys that the overrides give.
        command: the command line that describes this study.
    """

    config: Mapping[str, Json]
    choices: Mapping[str, str]
    named: Mapping[tuple[str, str], Json] = field(default_factory=dict)
    axes: Mapping[str, Sequence[Json]] = field(default_factory=dict)
    params: Sequence[tuple[str, str, Sequence[Json]]] = ()
    replaced: frozenset[str] = frozenset()
    command: str = ""


def option(entry: Json) -> str:
    """Return the option that an entry of a factor's list names.

    Raises:
        ConfigError: a mapping without `level`.
    """
    if not isinstance(entry, Mapping):
        return level_text(entry)
    if "level" not in entry:
        raise ConfigError(
            f"A level that is a mapping must name a level file, as {{level: adam, beta_1: 0.5}}. Received: {entry!r}."
        )
    return level_text(entry["level"])


def factor(name: str, source: Source) -> Factor:
    """Build the factor with the levels that the study gives it, and its baseline.

    The baseline is the level that the study names under `baseline`; else the config's own level if it is among the
    levels; else the first level.

    Args:
        name: a factor's name.
        source: the study's configs.

    Raises:
        ConfigError: a level or parameter that the factor does not have, or a value out of range.
    """
    base_entry = source.choices.get(name, source.config[name])
    params = [(path, values) for factor_name, path, values in source.params if factor_name == name]
    entries = source.axes.get(name, (base_entry,))
    for path, _ in params:
        _check_taken(name, path, entries, source)
    levels = tuple(level for entry in entries for level in _levels(name, entry, params, source))
    baseline = levels[0]
    with suppress(ConfigError):
        fixed = [(path, values) for path, values in params if len(values) == 1]
        base = next(_levels(name, base_entry, fixed, source))
        baseline = levels[levels.index(base)] if base in levels else baseline
    result = Factor(name=name, levels=levels, baseline=baseline)
    named = source.config["baseline"].get(name)
    return result if named is None else Factor(name=name, levels=levels, baseline=find_level(result, named))


def no_baseline(factor: str) -> str:
    """Return the message that the config gives a factor no level."""
    return (
        f"Factor `{factor}` must have a baseline level, and the config gives it none. Write `{factor}=LEVEL`, or give "
        "the factor a level in conf/config.yaml: a file's name under `defaults`, or a number as a key."
    )


def with_first_phases(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    """Return the factors, with every `start.after.setting` resolved into parameters.

    A setting is the word `baseline`, or a mapping of factor to level that changes the study's baseline. The factors in
    `SHARED` are left out.

    Raises:
        ConfigError: a setting is neither the word nor a mapping, or names an unknown factor or level.
    """
    neutral = {name: canonical(remedies.neutral()[name]) for name in remedies.brought()}
    base = {
        factor.name: factor.baseline.params
        for factor in factors
        if factor.name not in SHARED and factor.baseline.text != neutral.get(factor.name)
    }
    by_name = {factor.name: factor for factor in factors}

    def resolved(level: Level) -> Level:
        after = level.params.get("after")
        if after is None:
            return level
        setting = {**base, **_changes(after["setting"], by_name)}
        return Level(name=level.name, params={**level.params, "after": {**after, "setting": setting}})

    start = by_name[START]
    by_name[START] = Factor(name=START, levels=tuple(map(resolved, start.levels)), baseline=resolved(start.baseline))
    return tuple(by_name.values())


def _changes(setting: Json, factors: Mapping[str, Factor]) -> dict[str, Json]:
    """Return the parameters, by factor, that a first phase changes in the baseline."""
    if setting == "baseline":
        return {}
    if not isinstance(setting, Mapping):
        raise ConfigError(
            f"`start.after.setting` must be baseline, or a mapping of factor to level. Received: {setting!r}."
        )
    allowed = [name for name in factors if name not in SHARED]
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
    """Return a level's unchecked parameters; the config has the chosen option's, with the experiment's changes."""
    chosen = option(entry)
    raw = source.config[name] if chosen == source.choices[name] else source.named[name, chosen]
    if isinstance(raw, str):
        raise ConfigError(
            f"A file chooses a level of `{name}` under `defaults`, as `- override /{name}: {raw}`. "
            f"Received: `{name}: {raw}`."
        )
    return raw


def _levels(name: str, entry: Json, params: Sequence[tuple[str, Sequence[Json]]], source: Source) -> Iterator[Level]:
    """Yield one level for every combination of the swept parameters that an entry's level takes."""
    if name not in source.choices:
        number = remedies.checked(name, entry)
        yield Level(name=canonical(number), params=number)
        return
    raw = _raw(name, entry, source)
    changes = dict(entry) if isinstance(entry, Mapping) else {}
    label, _ = changes.pop("name", None), changes.pop("level", None)
    taken = [(path, values) for path, values in params if path.partition(".")[0] in _takes(name, raw)]
    for combination in itertools.product(*(values for _, values in taken)):
        swept = [(path, value, len(values) > 1) for (path, values), value in zip(taken, combination, strict=True)]
        changed, shown = raw, []
        for path, value, always in [*((path, value, True) for path, value in changes.items()), *swept]:
            if always or _get(changed, path) != value:
                shown.append(f"{path}={level_text(value)}")
            changed = put(changed, path, value)
        suffix = f"({','.join(shown)})" if shown else ""
        yield _level(label or option(entry) + suffix, name, changed)


def _level(label: str, name: str, raw: Mapping[str, Json]) -> Level:
    check = model_template.with_template if name == MODEL else partial(remedies.checked, name)
    try:
        return Level(name=label, params=check(level_files.given(raw)))
    except ConfigError:
        raise
    except ValueError as error:  # JSON has no NaN and no infinity
        raise ConfigError(f"Level {label!r} of `{name}` must have finite numbers. Received: {raw!r}.") from error


def _takes(name: str, raw: Mapping[str, Json]) -> set[str]:
    """Return the parameters that a level takes: those in its file, and those that its check fills in."""
    taken = set(raw)
    with suppress(ConfigError):
        taken |= set(remedies.checked(name, raw))
    return taken - {"kind"}


def _check_taken(name: str, path: str, entries: Sequence[Json], source: Source) -> None:
    """Check that at least one of the factor's levels takes the parameter."""
    taken = {option(entry): _takes(name, _raw(name, entry, source)) for entry in entries}
    allowed = set().union(*taken.values())
    if path.partition(".")[0] not in allowed:
        hint = " For your own data write `task=npz path=FILE` or `task=csv path=FILE`." if name == TASK else ""
        raise ConfigError(unknown(f"parameter of `{name}={','.join(taken)}`", path, allowed) + hint)


def _get(params: Json, path: str) -> Json:
    for key in path.split("."):
        params = params.get(key, level_files.UNSET) if isinstance(params, Mapping) else level_files.UNSET
    return params


def put(params: Json, path: str, value: Json) -> dict[str, Json]:
    """Return the parameters with one value added or replaced; missing mappings on its path are made.

    Args:
        params: a mapping of parameters.
        path: keys, joined by dots.
        value: the value at the path.

    Examples:
        >>> put({"kind": "adam"}, "after.steps", 5)
        {'kind': 'adam', 'after': {'steps': 5}}
    """
    head, _, rest = path.partition(".")
    outer = dict(params) if isinstance(params, Mapping) else {}
    return {**outer, head: put(outer.get(head), rest, value) if rest else value}

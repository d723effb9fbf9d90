"""Overrides in Hydra's grammar, sorted by what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ablate import remedies
from ablate.configure import levels_from_config, study_from_config
from ablate.configure.config_files import Library
from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import level_text
from ablate.core.study import Json

SHORTHAND = {name: f"task.{name}" for name in ("path", "label", "inputs", "labels")}
"""Words for the user's own arrays: `task=npz path=arrays.npz` means `task=npz task.path=arrays.npz`."""

MOST_VALUES = 10**6
"""One override can sweep over this many values."""


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """What the overrides say, sorted by what becomes of it.

    Attributes:
        plain: Hydra's to apply.
        axes: per factor (also `seed` and `design`) that sweeps, its values.
        params: (factor, path of a parameter, its values as texts that Hydra reads).
        replaced: keys that the overrides decide.
    """

    plain: list[str] = field(default_factory=list)
    axes: dict[str, tuple[Json, ...]] = field(default_factory=dict)
    params: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)


def spelled_out(argument: str) -> str:
    """An argument of the Hydra application as Hydra's own parser needs it; what is no override of ours stays as it is.

    Examples:
        >>> [spelled_out(each) for each in ("path=x.npz", "optimizer.momentum=0.9", "width=3", "+experiment=blog")]
        ['++task.path=x.npz', '++optimizer.momentum=0.9', 'width=3', 'experiment=blog']
    """
    key, equals, value = argument.partition("=")
    name = key.lstrip("+")
    name = SHORTHAND.get(name, name)
    if equals and name in ("experiment", "design", "seeds", "search"):
        return f"{name}={value}"
    if not equals or name.partition(".")[0] not in remedies.registry():
        return argument
    if name == "model" and ":" in value and not set("{,") & set(value):
        return f"++model={{kind:keras,builder:'{value}'}}"
    added = "+" if name in remedies.brought() else ""
    return f"{'++' if '.' in name else added}{name}={value}"


def parsed(overrides: Iterable[str]) -> list[Any]:
    """The overrides as Hydra's parser reads them.

    Raises:
        ConfigError: one that is not in its grammar.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    parser, found = OverridesParser.create(), []
    for each in overrides:
        try:
            found.append(parser.parse_override(each))
        except HydraException as error:
            raise ConfigError(
                f"{each!r} is no override in Hydra's grammar (KEY=VALUE): {str(error).splitlines()[0]}"
            ) from error
    return found


def sort(overrides: Sequence[str], library: Library) -> Overrides:
    """Each override put where it belongs. `+` and `++` before a key we know mean what the key alone means."""
    found = Overrides()
    for each in parsed(overrides):
        if each.is_hydra_override():
            found.plain.append(each.input_line)
            continue
        key = SHORTHAND.get(each.key_or_group, each.key_or_group)
        head, _, path = key.partition(".")
        _check_key(each, head, path, library)
        found.replaced.add(head)
        if each.is_delete():
            found.plain.append(each.input_line)
        elif key == "model":
            found.axes[key] = tuple(
                map(_model, _values(each, library.options(key)) if each.is_sweep_override() else [each.value()])
            )
            _check_options(key, found.axes[key], library)
        elif path and head in (*remedies.registry(), "design"):
            found.params.append((head, path, _texts(each)))
        elif each.is_sweep_override() or head == "design" or _is_changed_level(head, each, library):
            found.axes[head] = (
                _values(each, library.options(head)) if each.is_sweep_override() else (_unquoted(each.value()),)
            )
            _check_options(head, found.axes[head], library)
        elif path or (head in (*study_from_config.TYPES, *remedies.registry()) and not library.options(head)):
            forced = "++" if path or isinstance(each.value(), dict) else ""
            forced = forced or ("+" if head in remedies.brought() else "")
            found.plain.append(f"{forced}{key}={each.get_value_string()}")
        elif each.value() is not None or head != "experiment":
            _check_options(head, (each.value(),), library)
            value = level_text(each.value()) if isinstance(each.value(), bool) else each.get_value_string()
            found.plain.append(f"{'+' if head in remedies.brought() else ''}{head}={value}")
    return found


def _is_changed_level(head: str, each: Any, library: Library) -> bool:
    """Return whether the override gives a factor one level of a file with other parameters, as `{level: adam, ...}`."""
    return head in remedies.registry() and bool(library.options(head)) and isinstance(each.value(), dict)


def _unquoted(value: Any) -> Json:
    """Return a value of Hydra's parser as plain JSON: quoted texts become texts, however deep."""
    from hydra.core.override_parser.types import QuotedString

    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, dict):
        return {str(_unquoted(key)): _unquoted(inner) for key, inner in value.items()}
    return [_unquoted(inner) for inner in value] if isinstance(value, list) else value


def _check_key(each: Any, head: str, path: str, library: Library) -> None:
    """The key is a factor, a parameter of a factor's levels, or a key of the study; only the first two sweep."""
    known = {*remedies.registry(), "design", "experiment", *study_from_config.TYPES}
    word = head if each.package is None else f"{head}@{each.package}"
    if word not in known:
        raise ConfigError(unknown("factor or key", word, {*known, *SHORTHAND}))
    if path and head in remedies.registry() and not library.options(head):
        raise ConfigError(f"`{head}` is a number and has no parameters. Received: {each.input_line!r}.")
    if each.is_sweep_override() and head not in {*remedies.registry(), "seed", "design"}:
        raise ConfigError(
            f"`{head}` is one for the whole study and cannot sweep. Received: {each.input_line!r}. "
            "One study each: python -m ablate -m."
        )


def _check_options(group: str, entries: Iterable[Json], library: Library) -> None:
    allowed = library.options(group)
    for entry in entries if allowed or group == "experiment" else ():
        if levels_from_config.option(entry) not in allowed:
            kind = f"level of `{group}`" if group in remedies.registry() else group
            raise ConfigError(unknown(kind, levels_from_config.option(entry), allowed))


def _model(value: Json) -> Json:
    """A level of `model`: a file's name, or a user's builder, `my_package:make_model`; or the mapping it becomes."""
    if isinstance(value, dict) and "level" in value:
        return value
    if isinstance(value, dict) and "builder" in value:
        rest = {name: each for name, each in value.items() if name != "kind"}
        return {"level": "keras", "name": value["builder"], **rest}
    return {"level": "keras", "name": value, "builder": value} if ":" in str(value) else value


def _texts(each: Any) -> tuple[str, ...]:
    """The values of an override as texts that Hydra reads."""
    if not each.is_sweep_override():
        return (each.get_value_string(),)
    _values(each, ())
    return tuple(each.sweep_string_iterator())


def _values(each: Any, names: Sequence[str]) -> tuple[Json, ...]:
    """The values that an override sweeps over; a glob picks among the names."""
    from hydra.core.override_parser.types import Glob, RangeSweep

    swept = each.value()
    if each.is_interval_sweep():
        raise ConfigError(
            f"An interval has no levels to list; only a search draws from it. Received: {each.input_line!r}."
        )
    if isinstance(swept, RangeSweep):
        count = abs(swept.stop - swept.start) / abs(swept.step) if swept.step else float("inf")
        if count > MOST_VALUES:
            raise ConfigError(f"{each.input_line!r} has {count:,.0f} values. At most {MOST_VALUES:,} can be.")
    listed = swept.filter(list(names)) if isinstance(swept, Glob) else each.sweep_iterator()
    values = tuple(map(_unquoted, listed))
    if isinstance(swept, RangeSweep):  # a step of 0.1 is meant as written: 0.3, not 0.30000000000000004
        values = tuple(float(f"{value:.12g}") if isinstance(value, float) else value for value in values)
    if not values:
        raise ConfigError(f"{each.input_line!r} names no value at all: an empty grid.")
    return values


def listed(name: str, entries: Json, library: Library) -> tuple[Json, ...]:
    """What a config lists: values, or Hydra's own words for them (`"range(20)"`, `"glob(*)"`)."""
    if isinstance(entries, str):
        (only,) = parsed([f"{name}={entries}"])
        entries = _values(only, library.options(name)) if only.is_sweep_override() else only.value()
    found = tuple(entries) if isinstance(entries, list | tuple) else (entries,)
    if not found:
        raise ConfigError(f"`{name}` has no values in the config: an empty grid.")
    _check_options(name, found, library)
    return found

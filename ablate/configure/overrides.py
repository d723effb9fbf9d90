"""Read overrides in Hydra's grammar, and sort them by their use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ablate import remedies
from ablate.configure import grammar, levels_from_config, study_from_config
from ablate.configure.config_files import Library
from ablate.configure.grammar import parsed, values_of
from ablate.core.errors import ConfigError, unknown
from ablate.core.level_names import level_text
from ablate.core.study import Json
from ablate.remedies.model import MODEL

SHORTHAND = {name: f"task.{name}" for name in ("path", "label", "inputs", "labels", "validation", "leave_out")}
"""Short keys for the user's own arrays: `task=npz path=arrays.npz` means `task=npz task.path=arrays.npz`."""


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """The overrides of a study, sorted by their use.

    Attributes:
        plain: overrides that Hydra applies.
        axes: by factor (also `seed` and `design`), the levels that an override lists.
        params: (factor, path of a parameter, its values as texts that Hydra reads).
        replaced: keys that the overrides give.
    """

    plain: list[str] = field(default_factory=list)
    axes: dict[str, tuple[Json, ...]] = field(default_factory=dict)
    params: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)


def spelled_out(argument: str) -> str:
    """Return an argument of the Hydra application as Hydra needs it; an argument that is no override stays as it is.

    Examples:
        >>> [spelled_out(text) for text in ("path=x.npz", "optimizer.momentum=0.9", "width=3", "+experiment=blog")]
        ['++task.path=x.npz', '++optimizer.momentum=0.9', 'width=3', 'experiment=blog']
    """
    key, equals, value = argument.partition("=")
    name = key.lstrip("+")
    name = SHORTHAND.get(name, name)
    if equals and name in ("experiment", "design", "seeds", "search"):
        return f"{name}={value}"
    if not equals or name.partition(".")[0] not in remedies.registry():
        return argument
    if name == MODEL and ":" in value and not set("{,") & set(value):
        return f"++model={{kind:keras,builder:'{value}'}}"
    return f"{'++' if '.' in name else _adding(name)}{name}={value}"


def _adding(name: str) -> str:
    """Return `+` for a factor that another package brings: the base config does not have it."""
    return "+" if name in remedies.brought() else ""


def sort(overrides: Sequence[str], library: Library) -> Overrides:
    """Sort overrides by their use. `+` or `++` before a known key changes nothing.

    Args:
        overrides: in Hydra's grammar.
        library: the config files.

    Raises:
        ConfigError: an override that cannot be read, an unknown key or level, or a key that cannot sweep.
    """
    result = Overrides()
    given = list(parsed(overrides))
    _check_repeated(given)
    for override in given:
        if override.is_hydra_override():
            result.plain.append(override.input_line)
        else:
            _put(override, result, library)
    return result


def _put(override: Any, result: Overrides, library: Library) -> None:
    """Add one override to the field of the result that holds overrides of its use."""
    key = _key(override)
    head, _, path = key.partition(".")
    options = library.options(head)
    _check_key(override, head, path, library)
    result.replaced.add(head)
    if override.is_delete():
        result.plain.append(override.input_line)
    elif path and head in (*remedies.registry(), "design"):
        result.params.append((head, path, grammar.texts_of(override)))
    elif override.is_sweep_override() or head in ("design", MODEL) or _changes_level(override, head, library):
        entries = values_of(override, options) if override.is_sweep_override() else (grammar.plain(override.value()),)
        result.axes[head] = tuple(map(_model, entries)) if head == MODEL else entries
        _check_options(head, result.axes[head], library)
    elif path or (head in (*study_from_config.TYPES, *remedies.registry()) and not options):
        added = "++" if path or isinstance(override.value(), dict) else _adding(head)
        result.plain.append(f"{added}{key}={override.get_value_string()}")
    elif override.value() is not None or head != "experiment":
        _check_options(head, (override.value(),), library)
        value = level_text(override.value()) if isinstance(override.value(), bool) else override.get_value_string()
        result.axes.pop(head, None)
        result.plain.append(f"{_adding(head)}{head}={value}")


def _key(override: Any) -> str:
    """Return an override's key in full: `task.path` for its short form `path`."""
    return SHORTHAND.get(override.key_or_group, str(override.key_or_group))


def _check_repeated(given: Iterable[Any]) -> None:
    """Check that a key with a list of values is given once: a second value could replace the list or join it."""
    by_key: dict[str, list[Any]] = {}
    for override in given:
        by_key.setdefault(_key(override), []).append(override)
    for key, same in by_key.items():
        if len(same) > 1 and any(override.is_sweep_override() for override in same):
            lines = " and ".join(f"`{override.input_line}`" for override in same)
            raise ConfigError(
                f"`{key}` must be given once if it has a list of values. Received: {lines}. "
                f"Write one list, as `{key}=VALUE,VALUE`, or leave one of them out."
            )


def _changes_level(override: Any, head: str, library: Library) -> bool:
    """Tell whether the override gives a factor one level with other parameters, as `{level: adam, beta_1: 0.5}`."""
    return head in remedies.registry() and bool(library.options(head)) and isinstance(override.value(), dict)


def _check_key(override: Any, head: str, path: str, library: Library) -> None:
    """Check that the key is a factor, a parameter of a factor's levels, or a key of the study, and may sweep."""
    known = {*remedies.registry(), "design", "experiment", *study_from_config.TYPES}
    word = head if override.package is None else f"{head}@{override.package}"
    if word in SHORTHAND:
        raise ConfigError(
            f"`{word}` is short for `{SHORTHAND[word]}` and has no keys: write `{word}=VALUE`. "
            f"Received: {override.input_line!r}."
        )
    if word not in known:
        raise ConfigError(unknown("factor or key", word, {*known, *SHORTHAND}))
    kind = study_from_config.TYPES.get(head, dict)
    if path and kind is not dict and not (kind is list and path.partition(".")[0].isdecimal()):
        raise ConfigError(f"`{head}` has no keys: write `{head}=VALUE`. Received: {override.input_line!r}.")
    if path and head in remedies.registry() and not library.options(head):
        raise ConfigError(
            f"`{head}` is a number and has no parameters: write `{head}=VALUE`. Received: {override.input_line!r}."
        )
    if override.is_sweep_override() and head not in {*remedies.registry(), "seed", "design"}:
        raise ConfigError(
            f"`{head}` must have one value: it holds for the whole study. Received: {override.input_line!r}. "
            "To run one study per value, use `python -m ablate -m`."
        )


def _check_options(group: str, entries: Iterable[Json], library: Library) -> None:
    """Check that the config files have the option that each entry names."""
    allowed = library.options(group)
    for entry in entries if allowed or group == "experiment" else ():
        if levels_from_config.option(entry) not in allowed:
            if group == "seeds" and isinstance(entry, int):
                raise ConfigError(
                    f"`seeds` says how seeds are spent: {', '.join(allowed)}. Received: seeds={entry}. "
                    f"For {entry} seeds write 'seed=range({entry})'."
                )
            kind = f"level of `{group}`" if group in remedies.registry() else group
            raise ConfigError(unknown(kind, levels_from_config.option(entry), allowed))


def _model(value: Json) -> Json:
    """Return a level of `model` as an entry: a file's name, or a mapping that calls the user's builder.

    A builder is given as `my_package:make_model`, or by the mapping that `spelled_out` makes of it.
    """
    if isinstance(value, dict) and "level" in value:
        return value
    if isinstance(value, dict) and "builder" in value:
        others = {name: item for name, item in value.items() if name != "kind"}
        return {"level": "keras", "name": value["builder"], **others}
    return {"level": "keras", "name": value, "builder": value} if ":" in str(value) else value


def listed(name: str, entries: Json, library: Library) -> tuple[Json, ...]:
    """Return the values that a config lists, given as a list or as a text such as `"range(20)"` or `"glob(*)"`.

    Args:
        name: the factor or key that the values belong to.
        entries: a list, one value, or a text in Hydra's grammar.
        library: the config files.

    Raises:
        ConfigError: no value, or a level that the config files do not have.
    """
    if isinstance(entries, str):
        (override,) = parsed([f"{name}={entries}"])
        entries = values_of(override, library.options(name)) if override.is_sweep_override() else override.value()
    values = tuple(entries) if isinstance(entries, list | tuple) else (entries,)
    if not values:
        raise ConfigError(f"`{name}` in the config must list at least one value. It lists none.")
    _check_options(name, values, library)
    return values

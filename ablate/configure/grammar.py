"""Hydra's grammar of overrides: parse an override, list its values, and write a value."""

from __future__ import annotations

import math
import re
import shlex
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, Override, Quote, QuotedString, RangeSweep, Sweep
from hydra.errors import HydraException

from ablate.core.errors import ConfigError
from ablate.core.study import Json

LONGEST_KEY = 200

MOST_VALUES = 10**6
"""The most values that one override can list."""


def key_of(override: str) -> str:
    """Return the key of an override without the signs before it.

    Examples:
        >>> key_of("++loss.eps=1e-3"), key_of("~fault")
        ('loss.eps', 'fault')
    """
    return override.lstrip("+~").partition("=")[0]


def parsed(overrides: Iterable[str]) -> list[Any]:
    """Parse overrides with Hydra's parser.

    Raises:
        ConfigError: an override that is not in Hydra's grammar; the message says what to write instead.
    """
    parser, result = OverridesParser.create(), []
    for text in overrides:
        if len(key_of(text)) > LONGEST_KEY:
            raise ConfigError(f"A key must have at most {LONGEST_KEY} characters. Received: {text!r:.60}...")
        try:
            result.append(parser.parse_override(text))
        except (HydraException, RecursionError) as error:
            raise ConfigError(_unreadable(text)) from error
    return result


def _unreadable(override: str) -> str:
    """Say what is wrong with an override that Hydra cannot parse."""
    key, equals, value = override.partition("=")
    if key_of(override) == "study":
        return study_rule(value)
    if not equals or not key:
        return f"An override must be KEY=VALUE, as `loss=fused`. Received: {override!r}."
    if value[:1] in ("[", "{", "'", '"') or "," in value or re.match(r"\w+\(", value):
        return (
            f"The value of `{key}` must be in Hydra's grammar: one value, a list as `1,2` or a function as `range(3)`, "
            f"with every bracket and quote closed. Received: {override!r:.200}."
        )
    return (
        f"The value of `{key}` has characters that must stand in quotes. Received: {override!r:.200}. "
        f"Write it like this: {in_shell(key, value)}"
    )


def study_rule(name: str) -> str:
    """Return the message for a name that a study cannot have, with one that it can have.

    Examples:
        >>> study_rule("größe 2")
        "`study` must be a folder's name: letters a to z, digits, '.', '_' and '-'. Received: 'größe 2'. Write \
study=grosse-2."
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    near = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")[:80] or "mine"
    rule = "`study` must be a folder's name: letters a to z, digits, '.', '_' and '-'."
    return f"{rule} Received: {name!r:.200}. Write study={near}."


def in_shell(key: str, value: str) -> str:
    """Write an override whose value is a text, quoted for Hydra and for the shell.

    Args:
        key: the override's key.
        value: the text, as it is.

    Examples:
        >>> print(in_shell("path", "a=b.npz"))
        'path="a=b.npz"'
    """
    quoted = f'"{value}"' if not set("\"'\\") & set(value) else written(value)
    return shlex.quote(f"{key}={quoted}")


def written(value: Json) -> str:
    """Write a value in Hydra's grammar; every text is quoted.

    Examples:
        >>> written({"kind": "clipped", "eps": 0.001})
        "{kind:'clipped',eps:0.001}"
    """

    def quoted(item: Json) -> Json:
        if isinstance(item, str):
            return QuotedString(text=item, quote=Quote.single)
        if isinstance(item, Mapping):
            return {key: quoted(inner) for key, inner in item.items()}
        return [quoted(inner) for inner in item] if isinstance(item, list) else item

    return str(Override._get_value_element_as_str(quoted(value)))


def plain(value: Any) -> Json:
    """Return a value of Hydra's parser as plain JSON: quoted texts at any depth become plain texts."""
    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, dict):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def texts_of(override: Any) -> tuple[str, ...]:
    """Return the values of a parsed override as texts that Hydra reads."""
    if not override.is_sweep_override():
        return (override.get_value_string(),)
    values_of(override, ())
    return tuple(override.sweep_string_iterator())


def values_of(override: Any, names: Sequence[str]) -> tuple[Json, ...]:
    """Return the values that a parsed override sweeps over.

    Args:
        override: a sweep, as Hydra's parser returns it.
        names: the names that a `glob` chooses from.

    Raises:
        ConfigError: an interval, no value, too many values, or a function inside a list.
    """
    sweep, text = override.value(), override.input_line
    if override.is_interval_sweep():
        raise ConfigError(
            f"Only `ablate search` can use an interval. Received: {text!r}. List the values, as `KEY=VALUE,VALUE`."
        )
    if isinstance(sweep, ChoiceSweep) and any(isinstance(item, Sweep) for item in sweep.list):
        raise ConfigError(
            "A list must not hold a function such as `range(3)`. "
            f"Received: {text!r}. Write every value, or the function alone."
        )
    if isinstance(sweep, RangeSweep):
        count = abs(sweep.stop - sweep.start) / abs(sweep.step) if sweep.step else math.inf
        if count > MOST_VALUES:
            raise ConfigError(f"A range must have at most {MOST_VALUES:,} values, not {count:,.0f}. Received: {text}.")
    values = tuple(map(plain, sweep.filter(list(names)) if isinstance(sweep, Glob) else override.sweep_iterator()))
    if isinstance(sweep, RangeSweep):  # a step of 0.1 means 0.3, not 0.30000000000000004
        values = tuple(float(f"{value:.12g}") if isinstance(value, float) else value for value in values)
    if not values:
        raise ConfigError(f"An override must list at least one value. Received: {text!r}, which lists none.")
    return values

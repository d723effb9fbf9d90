"""Intervals for a search: a setting's seeds are compared with other settings', so an interval is a row of levels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ablate import remedies
from ablate.configure.overrides import SHORTHAND, parsed
from ablate.core.errors import ConfigError
from ablate.core.study import Json

PLACES = 25
"""Levels of an interval, both ends among them."""


def spread(overrides: Sequence[str], config: Mapping[str, Json]) -> list[str]:
    """The overrides, each interval as a list: evenly spaced, on a logarithmic scale under `tag(log, ...)`.

    A whole-number factor, or `int(interval(...))`, gets whole numbers. The baseline's own value is one of the list if
    it lies inside.

    Args:
        overrides: in Hydra's grammar.
        config: the base config with the other overrides, which says what the baseline's value is.

    Raises:
        ConfigError: an interval that is empty, or has no logarithm.

    Examples:
        >>> spread(["width=interval(8, 11)", "loss=fused"], {"width": 64})
        ['width=8,9,10,11', 'loss=fused']
    """
    return [
        f"{text.partition('=')[0]}={','.join(map(repr, _values(each, config)))}" if each.is_interval_sweep() else text
        for text, each in zip(overrides, parsed(overrides), strict=True)
    ]


def without(overrides: Iterable[str]) -> list[str]:
    """The overrides that are no intervals."""
    given = list(overrides)
    return [text for text, each in zip(given, parsed(given), strict=True) if not each.is_interval_sweep()]


def _values(each: Any, config: Mapping[str, Json]) -> list[float | int]:
    """The levels of an interval, ascending."""
    interval = each.value()
    low, high = float(interval.start), float(interval.end)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ConfigError(f"An interval must run from one number to a larger one. Received: {each.input_line!r}.")
    log = "log" in interval.tags
    if log and low <= 0:
        raise ConfigError(f"An interval on a logarithmic scale must begin above 0. Received: {each.input_line!r}.")
    key = SHORTHAND.get(each.key_or_group, each.key_or_group)
    own = _own(key, config)
    if isinstance(own, Mapping):
        raise ConfigError(f"`{key}` has levels with names, and no interval. Received: {each.input_line!r}.")
    whole = isinstance(interval.start, int) or "int" in interval.tags or _whole(key, low)
    found = set(_even(low, high, log=log))
    if whole:
        low, high = math.ceil(low), math.floor(high)
        every = range(int(low), int(high) + 1)
        found = set(every) if len(every) <= PLACES else {min(max(round(value), every[0]), every[-1]) for value in found}
    if isinstance(own, int | float) and not isinstance(own, bool) and low <= own <= high:
        found.add(int(own) if whole else float(own))
    if not found:
        raise ConfigError(f"There is no whole number in {each.input_line!r}.")
    return sorted(found)


def _even(low: float, high: float, *, log: bool) -> list[float]:
    """PLACES numbers from low to high, of at most six digits, the ends as they are."""
    shares = [place / (PLACES - 1) for place in range(1, PLACES - 1)]
    inner = [low * (high / low) ** share if log else low + (high - low) * share for share in shares]
    return [low, *(float(f"{value:.6g}") for value in inner), high]


def _whole(key: str, low: float) -> bool:
    """Whether the factor of that name only takes whole numbers."""
    factor = remedies.registry().get(key)
    return factor is not None and isinstance(factor.check(math.ceil(low)), int)


def _own(key: str, config: Mapping[str, Json]) -> Json:
    """The baseline's own value; None if it has none."""
    value: Json = config
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

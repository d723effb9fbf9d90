"""Replace the intervals of a search by lists of levels.

A search trains each setting with many seeds, so its levels must be known values: an interval becomes a list.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ablate import remedies
from ablate.configure.grammar import parsed
from ablate.configure.overrides import SHORTHAND
from ablate.core.errors import ConfigError
from ablate.core.study import Json

LEVELS = 25
"""The number of levels that an interval becomes, both ends included."""


def spread(overrides: Sequence[str], config: Mapping[str, Json]) -> list[str]:
    """Replace each interval by a list of evenly spaced values; on a logarithmic scale under `tag(log, ...)`.

    A factor of whole numbers, or `int(interval(...))`, gets whole numbers. The baseline's value is in the list if it
    lies inside the interval.

    Args:
        overrides: in Hydra's grammar.
        config: the base config with the other overrides; it has the baseline's values.

    Raises:
        ConfigError: an interval that is empty, not finite, or not positive under `tag(log, ...)`.

    Examples:
        >>> spread(["width=interval(8, 11)", "loss=fused"], {"width": 64})
        ['width=8,9,10,11', 'loss=fused']
    """
    return [
        f"{text.partition('=')[0]}={','.join(map(repr, _values(parts, config)))}" if parts.is_interval_sweep() else text
        for text, parts in zip(overrides, parsed(overrides), strict=True)
    ]


def without(overrides: Iterable[str]) -> list[str]:
    """Return the overrides that are not intervals."""
    return [override.input_line for override in parsed(overrides) if not override.is_interval_sweep()]


def _values(override: Any, config: Mapping[str, Json]) -> list[float | int]:
    """Return the levels of an interval, ascending."""
    interval, received = override.value(), f"Received: {override.input_line!r}."
    low, high = float(interval.start), float(interval.end)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ConfigError(f"An interval must go from one finite number to a larger one. {received}")
    log = "log" in interval.tags
    if log and low <= 0:
        raise ConfigError(f"An interval under `tag(log, ...)` must begin above 0. {received}")
    key = SHORTHAND.get(override.key_or_group, override.key_or_group)
    baseline = _baseline_value(key, config)
    if baseline is not None and key.partition(".")[0] not in remedies.registry():
        raise ConfigError(f"`{key}` must have one value: only factors can have an interval. {received}")
    if isinstance(baseline, Mapping):
        raise ConfigError(f"Only a number can have an interval: list names of levels for `{key}`. {received}")
    whole = isinstance(interval.start, int) or "int" in interval.tags or _takes_whole_numbers(key, low)
    values: set[float | int] = set(_even(low, high, log=log))
    if whole:
        low, high = math.ceil(low), math.floor(high)
        if low > high:
            raise ConfigError(f"The interval of `{key}` must contain a whole number. {received}")
        every = range(int(low), int(high) + 1)
        rounded = {min(max(round(value), every[0]), every[-1]) for value in values}
        values = {*every} if len(every) <= LEVELS else {*rounded}
    if isinstance(baseline, int | float) and not isinstance(baseline, bool) and low <= baseline <= high:
        values.add(int(baseline) if whole else float(baseline))
    return sorted(values)


def _even(low: float, high: float, *, log: bool) -> list[float]:
    """Return `LEVELS` numbers from low to high, the ends as given, the others with at most six digits."""
    shares = [index / (LEVELS - 1) for index in range(1, LEVELS - 1)]
    inner = [low * (high / low) ** share if log else low + (high - low) * share for share in shares]
    return [low, *(float(f"{value:.6g}") for value in inner), high]


def _takes_whole_numbers(key: str, low: float) -> bool:
    """Tell whether the key is a factor of whole numbers."""
    factor = remedies.registry().get(key)
    return factor is not None and isinstance(factor.check(math.ceil(low)), int)


def _baseline_value(key: str, config: Mapping[str, Json]) -> Json:
    """Return the baseline's value; None if the config has none."""
    value: Json = config
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

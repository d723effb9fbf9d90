"""Name the levels of a factor, and find a level by its name."""

from __future__ import annotations

from collections.abc import Mapping

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Factor, Json, Level, canonical


def level_text(value: Json) -> str:
    """Return a level's name as people write it: `off` for false, because YAML reads a bare `off` as false.

    Examples:
        >>> level_text(False), level_text(1e-3), level_text("relu")
        ('off', '0.001', 'relu')
    """
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else canonical(value) if isinstance(value, Mapping | list) else str(value)


def has_level(factor: Factor, name: Json) -> bool:
    """Tell whether the factor has a level of that name; a number is the level of a numeric factor with that value.

    Args:
        factor: a factor of the study.
        name: a level's name or number.
    """
    return any(_is_named(level, name) for level in factor.levels)


def find_level(factor: Factor, name: Json) -> Level:
    """Return the factor's level of that name; a number finds the level of a numeric factor by its value.

    Args:
        factor: a factor of the study.
        name: a level's name or number.

    Raises:
        ConfigError: the study gives the factor no such level.
    """
    for level in factor.levels:
        if _is_named(level, name):
            return level
    names = [level.name for level in factor.levels]
    raise ConfigError(unknown(f"level of `{factor.name}` in this study", level_text(name), names))


def _is_named(level: Level, name: Json) -> bool:
    return level.name == level_text(name) or (isinstance(level.params, int | float) and level.params == name)

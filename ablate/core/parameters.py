"""Check the parameters of a level against a table of names, types and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json

Field = tuple[type, Any]
"""Type and default of one parameter; the default `...` means that the user must give a value."""


Kinds = Mapping[str, Mapping[str, Field]]
"""The kinds of a config group, with the parameters of each."""

TYPE_NAMES: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a mapping",
}
"""The types of config values, as messages name them."""


def number(factor: str, *, low: float, high: float, whole: bool = False) -> Callable[[Json], float | int]:
    """Return a function that checks the value of a numeric factor.

    Args:
        factor: the factor's name, for messages.
        low: the smallest value that is allowed.
        high: the largest value that is allowed.
        whole: allow whole numbers only.
    """

    def check(value: Json) -> float | int:
        kind = "a whole number" if whole else "a number"
        good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
        if not good or (whole and value != int(value)):
            raise ConfigError(f"`{factor}` must be {kind} from {low:g} to {high:g}. Received: {value!r}.")
        return int(value) if whole else float(value)

    return check


def fields(factor: str, kinds: Kinds) -> Callable[[Json], dict[str, Json]]:
    """Return a function that checks the parameters that a level's `kind` has, and fills in their defaults.

    Args:
        factor: the factor's name, for messages.
        kinds: kind -> its parameters -> type and default.

    Examples:
        >>> check = fields("clipping", {"none": {}, "norm": {"value": (float, 1.0)}})
        >>> check({"kind": "norm", "value": 2})
        {'kind': 'norm', 'value': 2.0}
        >>> check({"kind": "nrom"})
        Traceback (most recent call last):
        ...
        ablate.core.errors.ConfigError: Unknown kind of `clipping`: 'nrom'. Did you mean 'norm'? Allowed: none, norm.
    """

    def check(params: Json) -> dict[str, Json]:
        if not isinstance(params, Mapping) or "kind" not in params:
            raise ConfigError(f"`{factor}` must be a mapping with a `kind`. Received: {params!r}.")
        kind = params["kind"]
        if not isinstance(kind, str) or kind not in kinds:
            raise ConfigError(unknown(f"kind of `{factor}`", kind, kinds))
        table = kinds[kind]
        for name in params:
            if name != "kind" and name not in table:
                raise ConfigError(unknown(f"parameter of `{factor}={kind}`", name, table))
        typed = {
            name: _typed(f"{factor}.{name}", type_, params.get(name, default))
            for name, (type_, default) in table.items()
        }
        return {"kind": kind, **typed}

    return check


def _typed(name: str, type_: type, value: Json) -> Json:
    """Check one parameter; a whole number is accepted where a float is expected."""
    if value is ...:
        raise ConfigError(f"`{name}` must be given. Write `{name}=...`.")
    if type_ is object:
        return value
    if type_ is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, type_) or (isinstance(value, bool) and type_ is not bool):
        raise ConfigError(f"`{name}` must be {TYPE_NAMES.get(type_, type_.__name__)}. Received: {value!r}.")
    return value

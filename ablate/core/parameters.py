"""Check the parameters of a level against a table of names, types and defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json


def number(factor: str, *, low: float, high: float, whole: bool = False) -> Callable[[Json], float | int]:
    """A check for a numeric factor: a number in [low, high], whole if asked."""

    def check(value: Json) -> float | int:
        kind = "a whole number" if whole else "a number"
        good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
        if not good or (whole and value != int(value)):
            raise ConfigError(f"`{factor}` must be {kind} from {low:g} to {high:g}. Received: {value!r}.")
        return int(value) if whole else float(value)

    return check


Field = tuple[type, Any]
"""Type and default of one parameter; the default `...` means that it must be given."""


Kinds = Mapping[str, Mapping[str, Field]]
"""The kinds of a config group, with the parameters of each."""


def fields(factor: str, kinds: Kinds) -> Callable[[Json], dict[str, Json]]:
    """A check for a config group: `kind` picks a table of typed parameters; defaults are filled in.

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
        if kind not in kinds:
            raise ConfigError(unknown(f"kind of `{factor}`", kind, kinds))
        table = kinds[kind]
        result: dict[str, Json] = {"kind": kind}
        for name in params:
            if name != "kind" and name not in table:
                raise ConfigError(unknown(f"parameter of `{factor}={kind}`", name, table or ["(none)"]))
        for name, (of, default) in table.items():
            value = params.get(name, default)
            result[name] = _typed(f"{factor}.{name}", of, value)
        return result

    return check


def _typed(name: str, of: type, value: Json) -> Json:
    if value is ...:
        raise ConfigError(f"`{name}` must be given.")
    if of is object or (of is float and isinstance(value, int) and not isinstance(value, bool)):
        return float(value) if of is float else value
    if not isinstance(value, of) or (isinstance(value, bool) and of is not bool):
        raise ConfigError(f"`{name}` must be of type {of.__name__}. Received: {value!r}.")
    return value

"""What other packages bring, by entry point: kinds of levels (`ablate.levels`) and whole factors (`ablate.factors`).

`loss.focal = my_package:focal` in the group `ablate.levels` makes `focal` a kind of the factor `loss`. What the
function must be, its factor's module says; its keyword-only arguments are the kind's parameters, their defaults give
the types. A hash of the function's source is one more parameter, `code`: results of another code are other results.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ablate.core.errors import ConfigError, LevelError, unknown
from ablate.core.study import ID_DIGITS, Json

LEVELS, FACTORS, CONF = "ablate.levels", "ablate.factors", "ablate.conf"
"""Groups of entry points."""

TAKES = ("activation", "input_scale", "loss", "normalization", "optimizer")
"""Factors that take kinds of levels from other packages."""

_TYPES = (bool, int, float, str)


@functools.cache
def kinds(factor: str) -> Mapping[str, EntryPoint]:
    """The kinds that other packages bring to a factor, by name; none of them is imported yet.

    Raises:
        ConfigError: an entry point for a factor that takes none.
    """
    found = {}
    for each in entry_points(group=LEVELS):
        owner, _, kind = each.name.partition(".")
        if owner not in TAKES or not kind:
            wrong = unknown("factor that takes levels from other packages", owner, TAKES)
            raise ConfigError(f"Entry point {each.name!r} of {_package(each)} must be FACTOR.KIND. {wrong}")
        if owner == factor:
            found[kind] = each
    return found


def brings(factor: str, params: Any) -> bool:
    """Whether a level of these parameters is of a kind that another package brings."""
    return factor in TAKES and params["kind"] in kinds(factor)


def function(factor: str, kind: str) -> Callable[..., Any]:
    """The function of a kind.

    Raises:
        ConfigError: it cannot be imported, or is no function.
    """
    each = kinds(factor)[kind]
    return callable_of(loaded(each), f"The level `{factor}={kind}` of {_package(each)}", each.value)


def loaded(each: EntryPoint) -> Any:
    """What an entry point names.

    Raises:
        ConfigError: it cannot be imported, with the reason.
    """
    try:
        return each.load()
    except Exception as error:
        raise ConfigError(
            f"Entry point {each.name!r} of {_package(each)} must name something that can be imported. "
            f"{each.value!r} raises {type(error).__name__}: {error}"
        ) from error


def callable_of(value: Any, who: str, written: str) -> Callable[..., Any]:
    """The value, if it can be called.

    Raises:
        ConfigError: it cannot.
    """
    if not callable(value):
        raise ConfigError(f"{who} must be a function. {written!r} is of type {type(value).__name__}.")
    found: Callable[..., Any] = value
    return found


def parameters(factor: str, kind: str) -> dict[str, tuple[type, Any]]:
    """The parameters of a kind with type and default, `code` among them.

    Raises:
        ConfigError: a parameter without a default, or whose default is no number, text or truth value.
    """
    own = function(factor, kind)
    table: dict[str, tuple[type, Any]] = {}
    for name, each in inspect.signature(own).parameters.items():
        if each.kind is not each.KEYWORD_ONLY:
            continue
        if type(each.default) not in _TYPES:
            raise ConfigError(
                f"Parameter `{name}` of the level `{factor}={kind}` must have a default that is a number, a text or a "
                f"truth value: it gives the type. Received: {each.default!r}."
            )
        table[name] = (type(each.default), each.default)
    return {**table, "code": (str, code(own))}


def call(factor: str, params: Json, *arguments: Any) -> Any:
    """What the function of a level returns for these arguments and the level's parameters.

    Raises:
        LevelError: what the function has raised.
    """
    kind = params["kind"]
    given = {name: value for name, value in params.items() if name not in ("kind", "code")}
    own = function(factor, kind)
    try:
        return own(*arguments, **given)
    except Exception as error:
        who = f"The level `{factor}={kind}` of {_package(kinds(factor)[kind])}"
        raise LevelError(f"{who} has raised {type(error).__name__}: {error}") from error


def check_code(factor: str, params: Json) -> None:
    """Whether the function is still the one of these parameters.

    Raises:
        ConfigError: its source has changed since.
    """
    now = code(function(factor, params["kind"]))
    if params["code"] != now:
        raise ConfigError(
            f"The level `{factor}={params['kind']}` must be the code with the hash {params['code']}, of which the "
            f"result is. The function of that name has {now} now."
        )


def code(function: Callable[..., Any]) -> str:
    """The first 16 hex digits of the SHA-256 of a function's source; of its bytecode where there is no source."""
    try:
        text = inspect.getsource(function).encode()
    except (OSError, TypeError):
        text = getattr(getattr(function, "__code__", None), "co_code", repr(function).encode())
    return hashlib.sha256(text).hexdigest()[:ID_DIGITS]


def factors() -> dict[str, EntryPoint]:
    """The factors that other packages bring, by name."""
    return {each.name: each for each in entry_points(group=FACTORS)}


def folders() -> dict[str, Path]:
    """The folders of levels that other packages bring, by entry point: `conf` in the package that each names.

    Raises:
        ConfigError: a package that is not there, or has no such folder.
    """
    found = {}
    for each in entry_points(group=CONF):
        spec = find_spec(each.value.partition(".")[0])
        places = [
            Path(place).joinpath(*each.value.split(".")[1:])
            for place in getattr(spec, "submodule_search_locations", None) or ()
        ]
        folder = next((place / "conf" for place in places if (place / "conf").is_dir()), None)
        if folder is None:
            raise ConfigError(
                f"Entry point {each.name!r} of {_package(each)} must name a package with a folder `conf`. "
                f"Received {each.value!r}."
            )
        found[each.name] = folder
    return found


def _package(each: EntryPoint) -> str:
    return f"the package {each.dist.name!r}" if each.dist is not None else "an installed package"

"""Kinds of levels (`ablate.levels`) and whole factors (`ablate.factors`) of other packages, by entry point.

`loss.focal = my_package:focal` in the group `ablate.levels` makes `focal` a kind of the factor `loss`. The factor's
module says what the function takes and returns. Its keyword-only arguments are the kind's parameters; their defaults
give the types. A hash of the function's source is one more parameter, `code`: other code gives other results.
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
"""Names of groups of entry points."""

TAKES = ("activation", "input_scale", "loss", "normalization", "optimizer")
"""Factors that take kinds of levels from other packages."""

_TYPES = (bool, int, float, str)


@functools.cache
def kinds(factor: str) -> Mapping[str, EntryPoint]:
    """Return the kinds that other packages bring to a factor, by name; nothing is imported yet.

    Raises:
        ConfigError: an entry point is for a factor that takes no kinds.
    """
    kinds_by_name = {}
    for entry_point in entry_points(group=LEVELS):
        owner, _, kind = entry_point.name.partition(".")
        if not kind:
            raise ConfigError(
                f"Entry point {entry_point.name!r} of {_package(entry_point)} must be named FACTOR.KIND, "
                "as in `loss.focal`."
            )
        if owner not in TAKES:
            wrong = unknown("factor that takes levels from other packages", owner, TAKES)
            raise ConfigError(
                f"Entry point {entry_point.name!r} of {_package(entry_point)} must begin with a factor that takes "
                f"levels from other packages. {wrong}"
            )
        if owner == factor:
            kinds_by_name[kind] = entry_point
    return kinds_by_name


def brings(factor: str, params: Any) -> bool:
    """Return whether another package brings the kind of a level.

    Args:
        factor: name of the factor.
        params: parameters of the level.
    """
    return factor in TAKES and params["kind"] in kinds(factor)


def function(factor: str, kind: str) -> Callable[..., Any]:
    """Return the function of a kind.

    Args:
        factor: name of the factor.
        kind: name of the kind.

    Raises:
        ConfigError: it cannot be imported, or is no function.
    """
    entry_point = kinds(factor)[kind]
    return callable_of(
        loaded(entry_point), f"The level `{factor}={kind}` of {_package(entry_point)}", entry_point.value
    )


def source_name(factor: str, kind: str) -> str:
    """Return how a user's program names the function of a kind: `my_package.focal`.

    Args:
        factor: name of the factor.
        kind: name of the kind.
    """
    return kinds(factor)[kind].value.replace(":", ".")


def loaded(entry_point: EntryPoint) -> Any:
    """Return the object that an entry point names.

    Raises:
        ConfigError: it cannot be imported, with the reason.
    """
    try:
        return entry_point.load()
    except Exception as error:
        raise ConfigError(
            f"Entry point {entry_point.name!r} of {_package(entry_point)} must name something that can be imported. "
            f"{entry_point.value!r} raises {type(error).__name__}: {error}"
        ) from error


def callable_of(value: Any, owner: str, written: str) -> Callable[..., Any]:
    """Return the value if it can be called.

    Args:
        value: the value.
        owner: subject of the message.
        written: how the user named the value.

    Raises:
        ConfigError: it cannot be called.
    """
    if not callable(value):
        raise ConfigError(f"{owner} must be a function. {written!r} is of type {type(value).__name__}.")
    function: Callable[..., Any] = value
    return function


def parameters(factor: str, kind: str) -> dict[str, tuple[type, Any]]:
    """Return the parameters of a kind with type and default; `code` is one of them.

    Args:
        factor: name of the factor.
        kind: name of the kind.

    Raises:
        ConfigError: a parameter has no default, or one that is no number, text or truth value.
    """
    kind_function = function(factor, kind)
    table: dict[str, tuple[type, Any]] = {}
    for name, argument in inspect.signature(kind_function).parameters.items():
        if argument.kind is not argument.KEYWORD_ONLY:
            continue
        if type(argument.default) not in _TYPES:
            default = "no default" if argument.default is argument.empty else repr(argument.default)
            raise ConfigError(
                f"Parameter `{name}` of the level `{factor}={kind}` must have a default that is a number, a text or a "
                f"truth value, because the default gives its type. Received: {default}."
            )
        table[name] = (type(argument.default), argument.default)
    return {**table, "code": (str, code(kind_function))}


def call(factor: str, params: Json, *arguments: Any) -> Any:
    """Call the function of a level.

    Args:
        factor: name of the factor.
        params: parameters of the level.
        arguments: positional arguments of the function; the parameters follow as keywords.

    Raises:
        LevelError: the function has raised an error.
    """
    kind = params["kind"]
    keywords = {name: value for name, value in params.items() if name not in ("kind", "code")}
    kind_function = function(factor, kind)
    try:
        return kind_function(*arguments, **keywords)
    except Exception as error:
        owner = f"The level `{factor}={kind}` of {_package(kinds(factor)[kind])}"
        raise LevelError(f"{owner} has raised {type(error).__name__}: {error}") from error


def check_code(factor: str, params: Json) -> None:
    """Check that the source of a level's function has the hash that the parameters hold.

    Args:
        factor: name of the factor.
        params: parameters of the level.

    Raises:
        ConfigError: the source has another hash: it has changed since the result was made.
    """
    now = code(function(factor, params["kind"]))
    if params["code"] != now:
        raise ConfigError(
            f"The code of the level `{factor}={params['kind']}` must have the hash {params['code']}, as when the "
            f"result was made. It has {now} now. Restore that code, or run the study again."
        )


def code(function: Callable[..., Any]) -> str:
    """Return 16 hex digits of the SHA-256 of a function's source, or of its bytecode if there is no source."""
    try:
        text = inspect.getsource(function).encode()
    except (OSError, TypeError):
        text = getattr(getattr(function, "__code__", None), "co_code", repr(function).encode())
    return hashlib.sha256(text).hexdigest()[:ID_DIGITS]


def factors() -> dict[str, EntryPoint]:
    """Return the factors that other packages bring, by name."""
    return {entry_point.name: entry_point for entry_point in entry_points(group=FACTORS)}


def folders() -> dict[str, Path]:
    """Return the config folders of other packages, by entry point: the folder `conf` of the package that it names.

    Raises:
        ConfigError: a package is not installed, or has no such folder.
    """
    folder_by_name = {}
    for entry_point in entry_points(group=CONF):
        top, *inner = entry_point.value.split(".")
        roots = getattr(find_spec(top), "submodule_search_locations", None) or ()
        candidates = [Path(root).joinpath(*inner, "conf") for root in roots]
        folder = next((folder for folder in candidates if folder.is_dir()), None)
        if folder is None:
            raise ConfigError(
                f"Entry point {entry_point.name!r} of {_package(entry_point)} must name a package with a folder "
                f"`conf`. Received: {entry_point.value!r}."
            )
        folder_by_name[entry_point.name] = folder
    return folder_by_name


def _package(entry_point: EntryPoint) -> str:
    return f"the package {entry_point.dist.name!r}" if entry_point.dist is not None else "an installed package"

"""Say what each factor's levels mean to Keras, and how they share a program: one module a factor.

Each public module of this package holds one record `REMEDY`; other packages bring theirs by entry points of the group
`ablate.factors`. This file finds and checks the records. Importing it does not import TensorFlow: hooks do when called.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json
from ablate.remedies import _plugins
from ablate.remedies._remedy import Lines as Lines
from ablate.remedies._remedy import Remedy as Remedy
from ablate.remedies._remedy import check_complete
from ablate.remedies._remedy import fields as fields
from ablate.remedies._remedy import no_candidates as no_candidates
from ablate.remedies._remedy import no_lines as no_lines
from ablate.remedies._remedy import number as number


@cache
def registry() -> dict[str, Remedy]:
    """Return every factor by name, in the order in which hooks run (`Remedy.order`, then name).

    Raises:
        ConfigError: a factor is not complete; the message names what is missing.
    """
    remedies = [_of_module(name) for name in _modules()]
    remedies += [_of_entry_point(name, entry_point) for name, entry_point in brought().items()]
    return {remedy.name: remedy for remedy in sorted(remedies, key=lambda remedy: (remedy.order, remedy.name))}


@cache
def brought() -> dict[str, EntryPoint]:
    """Return the factors that other packages bring, by name.

    Raises:
        ConfigError: one has the name of a factor of this package.
    """
    factors = _plugins.factors()
    for name in set(_modules()) & set(factors):
        raise ConfigError(
            f"Entry point {name!r} of the group `{_plugins.FACTORS}` must have another name: ablate has a factor of "
            "that name. Rename the entry point and its factor."
        )
    return factors


def _modules() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]


def _of_module(name: str) -> Remedy:
    file = f"ablate/remedies/{name}.py"
    remedy: Any = getattr(importlib.import_module(f"{__name__}.{name}"), "REMEDY", None)
    if not isinstance(remedy, Remedy):
        raise ConfigError(f"{file} must define `REMEDY`, the `Remedy` of the factor `{name}`.")
    if remedy.name != name:
        raise ConfigError(f"{file} must name its factor {name!r}: `REMEDY` has the name {remedy.name!r}.")
    check_complete(remedy, file)
    return remedy


def _of_entry_point(name: str, entry_point: EntryPoint) -> Remedy:
    """Load the record that an entry point names, and check it."""
    remedy = _plugins.loaded(entry_point)
    if not isinstance(remedy, Remedy):
        raise ConfigError(f"Entry point {name!r} must name an `ablate.remedies.Remedy`. Received: {remedy!r:.80}.")
    if remedy.name != name:
        raise ConfigError(
            f"Entry point {name!r} must have its factor's name. Its `Remedy` has the name {remedy.name!r}."
        )
    check_complete(remedy, entry_point.value.partition(":")[0])
    if remedy.neutral is None:
        raise ConfigError(
            f"The factor `{name}` must have neutral parameters, because trials trained without it have these. "
            "Without them all trial ids would change. Set `neutral` in its record."
        )
    return remedy


@cache
def problems() -> frozenset[str]:
    """Return the names of the factors that describe the problem: no level of theirs is a remedy."""
    return frozenset(name for name, remedy in registry().items() if remedy.problem)


def neutral() -> dict[str, Json]:
    """Return the neutral parameters of the factors that have some."""
    return {name: remedy.neutral for name, remedy in registry().items() if remedy.neutral is not None}


def identity(params: Mapping[str, Json]) -> dict[str, Json]:
    """Return the part of resolved parameters, by factor, that belongs to a trial id."""
    remedies = registry()
    return {name: remedies[name].identity(value) if name in remedies else value for name, value in params.items()}


def complete(params: Mapping[str, Json]) -> dict[str, Json]:
    """Add the neutral parameters of factors that were added after these resolved parameters were stored."""
    return {**neutral(), **params}


def checked(factor: str, params: Json) -> Json:
    """Check the parameters of a level.

    Args:
        factor: name of the factor.
        params: parameters of the level.

    Returns:
        The parameters in canonical form, with defaults filled in.

    Raises:
        ConfigError: the factor is unknown, or a parameter is wrong; the message names the nearest match.

    Examples:
        >>> checked("clipping", {"kind": "norm"})
        {'kind': 'norm', 'value': 1.0}
    """
    if factor not in registry():
        raise ConfigError(unknown("factor", factor, registry()))
    return registry()[factor].check(params)

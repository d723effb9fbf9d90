"""A module per factor: what its levels mean to Keras, and how they stack.

Each module of this package holds one `REMEDY` record, and so may other packages' (entry points of the group
`ablate.factors`); finding them is all this file does. Importing it is light: TensorFlow is imported inside the hooks
only.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint

from ablate.core.errors import ConfigError, unknown
from ablate.core.study import Json
from ablate.remedies import _plugins
from ablate.remedies._remedy import Remedy as Remedy
from ablate.remedies._remedy import fields as fields
from ablate.remedies._remedy import number as number


@cache
def registry() -> dict[str, Remedy]:
    """Every factor by name, in the order their hooks run (`Remedy.order`, then name)."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    found: list[Remedy] = [importlib.import_module(f"{__name__}.{name}").REMEDY for name in names]
    found += [_brought_by(name, each) for name, each in brought().items() if name not in names]
    return {remedy.name: remedy for remedy in sorted(found, key=lambda remedy: (remedy.order, remedy.name))}


@cache
def stacking(engine: str) -> dict[str, Remedy]:
    """Every factor as it stacks in an engine's programs: `registry`, or its broad form for `engine=broad`."""
    broad = engine == "broad"
    return {name: (remedy.broad or remedy) if broad else remedy for name, remedy in registry().items()}


@cache
def brought() -> dict[str, EntryPoint]:
    """The factors that other packages bring, by name.

    Raises:
        ConfigError: one has the name of a factor of this package.
    """
    own = {module.name for module in pkgutil.iter_modules(__path__)}
    found = _plugins.factors()
    for name in own & set(found):
        raise ConfigError(f"Entry point {name!r} of the group `{_plugins.FACTORS}` must have a name of its own.")
    return found


def _brought_by(name: str, each: EntryPoint) -> Remedy:
    """The record that an entry point names.

    Raises:
        ConfigError: it cannot be imported, is no `Remedy` of that name, or has no neutral level: then the ids of all
            trials there are would change.
    """
    found = _plugins.loaded(each)
    if not isinstance(found, Remedy) or found.name != name:
        raise ConfigError(f"Entry point {name!r} must name an `ablate.remedies.Remedy` called {name!r}: {found!r:.80}.")
    if found.neutral is None:
        raise ConfigError(
            f"The factor `{name}` must have neutral parameters: those of every trial before it was there."
        )
    return found


def neutral() -> dict[str, Json]:
    """The neutral parameters of the factors that have some."""
    return {name: remedy.neutral for name, remedy in registry().items() if remedy.neutral is not None}


def identity(params: Mapping[str, Json]) -> dict[str, Json]:
    """What of resolved parameters, by factor, is part of a trial's id."""
    own = registry()
    return {name: own[name].identity(value) if name in own else value for name, value in params.items()}


def complete(params: Mapping[str, Json]) -> dict[str, Json]:
    """Resolved parameters, with the neutral ones of factors that are younger than they are."""
    return {**neutral(), **params}


def checked(factor: str, params: Json) -> Json:
    """Parameters of a level, validated and in their one canonical form.

    Raises:
        ConfigError: the factor is unknown, or the parameters cannot be; the message names the nearest match.
    """
    if factor not in registry():
        raise ConfigError(unknown("factor", factor, registry()))
    return registry()[factor].check(params)

"""A module per factor: what its levels mean to Keras, and how they stack.

Each module of this package holds one `REMEDY` record; finding them is all this file does. Importing it is light:
TensorFlow is imported inside the hooks only.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ablate.errors import ConfigError, unknown
from ablate.remedies._remedy import Remedy as Remedy
from ablate.study import Json


@cache
def registry() -> dict[str, Remedy]:
    """Every factor by name, in the order their hooks run (`Remedy.order`, then name)."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    found: list[Remedy] = [importlib.import_module(f"{__name__}.{name}").REMEDY for name in names]
    return {remedy.name: remedy for remedy in sorted(found, key=lambda remedy: (remedy.order, remedy.name))}


def neutral() -> dict[str, Json]:
    """The neutral parameters of the factors that have some."""
    return {name: remedy.neutral for name, remedy in registry().items() if remedy.neutral is not None}


def checked(factor: str, params: Json) -> Json:
    """Parameters of a level, validated and in their one canonical form.

    Raises:
        ConfigError: the factor is unknown, or the parameters cannot be; the message names the nearest match.
    """
    if factor not in registry():
        raise ConfigError(unknown("factor", factor, registry()))
    return registry()[factor].check(params)

"""Write Keras objects as source text: only the arguments that differ from Keras' defaults."""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np

from ablate.engine.runtime import keras

PACKAGES = ("layers", "optimizers", "losses", "metrics", "initializers", "regularizers", "constraints")
"""Subpackages of `keras` in which a class is looked for."""

OMITTED = ("name", "dtype", "batch_input_shape", "build_config", "trainable", "seed", "registered_name")
"""Parts of a config that a text leaves out."""


class NoSourceError(Exception):
    """An object of the user's own has no text that others could run."""


def text_of(thing: Any) -> str:
    """Write a Keras object, a function of Keras by its name, or a plain value.

    Raises:
        NoSourceError: it is, or holds, something of the user's own.

    Examples:
        >>> text_of(keras.optimizers.Adam(0.01, clipnorm=1.0))
        'keras.optimizers.Adam(learning_rate=0.01, clipnorm=1.0)'
    """
    if thing is None or isinstance(thing, bool | str | int):
        return repr(thing)
    if isinstance(thing, float | np.floating):
        return _number(float(thing))
    if isinstance(thing, list | tuple):
        parts = ", ".join(text_of(part) for part in thing)
        return f"[{parts}]" if isinstance(thing, list) else f"({parts}{',' if len(thing) == 1 else ''})"
    if isinstance(thing, dict):
        return _of_config(thing) if "class_name" in thing else _mapping(thing)
    if inspect.isfunction(thing):
        return _function(thing)
    path = _path(type(thing))
    if hasattr(thing, "get_config"):
        return _call(path, type(thing), _config_of(thing))
    raise NoSourceError(f"{type(thing).__name__} has no settings")


def _config_of(thing: Any) -> dict[str, Any]:
    """Return an object's config without the cycles that `serialize` makes of nested objects.

    Keras leaves some arguments of losses out, such as Huber's `delta`.
    """
    return {**getattr(thing, "_fn_kwargs", {}), **thing.get_config()}


def _mapping(values: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{key!r}: {text_of(value)}" for key, value in values.items()) + "}"


def _of_config(config: dict[str, Any]) -> str:
    """Write an object that a config describes: `{"module": ..., "class_name": ..., "config": ...}`."""
    name, inner = config["class_name"], config.get("config")
    if name == "function":
        raise NoSourceError(f"the function {inner!r} is the user's own")
    if name in ("DTypePolicy",):
        return repr(inner["name"] if isinstance(inner, dict) else inner)
    if not str(config.get("module", "")).startswith("keras"):
        raise NoSourceError(f"{name} is the user's own")
    for package in PACKAGES:
        kind = getattr(getattr(keras, package), name, None)
        if inspect.isclass(kind):
            return _call(f"keras.{package}.{name}", kind, dict(inner or {}))
    schedule = getattr(keras.optimizers.schedules, name, None)
    if schedule is None:
        raise NoSourceError(f"{name} is not a class of Keras")
    return _call(f"keras.optimizers.schedules.{name}", schedule, dict(inner or {}))


def _path(kind: type) -> str:
    for package in (*PACKAGES, "optimizers.schedules"):
        place: Any = keras
        for part in package.split("."):
            place = getattr(place, part)
        if getattr(place, kind.__name__, None) is kind:
            return f"keras.{package}.{kind.__name__}"
    raise NoSourceError(f"{kind.__name__} is the user's own")


def _function(function: Any) -> str:
    name = function.__name__
    for package in ("activations", "losses", "metrics"):
        if getattr(getattr(keras, package), name, None) is function:
            return repr(name)
    raise NoSourceError(f"the function {name} is the user's own")


def _call(path: str, kind: type, config: dict[str, Any]) -> str:
    words = arguments_of(kind, config)
    if not words and ".initializers." in path:
        return repr(_snake(kind.__name__))
    return f"{path}({', '.join(f'{name}={text}' for name, text in words.items())})"


def path_of(kind: type) -> str:
    """Return the dotted path of a class of Keras.

    Raises:
        NoSourceError: it is the user's own.
    """
    return _path(kind)


def arguments_of(kind: type, config: dict[str, Any]) -> dict[str, str]:
    """Return the arguments of a class, as texts, that differ from its defaults.

    Args:
        kind: the class.
        config: its config.

    Raises:
        NoSourceError: an argument is something of the user's own.
    """
    defaults = {name: parameter.default for name, parameter in inspect.signature(kind).parameters.items()}
    return {
        name: text_of(value)
        for name, value in config.items()
        if name not in OMITTED and name in defaults and not _equal(value, defaults[name], name)
    }


def _snake(name: str) -> str:
    return "".join("_" + char.lower() if char.isupper() else char for char in name).lstrip("_")


def _equal(value: Any, default: Any, name: str) -> bool:
    """Return whether a value of a config is the default: `"relu"` and the object that it stands for are equal."""
    if default is inspect.Parameter.empty:
        return False
    if isinstance(value, dict) and "class_name" in value and isinstance(default, str):
        inner = {key: part for key, part in dict(value.get("config") or {}).items() if part is not None}
        return _snake(value["class_name"]) == default and not inner
    if name == "data_format":
        return bool(value == keras.config.image_data_format())
    if isinstance(value, list | tuple) and isinstance(default, list | tuple | int):
        return tuple(value) == (tuple(default) if not isinstance(default, int) else (default,) * len(value))
    if value == "linear" and default is None and name == "activation":
        return True
    if isinstance(value, float) and isinstance(default, float):
        return math.isclose(value, default, rel_tol=1e-6)
    return bool(value == default)


def _number(value: float) -> str:
    """Write a number as the user did: Keras keeps float32."""
    short = float(str(np.float32(value))) if math.isfinite(value) else value
    return repr(short)

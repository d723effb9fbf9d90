"""Load data: one module per kind of task, and the code that all kinds share.

`load` makes a task from the parameters of a `task` level. `check` finds faults of the data before anything is trained.
`order` says which rows each step of a trial sees. Importing this package does not import NumPy.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from ablate.core.errors import ConfigError
from ablate.core.parameters import Field, fields
from ablate.core.study import TASK, Json, canonical
from ablate.tasks._arrays import saved as saved
from ablate.tasks._data_checks import check as check
from ablate.tasks._finding import Finding as Finding
from ablate.tasks._labels import Labels as Labels
from ablate.tasks._order import order as order
from ablate.tasks._task import Task as Task
from ablate.tasks._task import assemble

KINDS: Mapping[str, Mapping[str, Field]] = {
    "words": {"classes": (int, 10), "length": (int, 3)},
    "blobs": {
        "classes": (int, 10),
        "clusters": (int, 4),
        "features": (int, 16),
        "rows": (int, 2048),
        "spread": (float, 0.3),
    },
    "spirals": {"classes": (int, 3), "rows": (int, 2048), "turns": (float, 1.0), "noise": (float, 0.05)},
    "checkerboard": {"classes": (int, 2), "cells": (int, 4), "rows": (int, 2048)},
    "digits": {},
    "wine": {},
    "breast_cancer": {},
    "npz": {"path": (str, ...), "inputs": (str, "x"), "labels": (str, "y"), "validation": (str, "")},
    "csv": {"path": (str, ...), "label": (str, "label"), "validation": (str, ""), "leave_out": (object, [])},
}
"""Kinds of task, with type and default of each parameter (`...`: must be given).

Each kind is a module of this package with a function `make`, which turns the parameters into `Examples`.
"""

_BOUNDS = {
    "classes": (2, 10_000),
    "length": (1, 100),
    "clusters": (1, 1_000),
    "features": (1, 100_000),
    "rows": (6, 1_000_000),
    "spread": (0.0, 100.0),
    "turns": (0.0, 100.0),
    "noise": (0.0, 100.0),
    "cells": (2, 1_000),
}
"""Smallest and largest value of each parameter, in every kind of task that has it."""

_fields = fields(TASK, KINDS)


def check_params(params: Json) -> Json:
    """Return the parameters of a task in canonical form; no data are read.

    Raises:
        ConfigError: a kind or parameter is unknown, a value has a wrong type, or a number is out of bounds.

    Examples:
        >>> check_params({"kind": "words", "classes": 4})
        {'kind': 'words', 'classes': 4, 'length': 3}
    """
    result: dict[str, Json] = _fields(params)
    for name, (low, high) in _BOUNDS.items():
        if name in result and not low <= result[name] <= high:
            raise ConfigError(f"`task.{name}` must be from {low:g} to {high:g}. Received: {result[name]!r}.")
    if "leave_out" in result:
        result["leave_out"] = _names(result["leave_out"])
    if "rows" in result and result["rows"] < 3 * result["classes"]:
        raise ConfigError(
            f"`task.rows` must be at least 3 per class. Received: rows={result['rows']}, classes={result['classes']}."
        )
    return result


def _names(value: Json) -> list[str]:
    """Return the names of columns that `leave_out` gives: one name, or a list of names."""
    names = value if isinstance(value, list) else [value]
    for name in names:
        if isinstance(name, bool) or not isinstance(name, str | int | float):
            raise ConfigError(f"`task.leave_out` must be a column's name or a list of names. Received: {value!r}.")
    return [str(name) for name in names]


def in_words(params: Json) -> str:
    """Return the parameters of a task as the subject of a sentence.

    Examples:
        >>> in_words({"kind": "npz", "path": "d.npz", "inputs": "x"}), in_words({"kind": "words", "classes": 3})
        ("Task npz, path 'd.npz',", 'Task words')
    """
    path = f", path {params['path']!r}," if params.get("path") else ""
    return f"Task {params['kind']}{path}"


def load(params: Json) -> Task:
    """Return the task of these parameters; it is the same object again while its file, if it has one, is unchanged.

    Raises:
        ConfigError: the parameters are not those of a task.
        TaskError: the data cannot be read, or cannot be a task.
    """
    params = check_params(params)
    return _load(canonical(params), _file_version(params))


def _file_version(params: Json) -> tuple[tuple[int, int], ...]:
    """Return time and size of the files that a task is read from; nothing without one."""
    files = (Path(params[key]).expanduser() for key in ("path", "validation") if params.get(key))
    return tuple((file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.is_file())


@lru_cache(maxsize=16)
def _load(text: str, version: tuple[tuple[int, int], ...]) -> Task:  # noqa: ARG001  a part of the cache's key
    params = json.loads(text)
    kind, module = params["kind"], f"{__name__}.{params['kind']}"
    make = getattr(importlib.import_module(module), "make", None) if find_spec(module) else None
    if make is None:
        raise ConfigError(
            f"The kind `{kind}` of `task` must have a module ablate/tasks/{kind}.py with a function `make`."
        )
    return assemble(params, make(params))

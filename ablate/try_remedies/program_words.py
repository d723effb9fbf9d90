"""Read the words of `ablate try my_file.py:make_model data.csv epochs=20`, and the arguments of `ablate.try_model`."""

from __future__ import annotations

import ast
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ablate.core.errors import ConfigError, unknown
from ablate.engine.as_is import program
from ablate.try_remedies import given
from ablate.try_remedies.given import Given
from ablate.try_remedies.program_attempt import Options

CONTROL = ("minutes", "workers", "seeds", "backend", "arguments", "validation", "label")
"""Keys beside the arguments of `fit`."""

KEYS = {"model", "data", *given.FIT, *CONTROL}
"""Keywords of `ablate.try_model` that name a program and no study."""

HYDRA = ("model", "task", "path", "inputs", "labels")
"""Keys that name a program in the words of a study."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A program to try, before its rows are read.

    Attributes:
        builder: a function, or its name.
        data: its rows, or where they are.
        validation: its validation rows; None without.
        fit: arguments of `fit`.
        control: how it is tried, by CONTROL.
    """

    builder: str | Callable[..., Any]
    data: Any
    validation: Any = None
    fit: Mapping[str, Any] = field(default_factory=dict)
    control: Mapping[str, Any] = field(default_factory=dict)

    def given(self) -> Given:
        """Read the rows, if the builder can be found.

        Raises:
            ConfigError, TaskError: builder, rows or arguments cannot be used.
        """
        if isinstance(self.builder, str) and ".py:" in self.builder:
            program.check(self.builder)  # reading rows may take long
        return given.take(_rows(self.data), _rows(self.validation), self.fit, label=str(self.control.get("label", "")))

    def options(self, command: str = "") -> Options:
        """Return how the program is tried.

        Args:
            command: what repeats the call.

        Raises:
            ConfigError: a value is not possible.
        """
        backend = str(self.control.get("backend") or _backend())
        if backend not in program.BACKENDS:
            raise ConfigError(unknown("back end of Keras", backend, program.BACKENDS))
        return Options(
            minutes=_positive("minutes", self.control.get("minutes", 10.0)),
            workers=int(self.control.get("workers", 0)),
            seeds=int(_positive("seeds", self.control.get("seeds", 5))),
            backend=backend,
            arguments=dict(self.control.get("arguments", {})),
            command=command,
        )


def _positive(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ConfigError(f"`{name}` must be a number above 0. Received: {value!r}.")
    return float(value)


def _backend() -> str:
    """Return the back end that the user's Keras has, in this process or by its environment."""
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "backend"):
        return str(keras.backend.backend())
    return os.environ.get("KERAS_BACKEND") or "tensorflow"


def _rows(data: Any) -> Any:
    """Return the rows that a word names: a file, or a function that returns them."""
    if isinstance(data, str) and ":" in data and not Path(data).exists():
        return program.builder(data)()
    return data


def names_program(words: Sequence[str]) -> bool:
    """Return whether the words of a command name a program and no study of factors.

    Examples:
        >>> names_program(["my.py:make_model", "d.csv", "epochs=5"])
        True
        >>> names_program(["model=my:make", "path=d.npz", "task=npz"])
        True
        >>> names_program(["model=my:make", "path=d.npz", "task=npz", "steps=400"])
        False
    """
    if any("=" not in word for word in words):
        return True
    keys = {word.partition("=")[0].partition(".")[0] for word in words}
    return {"model", "path"} <= keys and keys <= {*HYDRA, *CONTROL, *given.FIT}


def of_command(words: Sequence[str]) -> Wanted:
    """Read the words of a command.

    Args:
        words: the builder, the rows, perhaps the validation rows; then `key=value`.

    Raises:
        ConfigError: a word is missing or unknown.
    """
    places = [word for word in words if "=" not in word]
    values = {key: _value(text) for key, _, text in (word.partition("=") for word in words if "=" in word)}
    if "model" in values:
        places.insert(0, str(values.pop("model")))
    if "path" in values:
        values.pop("task", None)
        places.insert(1, str(values.pop("path")))
    arguments = {
        key.partition("model.arguments.")[2]: values.pop(key)
        for key in list(values)
        if key.startswith("model.arguments.")
    }
    if len(places) not in (2, 3):
        raise ConfigError(
            "Name the function that builds your model and the rows, as `ablate try my_file.py:make_model data.csv` "
            f"(or `my_file.py:make_data`). Received: {' '.join(places) or 'nothing'}."
        )
    wanted = of_call(places[0], places[1], places[2] if len(places) == 3 else values.pop("validation", None), values)
    return Wanted(
        builder=wanted.builder,
        data=wanted.data,
        validation=wanted.validation,
        fit=wanted.fit,
        control={**wanted.control, **({"arguments": arguments} if arguments else {})},
    )


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {"true": True, "false": False}.get(text.lower(), text)


def of_call(builder: str | Callable[..., Any], data: Any, validation: Any, keys: Mapping[str, Any]) -> Wanted:
    """Sort the arguments of `ablate.try_model` into those of `fit` and those that say how it is tried.

    Args:
        builder: a function, or its name.
        data: its rows, or where they are.
        validation: its validation rows; None without.
        keys: all other arguments.

    Raises:
        ConfigError: an argument is unknown.
    """
    for name in keys:
        if name not in (*given.FIT, *CONTROL):
            raise ConfigError(unknown("argument of `try`", name, [*given.FIT, *CONTROL]))
    fit = {name: value for name, value in keys.items() if name in given.FIT}
    control = {name: value for name, value in keys.items() if name in CONTROL and name != "validation"}
    return Wanted(
        builder=builder,
        data=data,
        validation=validation if validation is not None else keys.get("validation"),
        fit=fit,
        control=control,
    )


def command(words: Sequence[str]) -> str:
    """Return the command line of these words."""
    return f"ablate try {shlex.join(words)}"

"""Hold a user's program: what builds its model, its rows, and how it calls `fit`; load it in a worker."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import pickle
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ablate.core import quiet_stderr
from ablate.core.errors import ConfigError, one_line, unknown
from ablate.engine.as_is import script

BACKENDS = ("tensorflow", "jax", "torch")
"""The back ends of Keras."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows that a program gives to `fit`, and those that a trial is judged on.

    Attributes:
        x, y: inputs and labels as `fit` gets them; inputs may be a list or mapping of arrays.
        x_val, y_val: the rows that a trial is judged on.
        weights: `sample_weight`; None without.
        passed: whether `fit` gets the validation rows as `validation_data`.
    """

    x: Any
    y: Any
    x_val: Any
    y_val: Any
    weights: Any = None
    passed: bool = True


@dataclass(frozen=True, kw_only=True)
class Program:
    """A user's program.

    Attributes:
        builder: `module:function`, `file.py:function`, or a function.
        arguments: the builder's arguments.
        rows: its rows.
        callbacks: a pickled list of callbacks, or the function that makes it; empty without.
        backend: the back end of Keras that the program is written for.
    """

    builder: str | Callable[..., Any]
    rows: Rows
    arguments: Mapping[str, Any] = field(default_factory=dict)
    callbacks: bytes = b""
    backend: str = "tensorflow"


def save(program: Program, path: Path) -> None:
    """Write a program to a file, functions of a script or notebook by value.

    Args:
        program: the program.
        path: the file.

    Raises:
        ConfigError: the builder refers to something that no other process can be given.
    """
    import cloudpickle

    try:
        path.write_bytes(_by_value(program) or cloudpickle.dumps(program))
    except Exception as error:
        raise ConfigError(
            "The builder must be a function that other processes can be given, with what it refers to. "
            f"It cannot be sent: {one_line(error)}. Move it to a file, and name it as `my_file.py:make_model`."
        ) from error


def _by_value(program: Program) -> bytes | None:
    """Return a program with the code of the builder's module, which other processes may not find by its name.

    None if the builder is a name or lies in an installed package, or if its module holds what cannot be sent.
    """
    import cloudpickle

    module = sys.modules.get(getattr(program.builder, "__module__", None) or "")
    place = getattr(module, "__file__", None) or ""
    if module is None or module.__name__ == "__main__" or not place or "site-packages" in place:
        return None
    cloudpickle.register_pickle_by_value(module)
    try:
        return bytes(cloudpickle.dumps(program))
    except Exception:  # noqa: BLE001 - then it is sent by name
        return None
    finally:
        cloudpickle.unregister_pickle_by_value(module)


@functools.lru_cache(maxsize=1)
def load(path: str) -> Program:
    """Load a program that `save` wrote."""
    program = pickle.loads(Path(path).read_bytes())  # noqa: S301 - the parent process wrote it
    assert isinstance(program, Program)  # noqa: S101 - told to mypy
    return program


def build(program: Program) -> Any:
    """Call the builder and return the model.

    Raises:
        ConfigError: there is no such builder, or it returns no compiled Keras model.
    """
    from ablate.engine.runtime import keras

    function = builder(program.builder)
    model = function(**program.arguments)
    if not isinstance(model, keras.Model):
        raise ConfigError(f"The builder must return a compiled Keras model. It returns a {type(model).__name__}.")
    if not model.compiled:
        raise ConfigError("The builder must return a compiled model: call `model.compile(...)` before `return model`.")
    return model


@functools.lru_cache(maxsize=4)
def builder(named: str | Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that a builder's name stands for.

    Args:
        named: `module:function`, `file.py:function`, or the function itself.

    Raises:
        ConfigError: there is no such module, file or function.
    """
    if not isinstance(named, str):
        return named
    place, name = _parts(named)
    names = script.load(place) if place.endswith(".py") else vars(_module(place))
    function = names.get(name)
    if not callable(function):
        functions = [key for key, value in names.items() if inspect.isfunction(value)]
        raise ConfigError(unknown(f"function of {place}", name, functions))
    return function  # type: ignore[no-any-return]


def check(named: str) -> None:
    """Check that a builder can be found, without running any of its file or module.

    Args:
        named: `module:function` or `file.py:function`.

    Raises:
        ConfigError: the name is of another form, there is no such file or module, or the file has no such function.
    """
    place, name = _parts(named)
    if place.endswith(".py"):
        functions, all_known = script.functions(place)
        if all_known and name not in functions:
            raise ConfigError(unknown(f"function of {place}", name, functions))
        return
    _find_modules_here()
    top = place.partition(".")[0]
    if importlib.util.find_spec(top) is None:
        raise ConfigError(f"There is no module {top!r} in this folder or among the installed packages.")


def _parts(named: str) -> tuple[str, str]:
    """Return the file or module of a builder, and the function's name."""
    place, mark, name = named.rpartition(":")
    if not mark or not name.isidentifier():
        raise ConfigError(
            f"A builder must be named `my_file.py:make_model` or `my_package:make_model`. Received: {named!r}."
        )
    return place, name


def _module(name: str) -> Any:
    _find_modules_here()
    try:
        with quiet_stderr.without_chatter():
            return importlib.import_module(name)
    except Exception as error:
        raise ConfigError(
            f"There must be a module `{name}` that can be imported. Received: {one_line(error)}."
        ) from error


def _find_modules_here() -> None:
    """Let modules of the working folder be imported, before those of the same name elsewhere."""
    if "" not in sys.path:
        sys.path.insert(0, "")

"""Write Python values as overrides in Hydra's grammar: what `ablate.sweep(loss=["clipped", "fused"])` stands for."""

from __future__ import annotations

import itertools
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ablate import remedies, tasks
from ablate.configure.grammar import MOST_VALUES, written
from ablate.core.errors import ConfigError
from ablate.core.study import TASK, Json

GROUPS = ("search", "seeds")
"""Keys whose mapping changes the config of that name: `search={"trials": 2000}` means `search.trials=2000`."""

SWEEP_WORDS = ("choice", "glob", "interval", "range", "shuffle", "sort", "tag")
"""Functions of Hydra's grammar that list levels; a text such as `"glob(*)"` keeps this meaning."""


def overrides(texts: Iterable[str], arguments: Mapping[str, object]) -> list[str]:
    """Write the arguments of `ablate.sweep` as overrides.

    Args:
        texts: overrides in Hydra's grammar, kept as they are.
        arguments: a key or factor -> its value; for a factor also several levels, or a mapping with `level`.

    Raises:
        ConfigError: a value that no override can express: None, an empty list, a lambda, NaN.

    Examples:
        >>> overrides(["loss.eps=1e-3"], {"loss": ["clipped", "fused"], "learning_rate": 0.1, "seed": range(3)})
        ['loss.eps=1e-3', 'loss=clipped,fused', 'learning_rate=0.1', 'seed=0,1,2']
        >>> overrides([], {"loss": {"level": "clipped", "eps": 1e-3}, "search": {"trials": 200}})
        ["loss={level:'clipped',eps:0.001}", 'search.trials=200']
    """
    result = [_text_override(text) for text in texts]
    for name, value in arguments.items():
        if not re.fullmatch(r"[A-Za-z_][\w.]*", name):
            raise ConfigError(f"An argument must be named by a factor or a key, as `loss`. Received: {name!r}.")
        if name in GROUPS and isinstance(value, Mapping):
            result += _group(name, value)
        elif _sweeps(name):
            text = f"{name}={','.join(_level(name, level) for level in _levels(name, value))}"
            result.append(_literal(text) if "." in name else text)
        else:
            result.append(override(name, value))
    return result


def with_data(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys with `data=(x, y)` and its `validation` replaced by the task of a file that holds them.

    Raises:
        ConfigError: another key says what the data are.
        TaskError: the arrays cannot be used.
    """
    if "data" not in keys:
        if isinstance(keys.get("validation"), tuple | list):
            raise ConfigError("Arrays as `validation=(x, y)` need arrays as `data=(x, y)`. Received none.")
        return dict(keys)
    if given := {TASK, "path", "inputs", "labels", "label", "leave_out"} & set(keys):
        raise ConfigError(f"`data` must be the only key that says what the data are. Received also: {min(given)}.")
    task = tasks.saved(keys["data"], keys.get("validation"))
    name = f"arrays-{task['path'].rpartition('/')[2][:6]}"
    others = {key: value for key, value in keys.items() if key not in ("data", "validation")}
    return {**others, TASK: {"level": task.pop("kind"), "name": name, **task}}


def override(name: str, value: object) -> str:
    """Write one value as an override, quoted as Hydra's grammar needs it.

    Args:
        name: a key or factor.
        value: its one value.

    Examples:
        >>> override("results_dir", "my results"), override("seed", 3)
        ("results_dir='my results'", 'seed=3')
    """
    return _literal(f"{name}={_text(name, value)}")


def _literal(text: str) -> str:
    """Escape each `${` of an override: OmegaConf would take it for the key of another value."""
    return text.replace("${", r"\${")


def _text_override(text: object) -> str:
    if not isinstance(text, str):
        raise ConfigError(
            "Positional arguments must be overrides, one text each, as `ablate.sweep('loss.eps=1e-3', width=64)`. "
            f"Received: {text!r:.80}."
        )
    return text


def _group(name: str, value: Mapping[Any, object]) -> list[str]:
    """Return one override for the file that `level` names, and one for each other key."""
    level = [override(name, value["level"])] if "level" in value else []
    return [*level, *(override(f"{name}.{key}", inner) for key, inner in value.items() if key != "level")]


def _sweeps(name: str) -> bool:
    head = name.partition(".")[0]
    return head in remedies.registry() or name in ("seed", "design")


def _levels(name: str, value: object) -> list[object]:
    """Return the levels that a value lists; a single value is one level.

    A set has no order, and the first level can become the baseline, so its values are sorted.
    """
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays, pandas' series
        value = value.tolist()
    if isinstance(value, str | bytes | Mapping | os.PathLike) or not isinstance(value, Iterable):
        return [value]
    if isinstance(value, set | frozenset):
        value = _sorted(name, value)
    levels = list(itertools.islice(value, MOST_VALUES + 1))
    if not levels:
        raise ConfigError(f"`{name}` must have at least one value. Received an empty {type(value).__name__}.")
    if len(levels) > MOST_VALUES:
        raise ConfigError(f"`{name}` must have at most {MOST_VALUES:,} values. Received more.")
    return levels


def _sorted(name: str, values: Iterable[Any]) -> list[object]:
    try:
        return sorted(values)
    except TypeError as error:
        raise ConfigError(f"`{name}` must be a list: a set of different types cannot be sorted.") from error


def _level(name: str, level: object) -> str:
    """Return a level in Hydra's grammar; a function such as `glob(*)` is left to Hydra."""
    if isinstance(level, str) and re.fullmatch(rf"({'|'.join(SWEEP_WORDS)})\(.*\)", level, re.DOTALL):
        return level
    return _text(name, level)


def _text(name: str, value: object) -> str:
    """Return a value in Hydra's grammar."""
    plain = _plain(name, value)
    return plain if isinstance(plain, str) and _is_word(plain) else written(plain)


def _is_word(text: str) -> bool:
    """Return whether Hydra reads the bare text as this text, not as a number, a truth value or null."""
    if not re.fullmatch(r"[\w./-][\w.:/-]*", text, re.ASCII) or text.lower() in ("true", "false", "null"):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def _plain(name: str, value: object) -> Json:
    """Return a value as plain JSON.

    Raises:
        ConfigError: JSON has no such value.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"`{name}` must be a finite number. Received: {value!r}.")
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(f"{name}.{key}", inner) for key, inner in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray | memoryview):
        values = _sorted(name, value) if isinstance(value, set | frozenset) else value
        return [_plain(name, inner) for inner in values]
    if callable(value):
        return _dotted_path(value)
    hint = " Leave the argument out for its default." if value is None else ""
    raise ConfigError(
        f"`{name}` must be a text, a number, true or false, a mapping, or a list of these. "
        f"Received: {value!r:.80}.{hint}"
    )


def _dotted_path(function: Callable[..., Any]) -> str:
    """Return the path by which another process imports a function, as `my_package:make_model`.

    Raises:
        ConfigError: the function is defined inside another one, or in the script that was started.
    """
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "<locals>")
    if module in (None, "__main__") or "<" in name:
        raise ConfigError(
            "A model's builder must be a function at the top of a module that other processes can import. "
            f"Received {name!r} of {module!r}: move it to a file of its own."
        )
    return f"{module}:{name}"

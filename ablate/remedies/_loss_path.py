"""The loss path of a user's compiled model: the layers after the logits, and the loss that is computed on their output.

It is stored as JSON: the layers as Keras serializes them; the loss by Keras's name, or as Keras serializes it. A loss
of the user's own is stored as the builder that compiles it, with a hash of its source.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path as WorkingFolder
from typing import Any

from ablate.core import quiet_stderr
from ablate.core.errors import ConfigError, unknown
from ablate.core.study import ID_DIGITS, Json, canonical
from ablate.remedies import _plugins
from ablate.remedies._lazy import keras, tf

Path = Json
"""{`tail`: layers, `loss`: {`name`}, a serialized Keras loss, or {`builder`, `arguments`, `code`}, `labels`: sparse or
one_hot}."""


def loss(path: Path) -> Callable[[Any, Any], Any]:
    """Return the function (one-hot truth, logits) -> mean loss over rows."""
    tail, function = tail_of(path), function_of(canonical(path["loss"]))
    sparse = path["labels"] == "sparse"

    def mean(truth: Any, logits: Any) -> Any:
        output = logits
        for layer in tail:
            output = layer(output)
        return tf.reduce_mean(function(tf.argmax(truth, -1, tf.int32)[:, None] if sparse else truth, output))

    return mean


def tail_of(path: Path) -> list[Any]:
    """Make the layers after the logits; they hold no weights."""
    return [keras.saving.deserialize_keras_object(layer) for layer in path["tail"]]


@functools.lru_cache(maxsize=64)
def function_of(text: str) -> Callable[[Any, Any], Any]:
    """Return the loss that its canonical JSON describes.

    Raises:
        ConfigError: a user's function is gone, or its source has changed.
    """
    written = json.loads(text)
    if "builder" not in written:
        identifier: Any = written.get("name", written) if "class_name" not in written else written
        loss: Callable[[Any, Any], Any] = keras.losses.get(identifier)
        return loss
    compiled: Callable[[Any, Any], Any] = named(written["builder"])(**written["arguments"]).loss
    if code(compiled) != written["code"]:
        raise ConfigError(
            f"The code of the loss that `{written['builder']}` compiles must have the hash {written['code']}, as when "
            f"the result was made. It has {code(compiled)} now. Restore that code, or run the study again."
        )
    return compiled


def named(path: str) -> Callable[..., Any]:
    """Return the function of a dotted path, `my_package.module:function`; the working folder is searched last.

    Raises:
        ConfigError: there is no such path, module or function (with the nearest match), or an import raises an error.
    """
    module, colon, name = path.partition(":")
    if not (colon and module and name):
        raise ConfigError(f"Write your function as my_package.module:function. Received: {path!r}.")
    here = str(WorkingFolder.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        with quiet_stderr.without_chatter():  # most such modules import Keras
            value: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ConfigError(_no_module(module, str(error.name))) from error
    except Exception as error:
        raise ConfigError(f"`{module}` must be importable. It raises {type(error).__name__}: {error}") from error
    for part in name.split("."):
        if not hasattr(value, part):
            raise ConfigError(_no_function(value, module, part))
        value = getattr(value, part)
    return _plugins.callable_of(value, f"`{path}`", path)


def _no_module(module: str, missing: str) -> str:
    if not (module == missing or module.startswith(f"{missing}.")):
        return f"`{module}` must be importable. It imports {missing!r}, which is not installed: install that package."
    top = [installed.name for installed in pkgutil.iter_modules(sys.path)]
    near = difflib.get_close_matches(missing, top, n=1, cutoff=0.6)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no module {missing!r} in this folder or among the installed packages.{hint}"


def _no_function(owner: Any, module: str, name: str) -> str:
    public = [public for public, value in vars(owner).items() if callable(value) and not public.startswith("_")]
    return unknown(f"function of `{module}`", name, public)


def code(loss: Any) -> str:
    """Return a hash of a user's loss: its source, plain values of its closure, and its config if it is an object."""
    function = loss if inspect.isfunction(loss) else getattr(loss, "fn", None) or type(loss).call
    try:
        text = inspect.getsource(function)
    except (OSError, TypeError):
        text = function.__code__.co_code.hex()
    cells = [repr(cell.cell_contents) for cell in function.__closure__ or () if _is_plain(cell.cell_contents)]
    config = config_of(loss)
    plain = sorted(f"{name}={value!r}" for name, value in config.items() if _is_plain(value) and name != "name")
    return hashlib.sha256("\n".join([text, *cells, *plain]).encode()).hexdigest()[:ID_DIGITS]


def config_of(loss: Any) -> dict[str, Json]:
    """Return the config of a loss that is an object; an empty mapping for a function or a name."""
    config: dict[str, Json] = loss.get_config() if hasattr(loss, "get_config") else {}
    return config


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | str | None)

"""The way from logits to the loss as a user compiled it: the layers after the logits, and the loss of their output.

It is stored as JSON: the layers as Keras serializes them, and the loss by Keras' name or as Keras serializes it. A loss
that is not Keras' own is found again through the builder that the user named, with a hash of its source.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Callable
from typing import Any

from ablate.core.errors import ConfigError
from ablate.core.study import ID_DIGITS, Json, canonical
from ablate.remedies import _plugins

Path = Json
"""{`tail`: layers, `loss`: {`name`}, a serialized Keras loss, or {`builder`, `arguments`, `code`}, `labels`: sparse or
one_hot}."""


def loss(path: Path) -> Callable[[Any, Any], Any]:
    """(one-hot truth, logits) -> the mean loss over rows."""
    import tensorflow as tf

    tail, function = tail_of(path), function_of(canonical(path["loss"]))
    sparse = path["labels"] == "sparse"

    def mean(truth: Any, logits: Any) -> Any:
        output = logits
        for layer in tail:
            output = layer(output)
        found = function(tf.argmax(truth, -1, tf.int32)[:, None] if sparse else truth, output)
        return tf.reduce_mean(found)

    return mean


def tail_of(path: Path) -> list[Any]:
    """The layers after the logits, made anew: they hold no weights."""
    import keras

    return [keras.saving.deserialize_keras_object(layer) for layer in path["tail"]]


@functools.lru_cache(maxsize=64)
def function_of(text: str) -> Callable[[Any, Any], Any]:
    """The loss that its canonical JSON describes.

    Raises:
        ConfigError: a function that is gone, or whose source has changed.
    """
    import keras

    written = json.loads(text)
    if "builder" not in written:
        found: Any = written.get("name", written) if "class_name" not in written else written
        loss: Callable[[Any, Any], Any] = keras.losses.get(found)
        return loss
    own = named(written["builder"])(**written["arguments"]).loss
    if code(own) != written["code"]:
        raise ConfigError(
            f"The loss that `{written['builder']}` compiles must be the code with the hash {written['code']}, of which "
            f"the result is. It has {code(own)} now."
        )
    return own  # type: ignore[no-any-return]


def named(path: str) -> Callable[..., Any]:
    """The function of a dotted path, `my_package.module:function`; the folder one works in counts as installed.

    Raises:
        ConfigError: no such path, module or function, with the nearest match; or an import that raises.
    """
    import importlib
    import sys
    from pathlib import Path as Folder

    module, colon, name = path.partition(":")
    if not (colon and module and name):
        raise ConfigError(f"A function of yours is named as my_package.module:function. Received: {path!r}.")
    here = str(Folder.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ConfigError(_no_module(module, str(error.name))) from error
    except Exception as error:
        raise ConfigError(f"`{module}` must be importable. It raises {type(error).__name__}: {error}") from error
    for part in name.split("."):
        if not hasattr(found, part):
            raise ConfigError(_no_function(found, module, part))
        found = getattr(found, part)
    return _plugins.callable_of(found, f"`{path}`", path)


def _no_module(module: str, missing: str) -> str:
    if not (module == missing or module.startswith(f"{missing}.")):
        return f"`{module}` must be importable. It imports {missing!r}, which is not installed."
    import difflib
    import pkgutil
    import sys

    top = [each.name for each in pkgutil.iter_modules(sys.path)]
    near = difflib.get_close_matches(missing, top, n=1, cutoff=0.6)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no module {missing!r} in this folder or among the installed packages.{hint}"


def _no_function(owner: Any, module: str, name: str) -> str:
    from ablate.core.errors import unknown

    public = [each for each, value in vars(owner).items() if callable(value) and not each.startswith("_")]
    return unknown(f"function of `{module}`", name, public or ["(none)"])


def code(loss: Any) -> str:
    """A hash of a user's loss: its source, the numbers its closure holds, and its config if it is an object."""
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
    """The config of a loss that is an object; empty for a function or a name."""
    found: dict[str, Json] = loss.get_config() if hasattr(loss, "get_config") else {}
    return found


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | str | None)

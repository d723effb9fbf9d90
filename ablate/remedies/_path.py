"""The way from logits to the loss as a user compiled it: the layers after the logits, and the loss of their output.

It is stored as JSON: the layers as Keras serializes them, and the loss by Keras' name or as Keras serializes it. A loss
that is not Keras' own is found again through the builder that the user named, with a hash of its source.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from ablate.errors import ConfigError
from ablate.remedies import _brought
from ablate.study import Json, canonical

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
    from ablate.engine import losspath

    own = named(written["builder"])(**written["arguments"]).loss
    if losspath.code(own) != written["code"]:
        raise ConfigError(
            f"The loss that `{written['builder']}` compiles must be the code with the hash {written['code']}, of which "
            f"the result is. It has {losspath.code(own)} now."
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
    return _brought.callable_of(found, f"`{path}`", path)


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
    from ablate.errors import unknown

    public = [each for each, value in vars(owner).items() if callable(value) and not each.startswith("_")]
    return unknown(f"function of `{module}`", name, public or ["(none)"])

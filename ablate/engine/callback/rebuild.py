"""Make from a compiled model a function that builds it anew in another process, with fresh weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ablate.core.errors import ConfigError, one_line
from ablate.engine.any_backend import keras


def builder_of(model: Any) -> Callable[[], Any]:
    """Return a function that builds a model like this one, compiled alike, with fresh weights.

    Args:
        model: the compiled model.

    Raises:
        ConfigError: Keras cannot write the model down, as it is for most subclassed ones.
    """
    custom = dict(_of_users(model))
    try:
        written = keras.saving.serialize_keras_object(model)
    except Exception as error:
        raise ConfigError(
            f"The model cannot be built anew from itself: {one_line(error)}. Give the function that builds it: "
            "`prove(make_model=make_model)`."
        ) from error

    def make_model() -> Any:
        import keras as library

        with library.saving.custom_object_scope(custom):
            made = library.saving.deserialize_keras_object(written, safe_mode=False)
        count_names(made)
        return made

    try:
        with keras.device("cpu:0"):
            made = make_model()
    except Exception as error:
        raise ConfigError(
            f"The model cannot be built anew from itself: {one_line(error)}. Give the function that builds it: "
            "`prove(make_model=make_model)`."
        ) from error
    if not made.compiled:
        raise ConfigError("The model's loss or optimizer cannot be written down. Give `prove(make_model=make_model)`.")
    return make_model


def count_names(model: Any) -> None:
    """Make Keras count the names of a model's layers, so that a new layer beside them gets a name of its own.

    A layer that is read from a config keeps the name there, and Keras does not count it.

    Args:
        model: the model.
    """
    from keras.src.utils import naming

    for layer in model._flatten_layers(include_self=False):
        kind, _, number = layer.name.rpartition("_") if layer.name[-1].isdecimal() else (layer.name, "", "0")
        if kind == naming.to_snake_case(type(layer).__name__) and number.isdecimal():
            while int(naming.auto_name(kind).removeprefix(kind).removeprefix("_") or 0) < int(number):
                pass


def going_on(builder: Callable[[], Any], weights: list[np.ndarray], row: Any) -> Callable[[], Any]:
    """Return a function that builds a model and gives it weights.

    Args:
        builder: builds the model.
        weights: its weights, as `get_weights` returned them.
        row: inputs of one row, which build a model that is built at its first call.
    """

    def make_model() -> Any:
        model = builder()
        if not model.built or not model.weights:
            model(row)
        model.set_weights(weights)
        return model

    return make_model


def _of_users(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield what Keras cannot find by name: classes and functions of the user's own that the model holds."""
    kept = model._compile_config.config if getattr(model, "_compile_config", None) else {}
    parts: list[Any] = [model, *model._flatten_layers(include_self=False), getattr(model, "optimizer", None)]
    parts += [one for name in ("loss", "metrics") for one in _flat(kept.get(name))]
    for part in parts:
        for one in (part, *(vars(part).values() if hasattr(part, "__dict__") else ())):
            thing = one if inspect.isfunction(one) else type(one)
            if not _is_ours(thing):
                yield thing.__name__, thing


def _is_ours(thing: Any) -> bool:
    """Return whether Keras or Python know a class or function."""
    home = str(getattr(thing, "__module__", "")).partition(".")[0]
    known = ("keras", "tensorflow", "builtins", "numpy", "collections", "threading", "tensorflow_core", "jax", "torch")
    return home in known or home.startswith("_")


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [one for part in value.values() for one in _flat(part)]
    return [one for part in value for one in _flat(part)] if isinstance(value, list | tuple) else [value]

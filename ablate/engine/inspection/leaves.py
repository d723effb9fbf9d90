"""List the layers of a model of any kind, on any back end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ablate.engine.any_backend import keras

MOST_LAYERS = 80


def leaves(model: Any) -> list[Any]:
    """Return the layers of a model, nested ones included; models inside it, cells and wrapped layers are left out.

    Args:
        model: the model.
    """
    inner: set[int] = set()
    result: list[Any] = []
    for layer in dict.fromkeys(_in_order(model)):
        if id(layer) in inner or isinstance(layer, keras.layers.InputLayer):
            continue
        below = list(layer._flatten_layers(include_self=False))
        if isinstance(layer, keras.Model) or (below and not layer.__class__.__module__.startswith("keras.")):
            continue
        inner |= {id(one) for one in below}
        result.append(layer)
    return result[:MOST_LAYERS]


def taken(model: Any) -> tuple[bool, tuple[str, ...]]:
    """Return whether an `Embedding` reads a model's inputs, and the types that its inputs have, where it tells them.

    Args:
        model: the model.
    """
    embedded = any(type(layer).__name__ == "Embedding" for layer in leaves(model))
    try:
        return embedded, tuple(str(one.dtype) for one in model.inputs)
    except (AttributeError, TypeError, ValueError):  # a subclassed model has no inputs before it is called
        return embedded, ()


def _in_order(layer: Any) -> Iterator[Any]:
    """Yield all layers inside one, in the order in which rows pass; Keras lists those of nested models backwards."""
    for below in layer._layers:
        yield below
        yield from _in_order(below)

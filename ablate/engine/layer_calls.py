"""How a Keras model calls its layers: on which tensors, and with which masks."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from ablate.core.errors import ConfigError
from ablate.core.study import Json


def masks(model: Any) -> frozenset[str]:
    """Return the names of the operations that make the masks that Keras itself passes from layer to layer.

    A model that is built again from its layers has the same masks, so these operations are no nodes.
    """
    made: set[str] = set()
    for operation in getattr(model, "operations", ()):
        for tensor in operation.output if isinstance(operation.output, list | tuple) else [operation.output]:
            mask = getattr(tensor, "_keras_mask", None)
            while mask is not None:
                operation = mask._keras_history.operation
                if hasattr(operation, "trainable_variables") or operation.name in made:
                    break
                made.add(operation.name)
                inputs = operation._inbound_nodes[mask._keras_history.node_index].input_tensors
                mask = inputs[0] if inputs else None
    return frozenset(made)


def arguments(name: str, calls: list[Json], masks: Set[str]) -> tuple[tuple[str, ...], bool]:
    """Return the layers that a layer is called on, and whether they are given as a list.

    Args:
        name: the layer.
        calls: its calls, as Keras writes them.
        masks: names of the operations that make the masks of Keras itself.

    Raises:
        ConfigError: the layer is called more than once, or on something besides tensors.
    """
    if len(calls) != 1:
        raise ConfigError(
            f"Every layer must be called once. `{name}` is called {len(calls)} times, so its calls share weights. "
            "Make one layer for each call."
        )
    given, keywords = calls[0]["args"], calls[0]["kwargs"]
    # Keras writes `training=False` for a layer that was called without it; the model's own call decides.
    named = [
        key
        for key, value in keywords.items()
        if value is not None and (key, value) != ("training", False) and _source(value) not in masks
    ]
    if named:
        raise ConfigError(f"Layers must be called on tensors alone. `{name}` is also given {', '.join(named)}.")
    listed = len(given) == 1 and isinstance(given[0], list)
    sources = [_source(tensor) for tensor in (given[0] if listed else given)]
    if not all(sources):
        raise ConfigError(
            f"Layers must be called on tensors alone. `{name}` is called on a value that is no layer's output."
        )
    return tuple(sources), listed


def _source(value: Json) -> str:
    """Return the name of the layer whose output a value is; empty for any other value."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return str(value["config"]["keras_history"][0])
    return ""

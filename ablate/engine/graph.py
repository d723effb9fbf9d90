"""A Keras model as a list of nodes. A node holds one layer's config, without names, and the nodes that it is called on.

An activation that is an argument of a dense or convolutional layer becomes a node of its own. The nodes after the
logits are the tail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.engine import layer_calls
from ablate.engine.runtime import keras

INPUT = "input"


@dataclass(frozen=True, kw_only=True)
class Node:
    """One call of one layer.

    Attributes:
        id: a name, unique in the model.
        before: ids of the nodes that it is called on; `INPUT` is the model's input.
        listed: whether it is called on one list of tensors.
        layer: the layer as Keras serializes it, without names and types; None where a factor decides.
        shape: shape of its output, without the batch.
        remedy: the factor that decides which layers stand in this node's place; empty if the node is a layer.
    """

    id: str
    before: tuple[str, ...]
    listed: bool
    layer: Json
    shape: tuple[int, ...]
    remedy: str = ""

    @property
    def kind(self) -> str:
        """Return the layer's class; empty where a factor decides."""
        return "" if self.layer is None else str(self.layer["class_name"])

    @property
    def config(self) -> dict[str, Json]:
        """Return the layer's config; empty where a factor decides."""
        return {} if self.layer is None else dict(self.layer["config"])


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A model as nodes.

    Attributes:
        shape: shape of the model's input, without the batch.
        nodes: the nodes up to the logits, in the order of their calls.
        tail: the nodes after the logits, in order.
    """

    shape: tuple[int, ...]
    nodes: tuple[Node, ...]
    tail: tuple[Node, ...]

    @property
    def logits(self) -> Node:
        """Return the node of the logits: the last one before the tail."""
        return self.nodes[-1]


def of(model: Any) -> Graph:
    """Return the graph of a Sequential or functional model.

    Raises:
        ConfigError: the model is of another kind, or a part of it cannot be rebuilt from its config.
    """
    config, shapes = _config(model), _shapes(model)
    calls = _calls(config, shapes, layer_calls.masks(model))
    nodes = [node for layer in calls for node in _split(layer)]
    if not nodes:
        raise ConfigError("A model must have at least one layer between input and output. Received none.")
    last = _output(config["output_layers"]) if "output_layers" in config else nodes[-1].id
    ordered = _needed(nodes, last)
    cut = len(ordered)
    while cut > 1 and _follows_logits(ordered[cut - 1]) and ordered[cut - 1].before == (ordered[cut - 2].id,):
        cut -= 1
    return Graph(shape=shapes[INPUT], nodes=tuple(ordered[:cut]), tail=tuple(ordered[cut:]))


def _config(model: Any) -> dict[str, Json]:
    """Check that the model knows its input's shape and has one input and one output; return its config."""
    if not isinstance(model, keras.Sequential) and type(model).__name__ != "Functional":
        raise ConfigError(
            "A model must be Sequential or functional, so that its layers can be read and changed. Received a "
            f"{type(model).__name__}. Write it with `keras.Sequential` or `keras.Model(inputs, outputs)`."
        )
    if not model.built or getattr(model, "inputs", None) is None:
        raise ConfigError("A model must know its input's shape: begin it with `keras.Input((features,))`.")
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ConfigError(
            f"A model must have one input and one output. Received {len(model.inputs)} inputs and "
            f"{len(model.outputs)} outputs."
        )
    config: dict[str, Json] = model.get_config()
    return config


def _shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """Return the output shape of every layer by its Keras name, and the shape of the input."""
    shapes = {INPUT: tuple(model.inputs[0].shape[1:])}
    for layer in getattr(model, "operations", model.layers):
        output = layer.output
        if isinstance(output, list | tuple):
            raise ConfigError(f"Every layer must have one output. `{layer.name}` has {len(output)}.")
        shapes[layer.name] = tuple(output.shape[1:])
    if None in shapes[INPUT]:
        raise ConfigError(
            f"The input's shape must be fixed. Received {shapes[INPUT]}. Give every size in `keras.Input`."
        )
    return shapes


def _calls(config: dict[str, Json], shapes: dict[str, tuple[int, ...]], masks: frozenset[str]) -> Iterator[Node]:
    """Yield one node per layer, in the config's order."""
    previous, inputs = INPUT, set()
    for layer in config["layers"]:
        name = layer["config"]["name"]
        if name in masks:
            continue
        if layer["class_name"] == "InputLayer":
            inputs.add(name)
            continue
        if "inbound_nodes" in layer:
            before, listed = layer_calls.arguments(name, layer["inbound_nodes"], masks)
        else:
            before, listed = (previous,), False
        yield Node(
            id=name,
            before=tuple(INPUT if other in inputs else other for other in before),
            listed=listed,
            layer=_cleaned(layer),
            shape=shapes[name],
        )
        previous = name


def _cleaned(layer: Json) -> Json:
    """Return the layer's class and config without names and types."""
    kind, registered = layer["class_name"], layer.get("registered_name")
    if kind in ("Sequential", "Functional", "Model"):
        raise ConfigError(
            f"A model inside a model ({layer['config']['name']!r}) cannot be read. Add its layers to the outer model."
        )
    if kind == "Lambda":
        raise ConfigError(
            f"`{layer['config']['name']}` is a Lambda. Keras stores its code as bytes, and ablate runs no code from a "
            "file. Write it as a layer of your own with `@keras.saving.register_keras_serializable()`."
        )
    if not str(layer["module"]).startswith("keras") and not keras.saving.get_registered_object(registered):
        raise ConfigError(
            f"The layer class {kind!r} must be registered, so that its layers can be rebuilt. Put "
            "`@keras.saving.register_keras_serializable()` above the class."
        )
    return {
        "module": layer["module"],
        "class_name": kind,
        "registered_name": registered,
        "config": _anonymous(layer["config"]),
    }


def _anonymous(config: Json) -> Json:
    """Return a layer's config without names and types, also without those of layers inside it.

    Raises:
        ConfigError: a type is not float32; under mixed precision the loss has other values.
    """
    if isinstance(config, list | tuple):
        return [_anonymous(part) for part in config]
    if not isinstance(config, dict):
        return config
    policy = config.get("dtype")
    name = policy["config"]["name"] if isinstance(policy, dict) and "config" in policy else policy
    if name not in (None, "float32", "int32"):
        raise ConfigError(f"Layers must compute in float32. Received {name!r}. Build the model without another type.")
    left_out = ("name", "dtype", "build_config", "quantization_config", "input_axes", "output_axes")
    return {key: _anonymous(value) for key, value in config.items() if key not in left_out}


def activation_of(config: Mapping[str, Json]) -> Json:
    """Return the activation in a layer's config: a name, a serialized function, or None."""
    return config.get("activation")


def _split(node: Node) -> tuple[Node, ...]:
    """Split a dense or convolutional layer with an activation into the layer and an activation after it."""
    activation = activation_of(node.config)
    if not (node.kind == "Dense" or "Conv" in node.kind) or activation in (None, "linear"):
        return (node,)
    bare = replace(
        node, id=f"{node.id}/linear", layer={**node.layer, "config": {**node.config, "activation": "linear"}}
    )
    layer = {"module": "keras.layers", "class_name": "Activation", "registered_name": None}
    layer["config"] = {"trainable": True, "activation": activation}  # type: ignore[assignment]
    return bare, Node(id=node.id, before=(bare.id,), listed=False, layer=layer, shape=node.shape)


def _output(written: Json) -> str:
    """Return the name of the output layer; Keras writes [name, 0, 0] or [[name, 0, 0]]."""
    first = written[0]
    return str(first[0] if isinstance(first, list | tuple) else first)


def _needed(nodes: list[Node], last: str) -> list[Node]:
    """Return the nodes that the last one depends on; each stands after the nodes that it is called on."""
    by_id, ordered = {node.id: node for node in nodes}, dict[str, Node]()

    def visit(name: str) -> None:
        if name == INPUT or name in ordered:
            return
        for before in by_id[name].before:
            visit(before)
        ordered[name] = by_id[name]

    visit(last)
    return list(ordered.values())


def _follows_logits(node: Node) -> bool:
    """Return whether the last node belongs to the tail: it has no weights, and one dimension besides the batch."""
    return node.kind in ("Softmax", "Activation", "Reshape", "ReLU", "LeakyReLU") and len(node.shape) == 1

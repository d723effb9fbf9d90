"""A Keras model as a plain list of nodes, each a layer's config and the nodes it is called on; names left out.

Activations that are arguments of a layer become nodes of their own, and so does the way from the logits to the output.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.engine.runtime import keras

INPUT = "input"


@dataclass(frozen=True, kw_only=True)
class Node:
    """One call of one layer.

    Attributes:
        id: a name, unique in the model.
        before: ids of the nodes it is called on; `INPUT` is the model's input.
        listed: whether it is called on a list of them.
        layer: the layer as Keras serializes it, without names and types.
        shape: of its output, without the batch.
        remedy: the factor that decides what stands here, in place of a layer; empty if none does.
    """

    id: str
    before: tuple[str, ...]
    listed: bool
    layer: Json
    shape: tuple[int, ...]
    remedy: str = ""

    @property
    def kind(self) -> str:
        """The layer's class."""
        return "" if self.layer is None else str(self.layer["class_name"])

    @property
    def config(self) -> dict[str, Json]:
        """The layer's config."""
        return {} if self.layer is None else dict(self.layer["config"])


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The nodes of a model in the order of their calls, the shape of its input, and the node of the logits.

    `tail` are the nodes after the logits, in order.
    """

    shape: tuple[int, ...]
    nodes: tuple[Node, ...]
    tail: tuple[Node, ...]

    @property
    def logits(self) -> Node:
        """The last node before the tail."""
        return self.nodes[-1]


def of(model: Any) -> Graph:
    """The graph of a Sequential or functional model.

    Raises:
        ConfigError: a model that is neither, or something in it that cannot be rebuilt from its config.
    """
    config, shapes = _config(model), _shapes(model)
    nodes = [_split(each) for each in _calls(config, shapes)]
    flat = [node for pair in nodes for node in pair]
    last = flat[-1].id if "output_layers" not in config else _final(flat, _only(config["output_layers"], "output"))
    ordered = _needed(flat, last)
    cut = len(ordered)
    while cut > 1 and _after_logits(ordered[cut - 1]) and ordered[cut - 1].before == (ordered[cut - 2].id,):
        cut -= 1
    return Graph(shape=shapes[INPUT], nodes=tuple(ordered[:cut]), tail=tuple(ordered[cut:]))


def _config(model: Any) -> dict[str, Json]:
    if not isinstance(model, keras.Sequential) and type(model).__name__ != "Functional":
        raise ConfigError(
            "A model must be Sequential or functional, so that its layers can be seen and changed. Received a "
            f"{type(model).__name__}: of a subclassed model only its own code knows what it computes."
        )
    if not model.built or getattr(model, "inputs", None) is None:
        raise ConfigError("A model must know its input's shape: let it begin with `keras.Input((features,))`.")
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ConfigError(
            f"A model must have one input and one output. Received {len(model.inputs)} and {len(model.outputs)}."
        )
    found: dict[str, Json] = model.get_config()
    return found


def _shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """Output shape of every layer by its Keras name, and of the input."""
    found = {INPUT: tuple(model.inputs[0].shape[1:])}
    for layer in getattr(model, "operations", model.layers):
        output = layer.output
        if isinstance(output, list | tuple):
            raise ConfigError(f"Every layer must have one output. `{layer.name}` has {len(output)}.")
        found[layer.name] = tuple(output.shape[1:])
    if None in found[INPUT]:
        raise ConfigError(f"The input's shape must be fixed. Received {found[INPUT]}.")
    return found


def _calls(config: dict[str, Json], shapes: dict[str, tuple[int, ...]]) -> Iterator[Node]:
    """One node a layer, in the config's order."""
    previous, inputs = INPUT, set()
    for layer in config["layers"]:
        name = layer["config"]["name"]
        if layer["class_name"] == "InputLayer":
            inputs.add(name)
            continue
        if "inbound_nodes" in layer:
            before, listed = _inbound(name, layer["inbound_nodes"])
        else:
            before, listed = (previous,), False
        yield Node(
            id=name,
            before=tuple(INPUT if each in inputs else each for each in before),
            listed=listed,
            layer=_cleaned(layer),
            shape=shapes[name],
        )
        previous = name


def _inbound(name: str, calls: list[Json]) -> tuple[tuple[str, ...], bool]:
    if len(calls) != 1:
        raise ConfigError(f"Every layer must be called once. `{name}` is called {len(calls)} times: it shares weights.")
    arguments, keywords = calls[0]["args"], calls[0]["kwargs"]
    # `training=False` is what Keras writes for a layer that was called without it; the model's own call decides.
    given = [key for key, value in keywords.items() if value is not None and (key, value) != ("training", False)]
    if given:
        raise ConfigError(f"Layers must be called on tensors alone. `{name}` is also given {', '.join(given)}.")
    listed = len(arguments) == 1 and isinstance(arguments[0], list)
    tensors = arguments[0] if listed else arguments
    if not all(isinstance(each, dict) and each.get("class_name") == "__keras_tensor__" for each in tensors):
        raise ConfigError(f"Layers must be called on tensors alone. `{name}` is called on something else.")
    return tuple(each["config"]["keras_history"][0] for each in tensors), listed


def _cleaned(layer: Json) -> Json:
    """The layer's class and config without names and types: what it does, not what it is called."""
    kind, registered = layer["class_name"], layer.get("registered_name")
    if kind in ("Sequential", "Functional", "Model"):
        raise ConfigError(f"A model inside a model ({layer['config']['name']!r}) cannot be read: write its layers out.")
    if kind == "Lambda":
        raise ConfigError(
            f"`{layer['config']['name']}` is a Lambda: Keras stores its code as bytes, and no file's bytes are run. "
            "Write it as a layer of its own with `@keras.saving.register_keras_serializable()`."
        )
    own = not str(layer["module"]).startswith("keras")
    if own and not keras.saving.get_registered_object(registered):
        raise ConfigError(
            f"The layer class {kind!r} must be registered, so that it can be made anew: "
            "`@keras.saving.register_keras_serializable()`."
        )
    return {
        "module": layer["module"],
        "class_name": kind,
        "registered_name": registered,
        "config": _anonymous(layer["config"]),
    }


def _anonymous(config: Json) -> Json:
    """The config without names and types of the layers in it.

    Raises:
        ConfigError: a type that is not float32: mixed precision has other losses.
    """
    if isinstance(config, list | tuple):
        return [_anonymous(each) for each in config]
    if not isinstance(config, dict):
        return config
    policy = config.get("dtype")
    name = policy["config"]["name"] if isinstance(policy, dict) and "config" in policy else policy
    if name not in (None, "float32", "int32"):
        raise ConfigError(f"Layers must compute in float32. Received {name!r}.")
    left_out = ("name", "dtype", "build_config", "quantization_config", "input_axes", "output_axes")
    return {key: _anonymous(value) for key, value in config.items() if key not in left_out}


def _split(node: Node) -> tuple[Node, ...]:
    """The node; a dense or convolutional layer's activation becomes a node after it."""
    activation = node.config.get("activation")
    if not (node.kind == "Dense" or "Conv" in node.kind) or activation in (None, "linear"):
        return (node,)
    bare = replace(
        node, id=f"{node.id}/linear", layer={**node.layer, "config": {**node.config, "activation": "linear"}}
    )
    layer = {"module": "keras.layers", "class_name": "Activation", "registered_name": None}
    layer["config"] = {"trainable": True, "activation": activation}  # type: ignore[assignment]
    return bare, Node(id=node.id, before=(bare.id,), listed=False, layer=layer, shape=node.shape)


def _only(written: Json, what: str) -> str:
    """The one layer's name; Keras writes [name, 0, 0] or [[name, 0, 0]]."""
    first = written[0]
    if isinstance(first, list | tuple) and len(written) != 1:
        raise ConfigError(f"A model must have one {what}. Received {len(written)}.")
    return str(first[0] if isinstance(first, list | tuple) else first)


def _final(nodes: list[Node], name: str) -> str:
    return next(node.id for node in nodes if node.id == name)


def _needed(nodes: list[Node], last: str) -> list[Node]:
    """The nodes that the last one needs, each after those it is called on."""
    own, ordered = {node.id: node for node in nodes}, dict[str, Node]()

    def visit(name: str) -> None:
        if name == INPUT or name in ordered:
            return
        for before in own[name].before:
            visit(before)
        ordered[name] = own[name]

    visit(last)
    return list(ordered.values())


def _after_logits(node: Node) -> bool:
    """Whether a node at the end has no weights and keeps the classes apart: the head, not the network."""
    return node.kind in ("Softmax", "Activation", "Reshape", "ReLU", "LeakyReLU") and len(node.shape) == 1

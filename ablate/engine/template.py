"""Turn a user's graph into a template with places where factors decide, and find each factor's level in the model.

A factor gets places only if the whole model treats them alike: one activation, one normalization after every hidden
dense layer, one dropout rate, one regularizer, one initializer. Otherwise the layers stay as the user wrote them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ablate.core.study import Json
from ablate.engine import layers
from ablate.engine.graph import INPUT, Graph, Node
from ablate.remedies import activation, checked, initializer, normalization, registry, regularizer
from ablate.remedies.activation import ACTIVATION
from ablate.remedies.constraint import CONSTRAINT
from ablate.remedies.depth import DEPTH
from ablate.remedies.dropout import DROPOUT
from ablate.remedies.initializer import INITIALIZER
from ablate.remedies.normalization import NORMALIZATION
from ablate.remedies.regularizer import REGULARIZER
from ablate.remedies.width import WIDTH

KEEPS_WIDTH = {
    "Activation", "Add", "Average", "BatchNormalization", "Concatenate", "Dense", "ELU", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "LayerNormalization", "LeakyReLU", "Maximum", "Minimum", "Multiply", "ReLU", "Rescaling",
    "Softmax", "Subtract", "ZeroPadding1D", "ZeroPadding2D",
}  # fmt: skip
"""Layers that take any width of the hidden dense layers; a model with any other layer keeps its widths."""


@dataclass(frozen=True, kw_only=True)
class Read:
    """A template, and the levels of factors in the user's model.

    Attributes:
        template: the layers and their connections, as JSON.
        levels: parameters by factor, for the factors of the hidden layers.
    """

    template: Json
    levels: dict[str, Json]


def read(graph: Graph) -> Read:
    """Return the template of a graph, and the levels of the factors of the hidden layers."""
    nodes, levels = list(graph.nodes), dict[str, Json]()
    hidden = [node for node in nodes[:-1] if node.kind == "Dense"]
    for name, part in (
        (ACTIVATION, _activation),
        (NORMALIZATION, _normalization),
        (DROPOUT, _dropout),
        (REGULARIZER, _regularizer),
    ):
        nodes, level = part(nodes, hidden)
        if level is not None:
            levels[name] = level
    weights = _initializer(nodes)
    widths = [int(node.config["units"]) for node in hidden]
    stack = _is_stack(graph, nodes, levels, weights, widths)
    neutral = {name: remedy.neutral for name, remedy in registry().items() if remedy.inside}
    return Read(
        template={"stack": True} if stack else _template(graph, nodes, levels, hidden),
        levels={
            **neutral,
            ACTIVATION: activation.PLAIN,
            **levels,
            INITIALIZER: weights,
            WIDTH: max(widths, default=1),
            DEPTH: len(hidden),
        },
    )


def why_alone(graph: Graph) -> tuple[str, ...]:
    """Return why a model trains alone, a reason for each such layer; empty if it trains side by side with others."""
    reasons = (layers.why_alone(*layer) for layer in _layers(graph))
    return tuple(dict.fromkeys(reason for reason in reasons if reason))


def _layers(graph: Graph) -> list[tuple[str, dict[str, Json], tuple[int, ...], tuple[int, ...]]]:
    """Return class, config, input shape and output shape of each layer; a user's class is named with its module."""
    shapes = {INPUT: graph.shape, **{node.id: node.shape for node in graph.nodes}}
    kinds = [
        node.kind if str(node.layer["module"]).startswith("keras") else str(node.layer["registered_name"])
        for node in graph.nodes
    ]
    return [
        (kind, node.config, shapes[node.before[0]], node.shape) for kind, node in zip(kinds, graph.nodes, strict=True)
    ]


def _template(graph: Graph, nodes: Sequence[Node], levels: dict[str, Json], hidden: Sequence[Node]) -> Json:
    """Return the template of a model that is not the package's own stack."""
    alone = bool(why_alone(graph))
    held = 0 if alone else max(layers.held(*layer) for layer in _layers(graph))
    template: Json = {
        "shape": list(graph.shape),
        "nodes": _written(nodes),
        WIDTH: max((int(node.config["units"]) for node in hidden), default=1),
        "alone": alone,
        "open": sorted(_open(nodes, levels, hidden)),
    }
    return {**template, "windows": held} if held else template


def _open(nodes: Sequence[Node], levels: dict[str, Json], hidden: Sequence[Node]) -> list[str]:
    """Return the factors for which the model has a place."""
    names = [name for name in levels if name != DROPOUT or levels[name] > 0]
    if hidden and {node.kind for node in nodes if not node.remedy} <= KEEPS_WIDTH:
        names.append(WIDTH)
    if hidden:
        names.append(CONSTRAINT)
    return [*names, INITIALIZER] if any(node.kind == "Dense" for node in nodes) else names


def _activation(nodes: list[Node], _: Sequence[Node]) -> tuple[list[Node], Json | None]:
    """Turn each activation into a place for the factor, if all of them are the same level."""
    by_node = [(node, activation.from_keras(node.kind, node.config)) for node in nodes]
    levels = [level for _, level in by_node if level is not None]
    others = [node for node, level in by_node if level is None and node.kind in ("Activation", "PReLU", "ReLU")]
    if not levels or others or any(level != levels[0] for level in levels):
        return nodes, None
    places = [node if level is None else replace(node, layer=None, remedy=ACTIVATION) for node, level in by_node]
    return places, checked(ACTIVATION, levels[0])


def _normalization(nodes: list[Node], hidden: Sequence[Node]) -> tuple[list[Node], Json | None]:
    """Turn the normalizations into places if one follows each hidden dense layer; add places if there are none."""
    by_id = {node.id: _normalization_of(node) for node in nodes if node.kind.endswith("Normalization")}
    after = {node.before[0] for node in nodes if node.id in by_id}
    levels = list(by_id.values())
    if not hidden:
        return nodes, None
    if not by_id:
        return _after(nodes, hidden, NORMALIZATION), {"kind": "off"}
    if after != {node.id for node in hidden} or None in levels or any(level != levels[0] for level in levels):
        return nodes, None
    places = [replace(node, layer=None, remedy=NORMALIZATION) if node.id in by_id else node for node in nodes]
    return places, checked(NORMALIZATION, levels[0])


def _normalization_of(node: Node) -> Json | None:
    return normalization.from_keras(node.kind, node.config) if len(node.shape) == 1 else None


def _after(nodes: list[Node], hidden: Sequence[Node], remedy: str) -> list[Node]:
    """Add a place for a remedy after each hidden dense layer."""
    places, renamed = [], {node.id: f"{node.id}/{remedy}" for node in hidden}
    for node in nodes:
        places.append(replace(node, before=tuple(renamed.get(name, name) for name in node.before)))
        if node.id in renamed:
            follower = Node(
                id=renamed[node.id], before=(node.id,), listed=False, layer=None, shape=node.shape, remedy=remedy
            )
            places.append(follower)
    return places


def _dropout(nodes: list[Node], _: Sequence[Node]) -> tuple[list[Node], Json | None]:
    """Turn each dropout into a place for the factor, if all of them have the same rate."""
    dropouts = [node for node in nodes if node.kind == "Dropout"]
    rates = {float(node.config["rate"]) for node in dropouts}
    plain = all(node.config.get("noise_shape") is None and len(node.shape) == 1 for node in dropouts)
    if len(rates) > 1 or not plain or nodes[-1].kind == "Dropout":
        return nodes, None
    places = [replace(node, layer=None, remedy=DROPOUT) if node.kind == "Dropout" else node for node in nodes]
    return places, rates.pop() if rates else 0.0


def _regularizer(nodes: list[Node], hidden: Sequence[Node]) -> tuple[list[Node], Json | None]:
    """Take the penalty off the hidden kernels, if all have the same one and the model has no other penalty."""
    inside = {node.id for node in hidden}
    others = [
        node
        for node in nodes
        for key, value in node.config.items()
        if value and key.endswith("_regularizer") and not (node.id in inside and key == "kernel_regularizer")
    ]
    if others or any(node.kind == "ActivityRegularization" for node in nodes) or not hidden:
        return nodes, None
    levels = [regularizer.from_keras(node.config["kernel_regularizer"]) for node in nodes if node.id in inside]
    if None in levels or any(level != levels[0] for level in levels):
        return nodes, None
    bare = [_with(node, kernel_regularizer=None) if node.id in inside else node for node in nodes]
    return bare, checked(REGULARIZER, levels[0])


def _with(node: Node, **config: Json) -> Node:
    return replace(node, layer={**node.layer, "config": {**node.config, **config}})


def _initializer(nodes: Sequence[Node]) -> Json:
    """Return the level of `initializer` that all weights share; `own` if they differ or no level fits."""
    users_own: Json = {"kind": "own"}
    levels = []
    for node in nodes:
        if not any(key.endswith("_initializer") for key in node.config):
            continue
        kernel, bias = node.config.get("kernel_initializer"), node.config.get("bias_initializer")
        if node.kind != "Dense" or kernel is None or (bias and bias["class_name"] != "Zeros"):
            return users_own
        levels.append(initializer.from_keras(kernel))
    return levels[0] if levels and all(level == levels[0] for level in levels) else users_own


def _is_stack(
    graph: Graph, nodes: Sequence[Node], levels: dict[str, Json], weights: Json, widths: Sequence[int]
) -> bool:
    """Return whether the template is the package's own stack of equal dense layers."""
    if len(set(widths)) > 1 or weights == {"kind": "own"}:
        return False
    layer = ["Dense", NORMALIZATION, ACTIVATION, *([DROPOUT] if levels.get(DROPOUT) else [])]
    first = [] if len(graph.shape) == 1 else ["Flatten"]
    named = [node.remedy or node.kind for node in nodes]
    return named == [*first, *layer * len(widths), "Dense"] and all(map(_plain, nodes))


def _plain(node: Node) -> bool:
    """Return whether a node is no dense layer, or one that has only units, bias and initializers."""
    config = node.config
    extras = ("kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint")
    if node.kind != "Dense":
        return True
    bare = not any(config.get(name) for name in extras) and not config.get("lora_rank")
    return bare and bool(config["use_bias"]) and bool(config["trainable"])


def _written(nodes: Sequence[Node]) -> list[Json]:
    """Return the nodes as JSON: connected by index, and numbered from 0 among the nodes of one kind."""
    number = {INPUT: 0, **{node.id: index + 1 for index, node in enumerate(nodes)}}
    counts: dict[str, int] = {}
    written: list[Any] = []
    for index, node in enumerate(nodes):
        name = "output" if index == len(nodes) - 1 else (node.remedy or node.kind).lower()
        counts[name] = counts.get(name, 0) + 1
        entry: dict[str, Json] = {"from": [number[before] for before in node.before], "listed": node.listed}
        entry |= {"name": name if name == "output" else f"{name}_{counts[name]}", "place": counts[name] - 1}
        written.append({**entry, "remedy": node.remedy} if node.remedy else {**entry, "layer": node.layer})
    return written

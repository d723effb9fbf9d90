"""From a user's graph to a template: places where factors decide, and the levels at which the user has left them.

A factor gets its places only where the whole model treats them alike: one activation, one normalization after every
hidden dense layer, one dropout rate, one regularizer, one initializer. What is not so stays as the user wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ablate.core.study import Json
from ablate.engine import windows
from ablate.engine.graph import INPUT, Graph, Node
from ablate.remedies import activation, checked

STACKABLE = {
    "Activation", "Add", "Average", "BatchNormalization", "Concatenate", "Dense", "ELU", "Flatten",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "LayerNormalization", "LeakyReLU", "Maximum", "Minimum",
    "Multiply", "ReLU", "Rescaling", "Reshape", "Softmax", "Subtract", "ZeroPadding1D", "ZeroPadding2D",
}  # fmt: skip
"""Layers that run for many slots at once, beside those of `windows`; any other lets a model train by itself."""

KEEPS_WIDTH = STACKABLE - {"Reshape", "Flatten"}

INITIALIZERS: dict[str, Json] = {
    "GlorotUniform": {"kind": "uniform", "mode": "fan_avg", "scale": 1.0},
    "HeUniform": {"kind": "uniform", "mode": "fan_in", "scale": 2.0},
    "LecunUniform": {"kind": "uniform", "mode": "fan_in", "scale": 1.0},
    "Zeros": {"kind": "zeros"},
}


@dataclass(frozen=True, kw_only=True)
class Read:
    """A template, and the levels its factors have in the user's model."""

    template: Json
    levels: dict[str, Json]


def read(graph: Graph) -> Read:
    """The template of a graph, and the levels of the factors about the network's inside."""
    nodes, levels = list(graph.nodes), dict[str, Json]()
    hidden = [node for node in nodes[:-1] if node.kind == "Dense"]
    for name, part in (
        ("activation", _activation),
        ("normalization", _normalization),
        ("dropout", _dropout),
        ("regularizer", _regularizer),
    ):
        nodes, level = part(nodes, hidden)
        if level is not None:
            levels[name] = level
    initializer = _initializer(nodes)
    kinds = {node.kind for node in nodes if not node.remedy}
    held = _windows(graph)
    widths = [int(node.config["units"]) for node in hidden]
    scales = bool(hidden) and kinds <= KEEPS_WIDTH
    fixed = {"width": max(widths, default=1), "depth": len(hidden)}
    settled = {
        "activation": levels.get("activation", {"kind": "relu"}),
        "normalization": levels.get("normalization", {"kind": "off"}),
        "dropout": levels.get("dropout", 0.0),
        "regularizer": levels.get("regularizer", {"kind": "off"}),
        "initializer": initializer,
        "constraint": {"kind": "off"},
    }
    free = [name for name in levels if name != "dropout" or levels[name] > 0]
    open_ = [*free, *(["width"] if scales else []), *(["constraint"] if hidden else []), "initializer"]
    if not any(node.kind == "Dense" for node in nodes):
        open_.remove("initializer")
    template: Json = {
        "shape": list(graph.shape),
        "nodes": _written(nodes),
        "width": fixed["width"],
        "alone": not all(node.remedy or node.kind in STACKABLE or node.id in held for node in nodes),
        "open": sorted(open_),
    }
    if held:
        template["windows"] = max(held.values())
    stack = _is_stack(graph, nodes, levels, initializer, widths)
    return Read(template={"stack": True} if stack else template, levels={**settled, **fixed})


def _windows(graph: Graph) -> dict[str, int]:
    """Numbers in the windows of those nodes whose windows can be cut out, by id."""
    shapes = {INPUT: graph.shape, **{node.id: node.shape for node in graph.nodes}}
    found = {node.id: windows.held(node.kind, node.config, shapes[node.before[0]], node.shape) for node in graph.nodes}
    return {name: count for name, count in found.items() if 0 < count <= windows.LARGEST}


def _activation(nodes: list[Node], _: Sequence[Node]) -> tuple[list[Node], Json | None]:
    found = [(node, activation_of(node)) for node in nodes]
    mapped = [level for node, level in found if level is not None]
    others = [node for node, level in found if level is None and node.kind in ("Activation", "PReLU", "ReLU")]
    if not mapped or others or any(level != mapped[0] for level in mapped):
        return nodes, None
    return [
        node if level is None else replace(node, layer=None, remedy="activation") for node, level in found
    ], checked("activation", mapped[0])


def activation_of(node: Node) -> Json | None:
    """The level of `activation` that a node is; None if it is none."""
    config = node.config
    if node.kind == "Activation" and isinstance(config["activation"], str):
        name = config["activation"]
        if name == "relu6":
            return {"kind": "relu_clamped", "maximum": 6.0}
        return checked("activation", {"kind": name}) if name in activation.KINDS and name != "relu_clamped" else None
    if node.kind == "ReLU" and not config["negative_slope"] and not config["threshold"]:
        return {"kind": "relu"} if config["max_value"] is None else _clamped(float(config["max_value"]))
    if node.kind == "LeakyReLU":
        return {"kind": "leaky_relu", "slope": float(config["negative_slope"])}
    return {"kind": "elu", "alpha": float(config["alpha"])} if node.kind == "ELU" else None


def _clamped(maximum: float) -> Json:
    return {"kind": "relu_clamped", "maximum": maximum}


def _normalization(nodes: list[Node], hidden: Sequence[Node]) -> tuple[list[Node], Json | None]:
    """One normalization right after every hidden dense layer, or none anywhere: then the places are made."""
    found = {node.id: normalization_of(node) for node in nodes if node.kind.endswith("Normalization")}
    places = {node.before[0]: node for node in nodes if node.id in found}
    levels = list(found.values())
    if not hidden:
        return nodes, None
    if not found:
        return _after(nodes, hidden, "normalization"), {"kind": "off"}
    if set(places) != {node.id for node in hidden} or None in levels or any(level != levels[0] for level in levels):
        return nodes, None
    own = [replace(node, layer=None, remedy="normalization") if node.id in found else node for node in nodes]
    return own, checked("normalization", levels[0])


def normalization_of(node: Node) -> Json | None:
    """The level of `normalization` that a node is; None if it is none."""
    config = dict(node.config)
    usual = {"center": True, "scale": True, "trainable": True}
    same = all(config.get(key, value) == value for key, value in usual.items()) and config.get("axis") in (-1, [-1])
    same = same and not any(value for key, value in config.items() if key.endswith(("_regularizer", "_constraint")))
    if not same or len(node.shape) != 1:
        return None
    if node.kind == "BatchNormalization":
        return {"kind": "batch", "momentum": config["momentum"], "epsilon": config["epsilon"]}
    return {"kind": "layer", "epsilon": config["epsilon"]} if node.kind == "LayerNormalization" else None


def _after(nodes: list[Node], hidden: Sequence[Node], remedy: str) -> list[Node]:
    """The nodes with a place for a remedy after each hidden dense layer."""
    own, renamed = [], {node.id: f"{node.id}/{remedy}" for node in hidden}
    for node in nodes:
        own.append(replace(node, before=tuple(renamed.get(each, each) for each in node.before)))
        if node.id in renamed:
            place = Node(
                id=renamed[node.id], before=(node.id,), listed=False, layer=None, shape=node.shape, remedy=remedy
            )
            own.append(place)
    return own


def _dropout(nodes: list[Node], _: Sequence[Node]) -> tuple[list[Node], Json | None]:
    found = [node for node in nodes if node.kind == "Dropout"]
    rates = {float(node.config["rate"]) for node in found}
    plain = all(node.config.get("noise_shape") is None and len(node.shape) == 1 for node in found)
    if len(rates) > 1 or not plain or nodes[-1].kind == "Dropout":
        return nodes, None
    own = [replace(node, layer=None, remedy="dropout") if node.kind == "Dropout" else node for node in nodes]
    return own, rates.pop() if rates else 0.0


def _regularizer(nodes: list[Node], hidden: Sequence[Node]) -> tuple[list[Node], Json | None]:
    """One penalty on all hidden kernels and nothing else, or none anywhere."""
    keys = ("kernel_regularizer", "bias_regularizer", "activity_regularizer", "recurrent_regularizer")
    inside = {node.id for node in hidden}
    other = [
        node
        for node in nodes
        for key, value in node.config.items()
        if value and key.endswith("_regularizer") and not (node.id in inside and key == keys[0])
    ]
    if other or any(node.kind == "ActivityRegularization" for node in nodes) or not hidden:
        return nodes, None
    levels = [_penalty(node.config["kernel_regularizer"]) for node in nodes if node.id in inside]
    if None in levels or any(level != levels[0] for level in levels):
        return nodes, None
    bare = [_with(node, kernel_regularizer=None) if node.id in inside else node for node in nodes]
    return bare, checked("regularizer", levels[0])


def _penalty(written: Json) -> Json | None:
    if written is None:
        return {"kind": "off"}
    kind, config = written["class_name"], written["config"]
    strengths = {name: float(config.get(name) or 0.0) for name in ("l1", "l2")}
    named = [name for name, value in strengths.items() if value]
    if kind not in ("L1", "L2", "L1L2") or len(named) != 1:
        return None
    return {"kind": named[0], "strength": strengths[named[0]]}


def _with(node: Node, **config: Json) -> Node:
    return replace(node, layer={**node.layer, "config": {**node.config, **config}})


def _initializer(nodes: Sequence[Node]) -> Json:
    """One initializer of all weights that is a level of ours, else `own`: as the layers say."""
    own: Json = {"kind": "own"}
    layers = [node for node in nodes if any(key.endswith("_initializer") for key in node.config)]
    found = []
    for node in layers:
        kernel, bias = node.config.get("kernel_initializer"), node.config.get("bias_initializer")
        if node.kind != "Dense" or kernel is None or (bias and bias["class_name"] != "Zeros"):
            return own
        if (kernel.get("config") or {}).get("seed") is not None:
            return own
        found.append(INITIALIZERS.get(kernel["class_name"], own))
    return found[0] if found and all(each == found[0] for each in found) else own


def _is_stack(
    graph: Graph, nodes: Sequence[Node], levels: dict[str, Json], initializer: Json, widths: Sequence[int]
) -> bool:
    """Whether the template is the package's own stack of equal dense layers."""
    if not {"normalization", "dropout", "regularizer"} <= set(levels) and widths:
        return False
    if (widths and "activation" not in levels) or len(set(widths)) > 1 or initializer == {"kind": "own"}:
        return False
    one = ["Dense", "normalization", "activation", *(["dropout"] if levels.get("dropout") else [])]
    body = list(nodes)
    if body and body[0].kind == "Flatten" and body[0].before == (INPUT,):
        body = body[1:]
    chain = [INPUT if body is nodes or len(graph.shape) == 1 else nodes[0].id, *(node.id for node in body)]
    straight = all(node.before == (before,) for node, before in zip(body, chain, strict=False))
    named = [node.remedy or node.kind for node in body]
    flat = len(graph.shape) == 1 or nodes[0].kind == "Flatten"
    return flat and straight and named == [*one * len(widths), "Dense"] and all(map(_plain, body))


def _plain(node: Node) -> bool:
    """Whether a dense layer has nothing to it but units and initializers."""
    config = node.config
    extras = ("kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint")
    if node.kind != "Dense":
        return True
    bare = not any(config.get(name) for name in extras) and not config.get("lora_rank")
    return bare and bool(config["use_bias"]) and bool(config.get("trainable", True))


def _written(nodes: Sequence[Node]) -> list[Json]:
    """The nodes as JSON: connected by number, hidden dense layers and places numbered from 0."""
    number = {INPUT: 0, **{node.id: place + 1 for place, node in enumerate(nodes)}}
    counts: dict[str, int] = {}
    written: list[Any] = []
    for place, node in enumerate(nodes):
        what = node.remedy or node.kind
        name = "output" if place == len(nodes) - 1 else what.lower()
        counts[name] = counts.get(name, 0) + 1
        entry: dict[str, Json] = {"from": [number[each] for each in node.before], "listed": node.listed}
        entry |= {"name": name if name == "output" else f"{name}_{counts[name]}", "place": counts[name] - 1}
        written.append({**entry, "remedy": node.remedy} if node.remedy else {**entry, "layer": node.layer})
    return written

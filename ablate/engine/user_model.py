"""A user's model made from its template: the fused engine's, and the one of plain Keras."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ablate.core.study import Json
from ablate.engine import windows
from ablate.engine.runtime import keras
from ablate.remedies import registry
from ablate.remedies.initializer import WEIGHTS

Named = list[tuple[str, Any]]
"""Layers by name, in the order of their calls."""

Places = Callable[[str, int], list[Any]]
"""(factor, place) -> the layers that stand where the template leaves the decision to that factor."""


def build(
    model: Json,
    *,
    features: int,
    width: int,
    places: Places,
    dense: Mapping[str, Any] | None = None,
    each: Callable[[Any], None] | None = None,
) -> tuple[Any, Any, list[Any], Named]:
    """The tensors of a template: input, logits, hidden outputs; and its layers by name.

    Args:
        model: what the factor `model` bakes in: `template`, and `builder` where its module registers layers.
        features: columns of the flat inputs.
        width: units of the widest hidden dense layer; the others keep their share of it.
        places: what stands where a factor decides.
        dense: further arguments of hidden dense layers.
        each: called with every layer of the template before it is.
    """
    template = model["template"]
    if template.get("registered"):
        importlib.import_module(model["builder"].partition(":")[0])
    inputs = keras.Input((features,))
    flat = len(template["shape"]) == 1
    tensors, named, hidden = [inputs if flat else keras.layers.Reshape(template["shape"])(inputs)], Named(), []
    for node in template["nodes"]:
        before = [tensors[place] for place in node["from"]]
        x = before if node["listed"] else before[0]
        if "remedy" in node:
            for follower in places(node["remedy"], node["place"]):
                follower.place = node["place"]
                named.append((f"{node['remedy']}_{node['place'] + 1}", follower))
                x = follower(x)
        else:
            layer = keras.saving.deserialize_keras_object(_sized(node, width, template["width"], dense or {}))
            if each is not None:
                each(layer)
            named.append((node["name"], layer))
            x = layer(x) if node["listed"] else layer(*before)
        if node.get("remedy") == "activation" or _is_activation(node):
            hidden.append(x)
        tensors.append(x)
    return inputs, tensors[-1], hidden, named


def _sized(node: Json, width: int, widest: int, dense: Mapping[str, Any]) -> Json:
    """A hidden dense layer of another width, and with what plain Keras is to add; any other layer as it is."""
    layer = node["layer"]
    if layer["class_name"] != "Dense" or node["name"] == "output":
        return layer
    units = max(1, round(layer["config"]["units"] * width / widest))
    extra = {name: value for name, value in dense.items() if value is not None}
    return {**layer, "config": {**layer["config"], "units": units, **extra}}


def _is_activation(node: Json) -> bool:
    return "layer" in node and node["layer"]["class_name"] in ("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU")


def fused(baked: Mapping[str, Json], features: int) -> tuple[Any, Named]:
    """The model of a program, inputs -> [logits, hidden 1, ...], and its layers by name."""
    factors = registry()

    def places(name: str, _: int) -> list[Any]:
        hook = factors[name].hidden
        return hook(baked[name]) if hook is not None and name in baked else []

    each = None if baked["model"]["template"]["alone"] else windows.stack
    inputs, logits, hidden, named = build(
        baked["model"], features=features, width=int(baked["width"]), places=places, each=each
    )
    return keras.Model(inputs, [logits, *hidden]), named


def drawn(named: Named, seed: int) -> dict[str, np.ndarray]:
    """Weights and buffers by name, drawn by the layers' own initializers from seeds made of the trial's.

    An initializer to which the user gave a seed of its own keeps it.
    """
    again: Named = []
    for place, (name, layer) in enumerate(named):
        if layer.variables:
            seeds = np.random.SeedSequence([seed, WEIGHTS, place, 1]).generate_state(64).tolist()
            again.append((name, type(layer).from_config(_seeded(layer.get_config(), iter(seeds)))))
            again[-1][1].build_from_config(layer.get_build_config())
    return {name: np.asarray(variable) for name, variable in variables(again)}


def variables(named: Named) -> list[tuple[str, Any]]:
    """All variables as `dense_1/kernel`; where a layer has several of one name, `.2`, `.3`, ... tell them apart."""
    found: dict[str, Any] = {}
    for name, layer in named:
        for variable in layer.variables:
            own, count = f"{name}/{variable.name}", 1
            while own in found:
                count += 1
                own = f"{name}/{variable.name}.{count}"
            found[own] = variable
    return list(found.items())


def _seeded(config: Any, seeds: Any) -> Any:
    """The config with a seed in every place where an initializer has none."""
    if isinstance(config, list | tuple):
        return [_seeded(each, seeds) for each in config]
    if not isinstance(config, dict):
        return config
    own = {key: _seeded(value, seeds) for key, value in config.items()}
    return {**own, "seed": int(next(seeds)) % 2**31} if "seed" in own and own["seed"] is None else own

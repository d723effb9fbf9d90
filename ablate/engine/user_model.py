"""Build a user's model from its template, for the fused engine and for plain Keras."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ablate.core.study import Json
from ablate.engine import layers as kinds
from ablate.engine.runtime import keras
from ablate.remedies import registry
from ablate.remedies.activation import ACTIVATION
from ablate.remedies.initializer import WEIGHTS
from ablate.remedies.model import MODEL
from ablate.remedies.width import WIDTH

Named = list[tuple[str, Any]]
"""Layers by name, in the order of their calls."""

Decided = Callable[[str, int], list[Any]]
"""(factor, number of the hidden layer) -> the layers that stand where the template leaves the decision to a factor."""


def build(
    model: Json,
    *,
    features: int,
    width: int,
    decided: Decided,
    dense: Mapping[str, Any] | None = None,
    prepare: Callable[[Any], None] | None = None,
) -> tuple[Any, Any, list[Any], Named]:
    """Build the model of a template.

    Args:
        model: what the factor `model` compiles in: `template`, and `builder` where its module registers layers.
        features: columns of the flat inputs.
        width: units of the widest hidden dense layer; the others keep their ratio to it.
        decided: makes the layers where the template leaves the decision to a factor.
        dense: further arguments of hidden dense layers.
        prepare: called with every layer of the template before the layer is applied.

    Returns:
        The tensors of input, logits and hidden layers, and the layers by name.
    """
    template = model["template"]
    if template.get("registered"):
        importlib.import_module(model["builder"].partition(":")[0])
    inputs = keras.Input((features,))
    flat = len(template["shape"]) == 1
    tensors, layers, hidden = [inputs if flat else keras.layers.Reshape(template["shape"])(inputs)], Named(), []
    for node in template["nodes"]:
        before = [tensors[index] for index in node["from"]]
        x = before if node["listed"] else before[0]
        if "remedy" in node:
            for follower in decided(node["remedy"], node["place"]):
                follower.place = node["place"]
                layers.append((f"{node['remedy']}_{node['place'] + 1}", follower))
                x = follower(x)
        else:
            layer = keras.saving.deserialize_keras_object(_resized(node, width, template[WIDTH], dense or {}))
            if prepare is not None:
                prepare(layer)
            layers.append((node["name"], layer))
            x = layer(x) if node["listed"] else layer(*before)
        if node.get("remedy") == ACTIVATION or _is_activation(node):
            hidden.append(x)
        tensors.append(x)
    return inputs, tensors[-1], hidden, layers


def _resized(node: Json, width: int, widest: int, dense: Mapping[str, Any]) -> Json:
    """Return a hidden dense layer with another width and further arguments; return any other layer as it is."""
    layer = node["layer"]
    if layer["class_name"] != "Dense" or node["name"] == "output":
        return layer
    units = max(1, round(layer["config"]["units"] * width / widest))
    extra = {name: value for name, value in dense.items() if value is not None}
    return {**layer, "config": {**layer["config"], "units": units, **extra}}


def _is_activation(node: Json) -> bool:
    return "layer" in node and node["layer"]["class_name"] in ("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU")


def fused(baked: Mapping[str, Json], features: int) -> tuple[Any, Named]:
    """Build the model of a fused program: inputs -> [logits, hidden 1, ...].

    Args:
        baked: what every factor compiles into the program, by factor.
        features: columns of the flat inputs.

    Returns:
        The Keras model, and its layers by name.
    """
    factors = registry()

    def decided(name: str, _: int) -> list[Any]:
        hook = factors[name].hidden
        return hook(baked[name]) if hook is not None and name in baked else []

    prepare = None if baked[MODEL]["template"]["alone"] else kinds.install
    inputs, logits, hidden, layers = build(
        baked[MODEL], features=features, width=int(baked[WIDTH]), decided=decided, prepare=prepare
    )
    return keras.Model(inputs, [logits, *hidden]), layers


BY_NAME = {"BatchNormalization", "Conv1D", "Conv2D", "Conv3D", "Dense", "Embedding", "LayerNormalization"}
"""Keras' layers that fill a variable `kernel` by their `kernel_initializer` and so on: nothing is built to draw it."""


def drawn(layers: Named, seed: int) -> dict[str, np.ndarray]:
    """Draw weights and buffers with the layers' own initializers, and return them by name.

    Args:
        layers: the layers by name.
        seed: the trial's seed, which seeds every initializer to which the user gave none.
    """
    fresh: Named = []
    values: dict[int, np.ndarray] = {}
    for index, (name, layer) in enumerate(layers):
        if not layer.variables:
            continue
        seeds = np.random.SeedSequence([seed, WEIGHTS, index, 1]).generate_state(64).tolist()
        config = _seeded(layer.get_config(), iter(seeds))
        if type(layer).__name__ in BY_NAME and type(layer).__module__.startswith("keras."):
            values |= {id(each): _by_name(each, config) for each in layer.variables}
            fresh.append((name, layer))
        else:
            fresh.append((name, type(layer).from_config(config)))
            fresh[-1][1].build_from_config(layer.get_build_config())
    return {name: values[id(each)] if id(each) in values else np.asarray(each) for name, each in variables(fresh)}


def _by_name(variable: Any, config: Mapping[str, Json]) -> np.ndarray:
    """Draw a variable by the initializer that its layer's config names after it."""
    draw = keras.initializers.get(config[f"{variable.name}_initializer"])
    return np.asarray(draw(variable.shape, dtype=variable.dtype))


def variables(layers: Named) -> list[tuple[str, Any]]:
    """Return all variables by name, as `dense_1/kernel`; a layer's second variable of one name ends in `.2`."""
    named: dict[str, Any] = {}
    for layer_name, layer in layers:
        for variable in layer.variables:
            name, count = f"{layer_name}/{variable.name}", 1
            while name in named:
                count += 1
                name = f"{layer_name}/{variable.name}.{count}"
            named[name] = variable
    return list(named.items())


def _seeded(config: Any, seeds: Any) -> Any:
    """Return the config with a seed in every initializer that has none."""
    if isinstance(config, list | tuple):
        return [_seeded(part, seeds) for part in config]
    if not isinstance(config, dict):
        return config
    seeded = {key: _seeded(value, seeds) for key, value in config.items()}
    return {**seeded, "seed": int(next(seeds)) % 2**31} if "seed" in seeded and seeded["seed"] is None else seeded

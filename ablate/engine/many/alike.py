"""Which compiled Keras models share one program: those that differ in activations, losses, rates and seeds alone."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from ablate.core.study import Json, canonical
from ablate.engine import layers, loss_path
from ablate.engine.runtime import keras

OPERATIONS = ("Add", "Any", "Divide", "LogicalOr", "Multiply", "NotEqual", "Subtract")
"""Operations between layers that train side by side."""

DRAWN = ("seed", "kernel_initializer", "bias_initializer", "recurrent_initializer", "embeddings_initializer")
"""Parts of a layer that only decide its first weights; each slot is given its model's own."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Models of one program.

    Attributes:
        models: the models, compiled.
        numbers: their numbers in the list that the user gave.
        activations: by layer, the activations that the models have there, without repetition; only where they differ.
        losses: the losses that the models have, without repetition.
        chosen: by model, which of them it has: by layer, and under `loss`.
    """

    models: tuple[Any, ...]
    numbers: tuple[int, ...]
    activations: dict[int, tuple[str, ...]]
    losses: tuple[str, ...]
    chosen: tuple[dict[str, int], ...]


def why_alone(model: Any) -> str:
    """Return why a compiled model cannot train side by side with others; empty if it can."""
    if not isinstance(model, keras.Sequential) and type(model).__name__ != "Functional":
        return f"it is a {type(model).__name__}, so its layers cannot be read"
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        return f"it has {len(model.inputs)} inputs and {len(model.outputs)} outputs"
    if None in model.inputs[0].shape[1:]:
        return "its input has no fixed shape"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a lambda, that loading it would be unsafe
            reasons = [_reason(part) for part in getattr(model, "operations", model.layers)]
            if not any(reasons):
                reasons = [f"`{name}` is code of your own" for name in _own_code(model)]
            if not any(reasons):
                mark(model)
    except (TypeError, ValueError, NotImplementedError, AttributeError) as error:
        return str(error)
    return "; ".join(dict.fromkeys(filter(None, reasons)))


def _reason(part: Any) -> str:
    """Return why a layer, or an operation between layers, trains alone; empty if it does not."""
    kind = type(part).__name__
    if kind == "InputLayer":
        return ""
    if not type(part).__module__.startswith("keras."):
        return layers.why_alone(f"{type(part).__module__}.{kind}", {}, (), ())
    if not isinstance(part, keras.Layer):  # an operation, as `x + y` or the making of a mask
        return "" if kind in OPERATIONS else f"{kind}: it is no layer"
    first, last = (of[0] if isinstance(of, list | tuple) else of for of in (part.input, part.output))
    config = keras.saving.serialize_keras_object(part)["config"]
    return layers.why_alone(kind, config, tuple(first.shape[1:]), tuple(last.shape[1:]))


def _own_code(model: Any) -> list[str]:
    """Return the names of functions and classes in a model and what it was compiled with that are not of Keras.

    A config names them and does not hold their code, so two models with one config may compute different things.
    """
    names: list[str] = []

    def visit(part: Any) -> None:
        if isinstance(part, dict):
            kind, module = part.get("class_name"), part.get("module")
            if kind == "__lambda__" or (kind and not str(module or "keras").startswith("keras")):
                names.append(str(part["config"] if kind == "function" else kind))
        for item in part.values() if isinstance(part, dict) else part if isinstance(part, list | tuple) else ():
            visit(item)

    visit(keras.saving.serialize_keras_object(model.get_config()))
    visit(keras.saving.serialize_keras_object(model.get_compile_config()))
    functions = [getattr(layer, "activation", None) for layer in model.layers]  # a lambda's config has no name
    names += [of.__name__ for of in functions if isinstance(of, FunctionType) and not of.__module__.startswith("keras")]
    return list(dict.fromkeys(names))


def groups(models: Sequence[Any]) -> list[Group]:
    """Return the models in groups of one program each, in the order of their first members.

    Args:
        models: compiled models that can train side by side.
    """
    by_mark: dict[str, list[int]] = {}
    for number, model in enumerate(models):
        by_mark.setdefault(mark(model), []).append(number)
    return [_group([models[number] for number in numbers], numbers) for numbers in by_mark.values()]


def _group(models: list[Any], numbers: list[int]) -> Group:
    names = [_activations(model) for model in models]
    losses = [_loss(model) for model in models]
    differing = sorted(index for index in names[0] if len({of[index] for of in names}) > 1)
    kinds = {index: tuple(dict.fromkeys(of[index] for of in names)) for index in differing}
    distinct = tuple(dict.fromkeys(losses))
    chosen = tuple(
        {"loss": distinct.index(loss), **{str(index): kinds[index].index(of[index]) for index in kinds}}
        for of, loss in zip(names, losses, strict=True)
    )
    return Group(models=tuple(models), numbers=tuple(numbers), activations=kinds, losses=distinct, chosen=chosen)


def mark(model: Any) -> str:
    """Return a text that is the same for models of one program.

    Args:
        model: a compiled model.
    """
    names = {layer.name: f"layer_{index}" for index, layer in enumerate(model.layers)}
    compiled = keras.saving.serialize_keras_object(model.get_compile_config())
    optimizer = compiled["optimizer"]["config"]
    rate = optimizer.get("learning_rate")
    fixed = {name: value for name, value in optimizer.items() if name not in ("name", "learning_rate")}
    return canonical(
        {
            "layers": _anonymous(json.loads(json.dumps(model.get_config(), default=str)), names),
            "optimizer": [type(model.optimizer).__name__, fixed, rate if isinstance(rate, dict) else None],
            "metrics": [compiled.get("metrics"), compiled.get("weighted_metrics")],
            "loss_weights": compiled.get("loss_weights"),
            "type": model.dtype_policy.name,
            "shapes": [list(variable.shape) for variable in model.variables],
        }
    )


def _anonymous(part: Json, names: dict[str, str]) -> Json:
    """Return a model's config with its layers named by position, and without activations and first weights."""
    if isinstance(part, list):
        return [_anonymous(item, names) for item in part]
    if isinstance(part, str):
        return names.get(part, part)
    if not isinstance(part, dict):
        return part
    left_out = {*DRAWN, "activation", "build_config", "compile_config"}
    kept = {key: _anonymous(value, names) for key, value in part.items() if key not in left_out}
    return {**kept, "name": names.get(str(part["name"]), "")} if "name" in part else kept


def _activations(model: Any) -> dict[int, str]:
    """Return the activation of each layer that has one, as text, by the layer's position."""
    functions = {index: getattr(layer, "activation", None) for index, layer in enumerate(model.layers)}
    return {index: canonical(keras.activations.serialize(of)) for index, of in functions.items() if callable(of)}


def _loss(model: Any) -> str:
    """Return the loss as text."""
    if isinstance(model.loss, keras.losses.Loss):
        return canonical(loss_path.serialized(model.loss))
    return canonical(keras.saving.serialize_keras_object(model.get_compile_config())["loss"])

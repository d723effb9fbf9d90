"""`normalization`: off, batch or layer normalization before the activation.

With Keras's default momentum of .99 the moving averages lag in a short training: after 60 steps, training accuracy is
.87 and validation accuracy .10. That must not be read as a plateau, so momentum is a parameter of the level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json, Level
from ablate.remedies import _plugins
from ablate.remedies._keras_call import Call
from ablate.remedies._remedy import Lines, Remedy, fields, needed

NORMALIZATION = "normalization"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One kind of normalization.

    Attributes:
        parameters: parameters, by name, with their defaults.
        keras: the Keras layer.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    keras: Call = needed("the Keras layer")


KINDS: dict[str, Any] = {
    "off": {},
    "batch": Layer(
        parameters={"momentum": (float, 0.9), "epsilon": (float, 1e-3)},
        keras=Call("layers.BatchNormalization", {"momentum": "momentum", "epsilon": "epsilon"}),
    ),
    "layer": Layer(
        parameters={"epsilon": (float, 1e-3)}, keras=Call("layers.LayerNormalization", {"epsilon": "epsilon"})
    ),
}


def _baked(params: Json) -> Json:
    """Return all parameters: each kind has weights of its own, so kinds share no program."""
    return {} if params["kind"] == "off" else params


def _hidden(baked: Json) -> list[Any]:
    """Make the Keras layer. For a kind of another package, call that package's function, which returns the layer."""
    if baked["kind"] not in KINDS:
        return [_plugins.call(NORMALIZATION, baked)]
    return [KINDS[baked["kind"]].keras.make(baked)]


def _keras_hidden(params: Json, layer: int, seed: int) -> list[Any]:
    return [] if params["kind"] == "off" else _hidden(params)


def _lines(params: Json) -> Lines:
    if params["kind"] not in KINDS:
        return Lines(hidden=(f"{_plugins.source_name(NORMALIZATION, params['kind'])}()",))
    return Lines() if params["kind"] == "off" else Lines(hidden=(KINDS[params["kind"]].keras.text(params),))


def _candidates(base: Mapping[str, Json]) -> tuple[str, ...]:
    return ("batch",) if base[NORMALIZATION]["kind"] == "off" else ("off",)


def _argument(level: Level) -> Json:
    return None if level.name == "off" else level.name


def from_keras(layer: str, config: Mapping[str, Json]) -> Json | None:
    """Return the parameters of the kind that computes what a Keras layer does; None if there is none.

    Args:
        layer: the class of the layer.
        config: its config.
    """
    usual = {"center": True, "scale": True, "trainable": True}
    plain = all(config.get(key, value) == value for key, value in usual.items()) and config.get("axis") in (-1, [-1])
    if not plain or any(value for key, value in config.items() if key.endswith(("_regularizer", "_constraint"))):
        return None
    for kind, record in KINDS.items():
        if isinstance(record, Layer) and record.keras.path == f"layers.{layer}":
            return {"kind": kind, **{name: config[name] for name in record.parameters}}
    return None


REMEDY = Remedy(
    name=NORMALIZATION,
    summary="normalization before the activation",
    neutral={"kind": "off"},
    stacks="shape",
    check=fields(NORMALIZATION, KINDS),
    kinds=KINDS,
    statement="layers",
    lines=_lines,
    candidates=_candidates,
    argument=_argument,
    baked=_baked,
    hidden=_hidden,
    keras_hidden=_keras_hidden,
    order=10,
)

"""`normalization`: off, batch or layer normalization before the activation.

Keras's default momentum of .99 lags over a short budget: after 60 steps, training accuracy is .87 and probe accuracy
.10. That must not be read as a plateau, so momentum is a parameter of the level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json, Level
from ablate.remedies import _plugins
from ablate.remedies._remedy import Lines, Remedy, fields, needed

NORMALIZATION = "normalization"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One kind of normalization.

    Attributes:
        parameters: arguments of the Keras layer, by name, with their defaults.
        keras: the class of the Keras layer; empty for none.
        line: parameters -> the layer as source text.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    keras: str = needed("the class of the Keras layer, or an empty text for none")
    line: Callable[[Json], str] = needed("a function (parameters) -> the layer as source text")


KINDS: dict[str, Layer] = {
    "off": Layer(keras="", line=lambda _: ""),
    "batch": Layer(
        parameters={"momentum": (float, 0.9), "epsilon": (float, 1e-3)},
        keras="BatchNormalization",
        line=lambda params: f"keras.layers.BatchNormalization(momentum={params['momentum']:g})",
    ),
    "layer": Layer(
        parameters={"epsilon": (float, 1e-3)},
        keras="LayerNormalization",
        line=lambda _: "keras.layers.LayerNormalization()",
    ),
}


def _baked(params: Json) -> Json:
    """Return all parameters: each normalization has other weights."""
    return {} if params["kind"] == "off" else params


def _hidden(baked: Json) -> list[Any]:
    """Make the Keras layer; a kind of another package is a function () -> a layer."""
    import keras

    if baked["kind"] not in KINDS:
        return [_plugins.call(NORMALIZATION, baked)]
    arguments = {name: value for name, value in baked.items() if name != "kind"}
    return [getattr(keras.layers, KINDS[baked["kind"]].keras)(**arguments)]


def _keras_hidden(params: Json, layer: int, seed: int) -> list[Any]:
    return [] if params["kind"] == "off" else _hidden(params)


def _lines(params: Json) -> Lines:
    if params["kind"] not in KINDS:
        return Lines(hidden=(f"{_plugins.source_name(NORMALIZATION, params['kind'])}()",))
    line = KINDS[params["kind"]].line(params)
    return Lines(hidden=(line,) if line else ())


def _candidates(base: Mapping[str, Json]) -> tuple[str, ...]:
    return ("batch",) if base[NORMALIZATION]["kind"] == "off" else ("off",)


def _argument(level: Level) -> Json:
    return None if level.name == "off" else level.name


def from_keras(layer: str, config: Mapping[str, Json]) -> Json | None:
    """Return the parameters of the kind that a Keras layer is; None if it is no kind of ours.

    Args:
        layer: the class of the layer.
        config: its config.
    """
    usual = {"center": True, "scale": True, "trainable": True}
    plain = all(config.get(key, value) == value for key, value in usual.items()) and config.get("axis") in (-1, [-1])
    if not plain or any(value for key, value in config.items() if key.endswith(("_regularizer", "_constraint"))):
        return None
    kind = next((kind for kind, record in KINDS.items() if record.keras == layer), None)
    return None if kind is None else {"kind": kind, **{name: config[name] for name in KINDS[kind].parameters}}


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

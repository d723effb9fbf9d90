"""`activation`: the function of the hidden units, selected per slot inside one program.

A program computes several activations and keeps one. Each of the others gets zero as its input, where its slope is
finite, and its result is dropped. So its infinity or NaN reaches neither value nor derivative, and a trial's bits do
not depend on the other activations of its program.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json, Level, canonical
from ablate.remedies import _plugins
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._keras_call import Call
from ablate.remedies._lazy import keras, np, special, tf
from ablate.remedies._remedy import Choices, Lines, Remedy, as_float32, fields, needed

ACTIVATION = "activation"
PLAIN: Json = {"kind": "relu"}


@dataclass(frozen=True, kw_only=True)
class Function:
    """One kind of activation; without `tensorflow` and `keras` it is Keras's function of the kind's name.

    Attributes:
        parameters: numbers, by name, with their defaults.
        numpy: (x, **parameters) -> outputs, on NumPy arrays: the definition that the tests hold the layer to.
        tensorflow: x -> outputs; it reads its parameters as numbers of the slot.
        keras: the Keras layer that a user writes.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    numpy: Callable[..., Any] = needed("the function on NumPy arrays, the definition that tests hold the layer to")
    tensorflow: Callable[[Any], Any] | None = None
    keras: Call | None = None

    def lacks(self) -> str:
        """Return what keeps the record from being complete beside its fields; empty if nothing does."""
        if self.parameters and (self.tensorflow is None or self.keras is None):
            return "has parameters, so it needs `tensorflow` and `keras`: without them its parameters change nothing"
        return ""


def _elu(x: Any) -> Any:
    # Keras's `elu` takes a Python number; this is its definition with the slot's alpha.
    return tf.where(x > 0, x, scope.number("activation.alpha") * tf.math.expm1(tf.minimum(x, 0)))


def _elu_numpy(x: Any, alpha: float = 1.0) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


KINDS: dict[str, Function] = {
    "relu": Function(numpy=lambda x: np.maximum(x, 0)),
    "leaky_relu": Function(
        parameters={"slope": (float, 0.2)},
        numpy=lambda x, slope=0.2: np.where(x > 0, x, slope * x),
        tensorflow=lambda x: tf.where(x > 0, x, scope.number("activation.slope") * x),
        keras=Call("layers.LeakyReLU", {"negative_slope": "slope"}),
    ),
    "elu": Function(
        parameters={"alpha": (float, 1.0)},
        numpy=_elu_numpy,
        tensorflow=_elu,
        keras=Call("layers.ELU", {"alpha": "alpha"}),
    ),
    "selu": Function(numpy=lambda x: 1.0507009873554805 * _elu_numpy(x, 1.6732632423543772)),
    "gelu": Function(numpy=lambda x: 0.5 * x * (1 + special.erf(x / math.sqrt(2.0)))),
    "tanh": Function(numpy=lambda x: np.tanh(x)),
    "sigmoid": Function(numpy=lambda x: special.expit(x)),
    "softplus": Function(numpy=lambda x: np.logaddexp(x, 0)),
    "relu_clamped": Function(
        parameters={"maximum": (float, 6.0)},
        numpy=lambda x, maximum=6.0: np.clip(x, 0, maximum),
        tensorflow=lambda x: tf.minimum(tf.nn.relu(x), scope.number("activation.maximum")),
        keras=Call("layers.ReLU", {"max_value": "maximum"}),
    ),
}
"""Add a kind at the end. A kind that Keras knows by name needs `numpy` alone."""

FAMILIES = (("relu", "leaky_relu", "relu_clamped"), ("elu", "selu", "softplus"), ("tanh", "sigmoid", "gelu"))
"""Kinds that share a program. A program computes all kinds of its family, so cheap and expensive kinds are kept apart.
Families decide the last bits of results, so they stay as they are: a new kind gets programs of its own."""

RECTIFIERS = ("relu", "leaky_relu", "relu_clamped", "elu", "selu", "gelu", "softplus")
"""Kinds that are nearly linear for large inputs: to replace one by `relu` is no remedy."""

_SHARED = [kind for family in FAMILIES for kind in family]
ORDER = (*list(KINDS)[: len(_SHARED)], "own", *list(KINDS)[len(_SHARED) :])
"""The index of a kind is its number in a slot. `own` stands for the kinds of other packages, which are functions
(x) -> outputs; each of them is alone in its programs."""


def _kind(params: Json) -> str:
    return params["kind"] if params["kind"] in KINDS else "own"


def choices(params: Json) -> Choices:
    """Return the family of the kind; the text of the level stands for the function of another package."""
    kind = _kind(params)
    family = next((family for family in FAMILIES if kind in family), (kind,))
    numbers: dict[str, list[int | str]] = {"activation.kind": [ORDER.index(member) for member in family]}
    return {**numbers, "activation.own": [canonical(params)]} if kind == "own" else numbers


def _broad_choices(params: Json) -> Choices:
    """Return all kinds that share programs; any other kind stays alone."""
    if _kind(params) not in _SHARED:
        return choices(params)
    return {"activation.kind": [ORDER.index(kind) for kind in _SHARED]}


def _by_name(kind: str, x: Any) -> Any:
    return keras.activations.get(kind)(x)


def functions() -> dict[str, Callable[[Any], Any]]:
    """Return the TensorFlow function of each kind."""
    ours = {kind: function.tensorflow or partial(_by_name, kind) for kind, function in KINDS.items()}
    return {**ours, "own": lambda x: _plugins.call(ACTIVATION, json.loads(str(scope.choices("activation.own")[0])), x)}


def select(x: Any) -> Any:
    """Return the slot's activation of `x`, among the kinds that the program holds."""
    table, chosen, result = functions(), scope.number("activation.kind"), tf.zeros_like(x)
    for index in scope.choices("activation.kind"):
        here = tf.equal(chosen, index)
        result = tf.where(here, table[ORDER[int(index)]](tf.where(here, x, tf.zeros_like(x))), result)
    return result


def _baked(_: Json) -> Json:
    """Return a constant: every program has activations, and its choices say which."""
    return {"on": True}


def _slot(params: Json, seed: int) -> dict[str, float]:
    """Return the kind's number, the defaults of the kinds that share programs, and the level's own parameters."""
    kind = _kind(params)
    shared = {name: default for each in _SHARED for name, (_, default) in KINDS[each].parameters.items()}
    numbers = {**shared, **{name: params[name] for name in (KINDS[kind].parameters if kind != "own" else ())}}
    numbers["slope"] = as_float32(numbers["slope"])  # an attribute of TensorFlow's `LeakyRelu`
    return {"activation.kind": ORDER.index(kind), **{f"activation.{name}": value for name, value in numbers.items()}}


def _hidden(_: Json) -> list[Any]:
    """Make one layer that selects."""

    class Select(keras.layers.Layer):
        """The activation of the slot being traced."""

        def call(self, x: Any) -> Any:
            return select(x)

    return [Select()]


def _keras_hidden(params: Json, layer: int, seed: int) -> list[Any]:
    if params["kind"] not in KINDS:
        return [keras.layers.Activation(lambda x: _plugins.call(ACTIVATION, params, x))]
    call = KINDS[params["kind"]].keras
    return [call.make(params) if call else keras.layers.Activation(params["kind"])]


def _lines(params: Json) -> Lines:
    if params["kind"] not in KINDS:
        return Lines(hidden=(f"keras.layers.Activation({_plugins.source_name(ACTIVATION, params['kind'])})",))
    call = KINDS[params["kind"]].keras
    return Lines(hidden=(call.text(params) if call else f'keras.layers.Activation("{params["kind"]}")',))


def _candidates(base: Mapping[str, Json]) -> tuple[str, ...]:
    return ("leaky_relu",) if base[ACTIVATION]["kind"] in RECTIFIERS else ("leaky_relu", "relu")


def _argument(level: Level) -> Json:
    return level.name


def from_keras(layer: str, config: Mapping[str, Json]) -> Json | None:
    """Return the parameters of the kind that computes what a Keras layer does; None if there is none.

    Args:
        layer: the class of the layer.
        config: its config.
    """
    name = config.get("activation") if layer == "Activation" else None
    if name == "relu6":
        return {"kind": "relu_clamped", "maximum": 6.0}
    if isinstance(name, str) and name in KINDS and name != "relu_clamped":  # Keras knows no such name
        return _fields({"kind": name})
    if layer == "ReLU" and not config["negative_slope"] and not config["threshold"]:
        maximum = config["max_value"]
        return {"kind": "relu"} if maximum is None else {"kind": "relu_clamped", "maximum": float(maximum)}
    if layer == "LeakyReLU":
        return {"kind": "leaky_relu", "slope": float(config["negative_slope"])}
    return {"kind": "elu", "alpha": float(config["alpha"])} if layer == "ELU" else None


def as_numpy(params: Json) -> Callable[[Any], Any]:
    """Return the function of a level on NumPy arrays, the definition that tests hold the layer to.

    Args:
        params: parameters of a kind of this package.
    """
    given = {name: value for name, value in params.items() if name != "kind"}
    return partial(KINDS[params["kind"]].numpy, **given)


_fields = fields(ACTIVATION, KINDS)
_NARROW = Remedy(
    name=ACTIVATION,
    summary="the function of the hidden units",
    neutral=None,
    stacks="choice",
    check=_fields,
    kinds=KINDS,
    statement="layers",
    lines=_lines,
    candidates=_candidates,
    argument=_argument,
    baked=_baked,
    choices=choices,
    slot=_slot,
    hidden=_hidden,
    keras_hidden=_keras_hidden,
    order=20,
)
REMEDY = replace(_NARROW, broad=replace(_NARROW, choices=_broad_choices))

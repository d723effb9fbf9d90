"""`activation`: the function of the hidden units, selected per slot inside one program.

A branch that is not chosen gets zero as its input, where every activation has a finite slope; a select drops its
result. So an infinity or NaN of such a branch reaches neither value nor derivative, and a trial's bits do not depend
on the other branches of its program.
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
from ablate.remedies._remedy import Choices, Lines, Remedy, as_float32, fields, needed

ACTIVATION = "activation"
PLAIN: Json = {"kind": "relu"}


def _by_keras_name(kind: str) -> Callable[[Any], Any]:
    """Make the function that Keras knows by this name."""

    def function(x: Any) -> Any:
        from keras import activations

        return activations.get(kind)(x)

    return function


@dataclass(frozen=True, kw_only=True)
class Function:
    """One kind of activation; what is left out of the last three is Keras's function of the kind's name.

    Attributes:
        parameters: numbers, by name, with their defaults.
        numpy: (numpy, x, **parameters) -> outputs, on NumPy arrays: for the untrained networks of the null band.
        tensorflow: x -> outputs; it reads its parameters as numbers of the slot.
        keras: parameters -> the layer of a user.
        line: parameters -> that layer as source text.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    numpy: Callable[..., Any] = needed("the function on NumPy arrays, for the untrained networks of the null band")
    tensorflow: Callable[[Any], Any] | None = None
    keras: Callable[[Json], Any] | None = None
    line: Callable[[Json], str] | None = None


def _leaky_relu(x: Any) -> Any:
    import tensorflow as tf

    return tf.where(x > 0, x, scope.number("activation.slope") * x)


def _elu(x: Any) -> Any:
    import tensorflow as tf

    # Keras's `elu` takes a Python number; this is its definition with the slot's alpha.
    negative = scope.number("activation.alpha") * tf.math.expm1(tf.minimum(x, 0))
    return tf.where(x > 0, x, negative)


def _relu_clamped(x: Any) -> Any:
    import tensorflow as tf

    return tf.minimum(tf.nn.relu(x), scope.number("activation.maximum"))


def _elu_numpy(np: Any, x: Any, alpha: float = 1.0) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _gelu_numpy(np: Any, x: Any) -> Any:
    from scipy.special import erf

    return 0.5 * x * (1 + erf(x / math.sqrt(2.0)))


def _sigmoid_numpy(np: Any, x: Any) -> Any:
    from scipy.special import expit

    return expit(x)


def _keras_layer(name: str, **arguments: str) -> Callable[[Json], Any]:
    """Make a Keras layer of that class, with arguments taken from the parameters of these names."""

    def make(params: Json) -> Any:
        import keras

        return getattr(keras.layers, name)(**{word: params[parameter] for word, parameter in arguments.items()})

    return make


KINDS: dict[str, Function] = {
    "relu": Function(numpy=lambda np, x: np.maximum(x, 0)),
    "leaky_relu": Function(
        parameters={"slope": (float, 0.2)},
        numpy=lambda np, x, slope=0.2: np.where(x > 0, x, slope * x),
        tensorflow=_leaky_relu,
        keras=_keras_layer("LeakyReLU", negative_slope="slope"),
        line=lambda params: f"keras.layers.LeakyReLU(negative_slope={params['slope']:g})",
    ),
    "elu": Function(
        parameters={"alpha": (float, 1.0)},
        numpy=_elu_numpy,
        tensorflow=_elu,
        keras=_keras_layer("ELU", alpha="alpha"),
        line=lambda params: f"keras.layers.ELU(alpha={params['alpha']:g})",
    ),
    "selu": Function(numpy=lambda np, x: 1.0507009873554805 * _elu_numpy(np, x, 1.6732632423543772)),
    "gelu": Function(numpy=_gelu_numpy),
    "tanh": Function(numpy=lambda np, x: np.tanh(x)),
    "sigmoid": Function(numpy=_sigmoid_numpy),
    "softplus": Function(numpy=lambda np, x: np.logaddexp(x, 0)),
    "relu_clamped": Function(
        parameters={"maximum": (float, 6.0)},
        numpy=lambda np, x, maximum=6.0: np.clip(x, 0, maximum),
        tensorflow=_relu_clamped,
        keras=_keras_layer("ReLU", max_value="maximum"),
        line=lambda params: f"keras.layers.ReLU(max_value={params['maximum']:g})",
    ),
}
"""Add a kind at the end. A kind that Keras knows by name needs `numpy` alone."""

FAMILIES = (("relu", "leaky_relu", "relu_clamped"), ("elu", "selu", "softplus"), ("tanh", "sigmoid", "gelu"))
"""Kinds that share a program; cheap ones do not pay for dear ones. The families are part of every result's bits, so a
new kind joins none: its programs hold it alone."""

RECTIFIERS = ("relu", "leaky_relu", "relu_clamped", "elu", "selu", "gelu", "softplus")
"""Kinds that are linear far out: `relu` in their place is no remedy."""

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


def functions() -> dict[str, Callable[[Any], Any]]:
    """Return the TensorFlow function of each kind."""
    ours = {kind: function.tensorflow or _by_keras_name(kind) for kind, function in KINDS.items()}
    return {**ours, "own": lambda x: _plugins.call(ACTIVATION, json.loads(str(scope.choices("activation.own")[0])), x)}


def select(x: Any) -> Any:
    """Return the slot's activation of `x`, among the kinds that the program holds."""
    import tensorflow as tf

    table, chosen, result = functions(), scope.number("activation.kind"), tf.zeros_like(x)
    for index in scope.choices("activation.kind"):
        here = tf.equal(chosen, index)
        result = tf.where(here, table[ORDER[int(index)]](tf.where(here, x, tf.zeros_like(x))), result)
    return result


def _baked(_: Json) -> Json:
    """Every program has activations; its choices say which."""
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
    import keras

    class Select(keras.layers.Layer):
        """The activation of the slot being traced."""

        def call(self, x: Any) -> Any:
            return select(x)

    return [Select()]


def _keras_hidden(params: Json, layer: int, seed: int) -> list[Any]:
    import keras

    if params["kind"] not in KINDS:
        return [keras.layers.Activation(lambda x: _plugins.call(ACTIVATION, params, x))]
    make = KINDS[params["kind"]].keras
    return [make(params) if make else keras.layers.Activation(params["kind"])]


def _lines(params: Json) -> Lines:
    if params["kind"] not in KINDS:
        return Lines(hidden=(f"keras.layers.Activation({_plugins.source_name(ACTIVATION, params['kind'])})",))
    line = KINDS[params["kind"]].line
    return Lines(hidden=(line(params) if line else f'keras.layers.Activation("{params["kind"]}")',))


def _candidates(base: Mapping[str, Json]) -> tuple[str, ...]:
    return ("leaky_relu",) if base[ACTIVATION]["kind"] in RECTIFIERS else ("leaky_relu", "relu")


def _argument(level: Level) -> Json:
    return level.name


def from_keras(layer: str, config: Mapping[str, Json]) -> Json | None:
    """Return the parameters of the kind that a Keras layer is; None if it is no kind of ours.

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
    """Return the function of a level on NumPy arrays, for the untrained networks of the null band.

    Args:
        params: parameters of a kind of this package.
    """
    import numpy as np

    given = {name: value for name, value in params.items() if name != "kind"}
    return partial(KINDS[params["kind"]].numpy, np, **given)


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

"""`activation`: the function of the hidden units, switched once for a whole stack.

A program holds many activations and runs one of them, whose index is an input that all slots share. So the others cost
nothing in a step, and their infinity or NaN reaches neither value nor slope.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ablate.core.errors import LevelError
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

SHARED = ("relu", "leaky_relu", "elu", "selu", "gelu", "tanh", "sigmoid", "softplus", "relu_clamped")
"""Kinds that every program holds. They are compiled in, so the list stays as it is: a kind that is added later, or by
another package, has programs of its own, and no trial gets other bits."""

RECTIFIERS = ("relu", "leaky_relu", "relu_clamped", "elu", "selu", "gelu", "softplus")
"""Kinds that are nearly linear for large inputs: to replace one by `relu` is no remedy."""


def choices(params: Json) -> Choices:
    """Return the kinds that share programs, or the only one; a level of another package is known by its JSON."""
    kind = params["kind"]
    if kind in SHARED:
        return {f"{ACTIVATION}.kind": SHARED}
    return {f"{ACTIVATION}.kind": (kind if kind in KINDS else canonical(params),)}


def function(choice: str) -> Callable[[Any], Any]:
    """Return the TensorFlow function of one of `choices`."""
    if choice in KINDS:
        return KINDS[choice].tensorflow or partial(_by_name, choice)
    return lambda x: _plugins.call(ACTIVATION, json.loads(choice), x)


def _by_name(kind: str, x: Any) -> Any:
    try:
        named = keras.activations.get(kind)
    except ValueError as error:
        raise LevelError(
            f"Keras has no activation with the name of the kind `{kind}`. Give the kind `tensorflow` and `keras` in "
            "`KINDS` of ablate/remedies/activation.py."
        ) from error
    return named(x)


def switched(x: Any) -> Any:
    """Return the stack's activation of `x`.

    The slope is computed from `x` again: a switch returns tensors of one form, whatever else its branches compute.
    """
    functions = [function(choice) for choice in scope.choices(f"{ACTIVATION}.kind")]
    if len(functions) == 1:
        return functions[0](x)
    index = scope.number(f"{ACTIVATION}.kind")

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def chosen(x: Any) -> Any:
        def slope(upstream: Any) -> Any:
            return tf.switch_case(index, [partial(_slope, function, x, upstream) for function in functions])

        return tf.switch_case(index, [partial(kind, x) for kind in functions]), slope

    return chosen(x)


def _slope(function: Callable[[Any], Any], x: Any, upstream: Any) -> Any:
    """Return the gradient at the input of an activation, given the gradient at its output."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = function(x)
    return tape.gradient(value, x, output_gradients=upstream)


def _baked(_: Json) -> Json:
    """Return a constant: every program has activations, and its choices say which."""
    return {"on": True}


def _common(params: Json) -> dict[str, int]:
    """Return the index of the kind among the choices of its program."""
    return {f"{ACTIVATION}.kind": SHARED.index(params["kind"]) if params["kind"] in SHARED else 0}


def _slot(params: Json, seed: int) -> dict[str, float]:
    """Return the parameters of the level, and the defaults of the other kinds of its program."""
    kinds = SHARED if params["kind"] in SHARED else tuple({params["kind"]} & set(KINDS))
    fields = [(name, default) for kind in kinds for name, (_, default) in KINDS[kind].parameters.items()]
    numbers = {name: params.get(name, default) for name, default in fields}
    if "slope" in numbers:
        numbers["slope"] = as_float32(numbers["slope"])  # an attribute of TensorFlow's `LeakyRelu`
    return {f"{ACTIVATION}.{name}": value for name, value in numbers.items()}


def _hidden(_: Json) -> list[Any]:
    """Make one layer that switches."""

    class Switch(keras.layers.Layer):
        """The activation of the stack that is being traced."""

        def call(self, x: Any) -> Any:
            return switched(x)

    return [Switch()]


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
REMEDY = Remedy(
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
    common=_common,
    hidden=_hidden,
    keras_hidden=_keras_hidden,
    order=20,
)

"""`activation`: the function of the hidden units, selected per slot inside one program.

Every branch gets a safe input where it is not chosen (zero, where all of these have a finite slope), and its result is
dropped by a select. So an infinity or NaN in a branch nobody chose reaches neither the value nor the derivative, and
a trial's bits do not depend on which other branches the program holds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ablate.core.study import Json, canonical
from ablate.remedies import _plugins
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._remedy import Choices, Kinds, Remedy, as_float32, fields

KINDS: Kinds = {
    "relu": {},
    "leaky_relu": {"slope": (float, 0.2)},
    "elu": {"alpha": (float, 1.0)},
    "selu": {},
    "gelu": {},
    "tanh": {},
    "sigmoid": {},
    "softplus": {},
    "relu_clamped": {"maximum": (float, 6.0)},
}
ORDER = (*KINDS, "own")
"""A kind's place here is its number in a slot; new kinds go last. `own` stands for the kinds of other packages:
functions (x) -> outputs, alone in their programs."""

FAMILIES = (("relu", "leaky_relu", "relu_clamped"), ("elu", "selu", "softplus"), ("tanh", "sigmoid", "gelu"), ("own",))
"""Which kinds a program selects among: cheap ones do not pay for dear ones. Part of every result's bits."""


def choices(params: Json) -> Choices:
    """The family of the kind; a function that is not ours is known to its program by the level's text."""
    family = next(family for family in FAMILIES if _kind(params) in family)
    found: dict[str, list[int | str]] = {"activation.kind": [ORDER.index(kind) for kind in family]}
    return {**found, "activation.own": [canonical(params)]} if _kind(params) == "own" else found


def broad_choices(params: Json) -> Choices:
    """Every function of this package; one that is not ours is alone in its program, as ever."""
    if _kind(params) == "own":
        return choices(params)
    return {"activation.kind": [ORDER.index(kind) for family in FAMILIES for kind in family if kind != "own"]}


def _kind(params: Json) -> str:
    return params["kind"] if params["kind"] in KINDS else "own"


def functions() -> dict[str, Callable[[Any], Any]]:
    """Keras' function of each kind; parameters are numbers of the slot."""
    import tensorflow as tf
    from keras import activations

    def elu(x: Any) -> Any:
        # Keras' `elu` wants a Python number; this is its definition with the slot's alpha.
        negative = scope.number("activation.alpha") * tf.math.expm1(tf.minimum(x, 0))
        return tf.where(x > 0, x, negative)

    return {
        "relu": activations.relu,
        "leaky_relu": lambda x: tf.where(x > 0, x, scope.number("activation.slope") * x),
        "elu": elu,
        "selu": activations.selu,
        "gelu": activations.gelu,
        "tanh": activations.tanh,
        "sigmoid": activations.sigmoid,
        "softplus": activations.softplus,
        "relu_clamped": lambda x: tf.minimum(tf.nn.relu(x), scope.number("activation.maximum")),
        "own": lambda x: _plugins.call("activation", json.loads(str(scope.choices("activation.own")[0])), x),
    }


def select(x: Any) -> Any:
    """The slot's activation of `x`, among the kinds the program holds."""
    import tensorflow as tf

    table, chosen, result = functions(), scope.number("activation.kind"), tf.zeros_like(x)
    for index in scope.choices("activation.kind"):
        here = tf.equal(chosen, index)
        result = tf.where(here, table[ORDER[int(index)]](tf.where(here, x, tf.zeros_like(x))), result)
    return result


def baked(params: Json) -> Json:
    """Every program has activations; which ones, its choices say."""
    return {"on": True}


def slot(params: Json, seed: int) -> dict[str, float]:
    """The kind's number, and every kind's parameter (a neutral one where it is not this trial's)."""
    own = params if _kind(params) != "own" else {}
    return {
        "activation.kind": ORDER.index(_kind(params)),
        "activation.slope": as_float32(own.get("slope", 0.2)),  # an attribute of TensorFlow's `LeakyRelu`
        "activation.alpha": own.get("alpha", 1.0),
        "activation.maximum": own.get("maximum", 6.0),
    }


def hidden(baked: Json) -> list[Any]:
    """One layer that selects."""
    import keras

    class Select(keras.layers.Layer):
        """The activation of the slot being traced."""

        def call(self, x: Any) -> Any:
            return select(x)

    return [Select()]


def keras_hidden(params: Json, layer: int, seed: int) -> list[Any]:
    """The layer a user would write."""
    import keras

    kind = params["kind"]
    if kind == "leaky_relu":
        return [keras.layers.LeakyReLU(negative_slope=params["slope"])]
    if kind == "elu":
        return [keras.layers.ELU(alpha=params["alpha"])]
    if kind == "relu_clamped":
        return [keras.layers.ReLU(max_value=params["maximum"])]
    if kind not in KINDS:
        return [keras.layers.Activation(lambda x: _plugins.call("activation", params, x))]
    return [keras.layers.Activation(kind)]


def as_numpy(params: Json) -> Callable[[Any], Any]:
    """The same function on NumPy arrays, for the null band's random networks; of this package's kinds only."""
    import numpy as np
    from scipy.special import erf, expit

    kind = params["kind"]
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    table: dict[str, Callable[[Any], Any]] = {
        "relu": lambda x: np.maximum(x, 0),
        "leaky_relu": lambda x: np.where(x > 0, x, params.get("slope", 0.2) * x),
        "elu": lambda x: np.where(x > 0, x, params.get("alpha", 1.0) * np.expm1(np.minimum(x, 0))),
        "selu": lambda x: scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        "gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2.0))),
        "tanh": np.tanh,
        "sigmoid": expit,
        "softplus": lambda x: np.logaddexp(x, 0),
        "relu_clamped": lambda x: np.clip(x, 0, params.get("maximum", 6.0)),
    }
    return table[kind]


_NARROW = Remedy(
    name="activation",
    neutral=None,
    stacks="choice",
    check=fields("activation", KINDS),
    baked=baked,
    choices=choices,
    slot=slot,
    hidden=hidden,
    keras_hidden=keras_hidden,
    order=20,
)
REMEDY = replace(_NARROW, broad=replace(_NARROW, choices=broad_choices))

"""`regularizer`: a penalty on the hidden kernels (L1, L2) or on the hidden outputs (activity, L2 over the batch)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._remedy import Kinds, Remedy, as_float32, fields
from ablate.remedies._tensor_sum import total

KINDS: Kinds = {
    "off": {},
    "l1": {"strength": (float, 1e-4)},
    "l2": {"strength": (float, 1e-3)},
    "activity": {"strength": (float, 1e-3)},
}


def baked(params: Json) -> Json:
    """The kind; the strength is a number of the slot."""
    return {} if params["kind"] == "off" else {"kind": params["kind"]}


def slot(params: Json, seed: int) -> dict[str, float]:
    """The strength, in float32: the regularizers cast their Python number so."""
    return {} if params["kind"] == "off" else {"regularizer.strength": as_float32(params["strength"])}


def broad_baked(params: Json) -> Json:
    """A broad program holds all penalties."""
    return {"kind": "any"}


def broad_slot(params: Json, seed: int) -> dict[str, float]:
    """A strength a penalty, zero but for the slot's own."""
    own = slot(params, seed).get("regularizer.strength", 0.0)
    return {f"regularizer.{kind}": own if kind == params["kind"] else 0.0 for kind in KINDS if kind != "off"}


def penalty(baked: Json, kernels: list[Any], hidden: list[Any]) -> Any:
    """The sum of Keras' `L1`, `L2` or `ActivityRegularization(l2)` penalties over the hidden layers."""
    import tensorflow as tf

    if baked["kind"] != "any":
        return _of(baked["kind"], scope.number("regularizer.strength"), kernels, hidden)
    terms = []
    for kind in (kind for kind in KINDS if kind != "off"):
        strength = scope.number(f"regularizer.{kind}")
        term = _of(kind, strength, kernels, hidden)
        # A sum that overflows is no matter to a slot that does not pay it: zero times infinity is NaN.
        terms.append(tf.where(strength > 0, term, tf.zeros_like(term)))
    return tf.add_n(terms)


def _of(kind: str, strength: Any, kernels: list[Any], hidden: list[Any]) -> Any:
    import tensorflow as tf

    if kind == "l1":
        return tf.add_n([strength * total(tf.abs(kernel)) for kernel in kernels])
    if kind == "l2":
        return tf.add_n([strength * total(tf.square(kernel)) for kernel in kernels])
    return tf.add_n([strength * total(tf.square(h)) / tf.cast(tf.shape(h)[0], h.dtype) for h in hidden])


def keras_dense(params: Json) -> dict[str, Any]:
    """The dense layer's argument, as a user writes it."""
    import keras

    if params["kind"] == "l1":
        return {"kernel_regularizer": keras.regularizers.L1(params["strength"])}
    if params["kind"] == "l2":
        return {"kernel_regularizer": keras.regularizers.L2(params["strength"])}
    return {}


def keras_hidden(params: Json, layer: int, seed: int) -> list[Any]:
    """Keras' layer that adds the activity penalty."""
    import keras

    return [keras.layers.ActivityRegularization(l2=params["strength"])] if params["kind"] == "activity" else []


_NARROW = Remedy(
    name="regularizer",
    neutral={"kind": "off"},
    stacks="value",
    check=fields("regularizer", KINDS),
    baked=baked,
    slot=slot,
    penalty=penalty,
    keras_dense=keras_dense,
    keras_hidden=keras_hidden,
    order=25,
)
REMEDY = replace(_NARROW, broad=replace(_NARROW, baked=broad_baked, slot=broad_slot))

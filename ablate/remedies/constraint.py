"""`constraint`: after each update, hidden kernels are rescaled to a largest column norm, or clamped value by value."""

from __future__ import annotations

from typing import Any

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._remedy import Kinds, Remedy, fields

KINDS: Kinds = {"off": {}, "max_norm": {"value": (float, 3.0)}, "clamp": {"value": (float, 1.0)}}


def baked(params: Json) -> Json:
    """The kind; the bound is a number of the slot."""
    return {} if params["kind"] == "off" else {"kind": params["kind"]}


def slot(params: Json, seed: int) -> dict[str, float]:
    """The bound."""
    return {} if params["kind"] == "off" else {"constraint.value": params["value"]}


def project(baked: Json, kernel: Any) -> Any:
    """A hidden kernel inside its bound: Keras' `MaxNorm(value, axis=0)`, or a clip to [-value, value]."""
    import keras
    import tensorflow as tf

    bound = scope.number("constraint.value")
    if baked["kind"] == "max_norm":
        rule = keras.constraints.MaxNorm(1.0, axis=0)
        rule.max_value = bound
        return rule(kernel)
    return tf.clip_by_value(kernel, -bound, bound)


def keras_dense(params: Json) -> dict[str, Any]:
    """The dense layer's argument, as a user writes it."""
    import keras

    if params["kind"] == "max_norm":
        return {"kernel_constraint": keras.constraints.MaxNorm(params["value"], axis=0)}
    if params["kind"] == "clamp":
        bound = params["value"]
        return {"kernel_constraint": lambda kernel: keras.ops.clip(kernel, -bound, bound)}
    return {}


REMEDY = Remedy(
    name="constraint",
    neutral={"kind": "off"},
    stacks="value",
    check=fields("constraint", KINDS),
    baked=baked,
    slot=slot,
    project=project,
    keras_dense=keras_dense,
)

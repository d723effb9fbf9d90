"""`clipping`: bounds on the gradient: each tensor's norm, the norm of all of them, or each value."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._remedy import Kinds, Remedy, fields

KINDS: Kinds = {
    "none": {},
    "norm": {"value": (float, 1.0)},
    "global_norm": {"value": (float, 1.0)},
    "value": {"value": (float, 0.5)},
}
ORDER = tuple(KINDS)
"""A kind's place here is its number in a slot of a broad program; new kinds go last."""

_ARGUMENT = {"norm": "clipnorm", "global_norm": "global_clipnorm", "value": "clipvalue"}


def baked(params: Json) -> Json:
    """The kind; the bound is a number of the slot."""
    return {} if params["kind"] == "none" else {"kind": params["kind"]}


def slot(params: Json, seed: int) -> dict[str, float]:
    """The bound."""
    return {} if params["kind"] == "none" else {"clipping.value": params["value"]}


def broad_baked(params: Json) -> Json:
    """A broad program holds all bounds."""
    return {"kind": "any"}


def broad_slot(params: Json, seed: int) -> dict[str, float]:
    """Which bound, and its value (a neutral one where there is none)."""
    return {"clipping.kind": ORDER.index(params["kind"]), "clipping.value": params.get("value", 1.0)}


def gradients(baked: Json, gradients: list[Any]) -> list[Any]:
    """The clipped gradients, by the very functions Keras' optimizers call, with the slot's bound."""
    import tensorflow as tf

    if baked["kind"] != "any":
        return _clipped(baked["kind"], gradients)
    chosen, found = scope.number("clipping.kind"), gradients
    for index, kind in enumerate(ORDER):
        if kind != "none":
            here = tf.equal(chosen, index)
            clipped = _clipped(kind, gradients)
            found = [tf.where(here, new, old) for new, old in zip(clipped, found, strict=True)]
    return found


def _clipped(kind: str, gradients: list[Any]) -> list[Any]:
    import tensorflow as tf
    from keras.src.optimizers import base_optimizer

    bound = scope.number("clipping.value")
    if kind == "norm":
        holder = SimpleNamespace(clipnorm=bound)  # stands for the optimizer, of which only the bound is read
        return [base_optimizer.BaseOptimizer._clip_by_norm(holder, gradient) for gradient in gradients]
    if kind == "global_norm":
        return list(base_optimizer.clip_by_global_norm(gradients, bound))
    return [tf.clip_by_value(gradient, -bound, bound) for gradient in gradients]


def keras_optimizer(params: Json) -> dict[str, float]:
    """The optimizer argument of that name."""
    return {} if params["kind"] == "none" else {_ARGUMENT[params["kind"]]: params["value"]}


_NARROW = Remedy(
    name="clipping",
    neutral={"kind": "none"},
    stacks="value",
    check=fields("clipping", KINDS),
    baked=baked,
    slot=slot,
    gradients=gradients,
    keras_optimizer=keras_optimizer,
)
REMEDY = replace(_NARROW, broad=replace(_NARROW, baked=broad_baked, slot=broad_slot))

"""`clipping`: a bound on the norm of each gradient tensor, on the norm of all tensors together, or on each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._lazy import keras, tf
from ablate.remedies._remedy import Lines, Remedy, fields, needed

CLIPPING = "clipping"


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One kind of clipping with its bound.

    Attributes:
        parameters: the bound as `value`, with its default.
        argument: the argument of a Keras optimizer that has this meaning.
        clip: (gradients, bound of the slot) -> clipped gradients, as that optimizer computes them.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    argument: str = needed("the argument of a Keras optimizer that has this meaning")
    clip: Callable[[list[Any], Any], list[Any]] = needed("a function (gradients, bound) -> clipped gradients")


def _norm(gradients: list[Any], bound: Any) -> list[Any]:
    holder = SimpleNamespace(clipnorm=bound)  # stands for the optimizer: Keras reads the bound alone
    clip = keras.src.optimizers.base_optimizer.BaseOptimizer._clip_by_norm
    return [clip(holder, gradient) for gradient in gradients]


KINDS: dict[str, Any] = {
    "none": {},
    "norm": Bound(parameters={"value": (float, 1.0)}, argument="clipnorm", clip=_norm),
    "global_norm": Bound(
        parameters={"value": (float, 1.0)},
        argument="global_clipnorm",
        clip=lambda gradients, bound: list(keras.src.optimizers.base_optimizer.clip_by_global_norm(gradients, bound)),
    ),
    "value": Bound(
        parameters={"value": (float, 0.5)},
        argument="clipvalue",
        clip=lambda gradients, bound: [tf.clip_by_value(gradient, -bound, bound) for gradient in gradients],
    ),
}

BROAD = ("none", "norm", "global_norm", "value")
"""Kinds that a broad program selects among; the index of a kind is its number in a slot. They decide the last bits of
results, so they stay as they are: a new kind gets programs of its own."""


def _baked(params: Json) -> Json:
    """Return the kind; the bound is a number of the slot."""
    return {} if params["kind"] == "none" else {"kind": params["kind"]}


def _slot(params: Json, seed: int) -> dict[str, float]:
    return {} if params["kind"] == "none" else {"clipping.value": params["value"]}


def _broad_baked(params: Json) -> Json:
    return {"kind": "any"} if params["kind"] in BROAD else _baked(params)


def _broad_slot(params: Json, seed: int) -> dict[str, float]:
    """Return the kind's number and its bound, 1 without one."""
    if params["kind"] not in BROAD:
        return _slot(params, seed)
    return {"clipping.kind": BROAD.index(params["kind"]), "clipping.value": params.get("value", 1.0)}


def _gradients(baked: Json, gradients: list[Any]) -> list[Any]:
    """Return the clipped gradients, by the functions that Keras's optimizers call, with the slot's bound."""
    bound = scope.number("clipping.value")
    if baked["kind"] != "any":
        clipped: list[Any] = KINDS[baked["kind"]].clip(gradients, bound)
        return clipped
    chosen, result = scope.number("clipping.kind"), gradients
    for index, kind in enumerate(BROAD):
        if kind != "none":
            here = tf.equal(chosen, index)
            clipped = KINDS[kind].clip(gradients, bound)
            result = [tf.where(here, new, old) for new, old in zip(clipped, result, strict=True)]
    return result


def _keras_optimizer(params: Json) -> dict[str, float]:
    return {} if params["kind"] == "none" else {KINDS[params["kind"]].argument: params["value"]}


def _lines(params: Json) -> Lines:
    return Lines(arguments={word: f"{value:g}" for word, value in _keras_optimizer(params).items()})


def _candidates(base: Mapping[str, Json]) -> tuple[str, ...]:
    return ("global_norm",) if base[CLIPPING]["kind"] == "none" else ()


def from_keras(config: Mapping[str, Json]) -> Json:
    """Return the parameters of the clipping that a Keras optimizer's config holds."""
    for kind, record in KINDS.items():
        if isinstance(record, Bound) and config.get(record.argument):
            return {"kind": kind, "value": config[record.argument]}
    return {"kind": "none"}


_NARROW = Remedy(
    name=CLIPPING,
    summary="a bound on the gradient",
    neutral={"kind": "none"},
    stacks="value",
    check=fields(CLIPPING, KINDS),
    kinds=KINDS,
    statement="optimizer",
    lines=_lines,
    candidates=_candidates,
    baked=_baked,
    slot=_slot,
    gradients=_gradients,
    keras_optimizer=_keras_optimizer,
)
REMEDY = replace(_NARROW, broad=replace(_NARROW, baked=_broad_baked, slot=_broad_slot))

"""`clipping`: a bound on the norm of each gradient tensor, on the norm of all tensors together, or on each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._lazy import tf
from ablate.remedies._remedy import Lines, Remedy, fields, needed
from ablate.remedies._tensor_sum import total

CLIPPING = "clipping"


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One kind of clipping with its bound.

    Attributes:
        parameters: the bound as `value`, with its default.
        argument: the argument of a Keras optimizer that has this meaning.
        clip: (gradient, square of its norm, square of the norm of all, bound) -> clipped gradient.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    argument: str = needed("the argument of a Keras optimizer that has this meaning")
    clip: Callable[[Any, Any, Any, Any], Any] = needed(
        "a function (gradient, square of its norm, square of the norm of all, bound) -> clipped gradient"
    )


def _by_all(gradient: Any, square: Any, every: Any, bound: Any) -> Any:
    """Scale as Keras does: a norm that is not finite makes the gradient NaN."""
    norm = tf.sqrt(every)
    return gradient * (bound * tf.minimum(1.0 / norm, 1.0 / bound) + (norm - norm))


KINDS: dict[str, Any] = {
    "none": {},
    "norm": Bound(
        parameters={"value": (float, 1.0)},
        argument="clipnorm",
        clip=lambda gradient, square, every, bound: gradient * (bound / tf.maximum(tf.sqrt(square), bound)),
    ),
    "global_norm": Bound(
        parameters={"value": (float, 1.0)},
        argument="global_clipnorm",
        clip=_by_all,
    ),
    "value": Bound(
        parameters={"value": (float, 0.5)},
        argument="clipvalue",
        clip=lambda gradient, square, every, bound: tf.clip_by_value(gradient, -bound, bound),
    ),
}

SHARED = ("none", "norm", "global_norm", "value")
"""Kinds that every program holds. They are compiled in, so the list stays as it is: a kind that is added later has
programs of its own."""


def _baked(params: Json) -> Json:
    """Return the kinds of the program, among which a slot selects; the bound is a number of the slot."""
    return {"kinds": [*SHARED] if params["kind"] in SHARED else [params["kind"]]}


def _slot(params: Json, seed: int) -> dict[str, float]:
    """Return the index of the kind among those of its program, and its bound, 1 without one."""
    index = _baked(params)["kinds"].index(params["kind"])
    return {f"{CLIPPING}.kind": index, f"{CLIPPING}.value": params.get("value", 1.0)}


def _gradients(baked: Json, gradients: list[Any]) -> list[Any]:
    """Return the clipped gradients, as Keras's optimizers compute them, with the slot's kind and bound.

    The squares are those of the step's own checks, so XLA computes them once.
    """
    chosen, bound = scope.number(f"{CLIPPING}.kind"), scope.number(f"{CLIPPING}.value")
    squares = [total(tf.square(gradient)) for gradient in gradients]
    every, result = tf.add_n(squares), list(gradients)
    for index, kind in enumerate(baked["kinds"]):
        if kind != "none":
            here, clip = tf.equal(chosen, index), KINDS[kind].clip
            clipped = [
                clip(gradient, square, every, bound) for gradient, square in zip(gradients, squares, strict=True)
            ]
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


REMEDY = Remedy(
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

"""`constraint`: after each update, hidden kernels are rescaled to a largest column norm, or clamped value by value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._lazy import keras, tf
from ablate.remedies._remedy import Lines, Remedy, fields, needed, no_candidates

CONSTRAINT = "constraint"


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One kind of constraint with its bound.

    Attributes:
        parameters: the bound as `value`, with its default.
        project: (kernel, bound of the slot) -> kernel within the bound.
        keras: bound -> `kernel_constraint` of a Keras layer.
        line: bound -> the same as source text.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    project: Callable[[Any, Any], Any] = needed("a function (kernel, bound) -> kernel within the bound")
    keras: Callable[[float], Any] = needed("a function (bound) -> `kernel_constraint` of a Keras layer")
    line: Callable[[float], str] = needed("a function (bound) -> `kernel_constraint` as source text")


def _max_norm(kernel: Any, bound: Any) -> Any:
    rule = keras.constraints.MaxNorm(1.0, axis=0)
    rule.max_value = bound
    return rule(kernel)


KINDS: dict[str, Any] = {
    "off": {},
    "max_norm": Bound(
        parameters={"value": (float, 3.0)},
        project=_max_norm,
        keras=lambda bound: keras.constraints.MaxNorm(bound, axis=0),
        line=lambda bound: f"keras.constraints.MaxNorm({bound:g})",
    ),
    "clamp": Bound(
        parameters={"value": (float, 1.0)},
        project=lambda kernel, bound: tf.clip_by_value(kernel, -bound, bound),
        keras=lambda bound: lambda kernel: keras.ops.clip(kernel, -bound, bound),
        line=lambda bound: f"lambda kernel: keras.ops.clip(kernel, -{bound:g}, {bound:g})",
    ),
}


def _baked(params: Json) -> Json:
    """Return the kind; the bound is a number of the slot."""
    return {} if params["kind"] == "off" else {"kind": params["kind"]}


def _slot(params: Json, seed: int) -> dict[str, float]:
    return {} if params["kind"] == "off" else {"constraint.value": params["value"]}


def _project(baked: Json, kernel: Any) -> Any:
    return KINDS[baked["kind"]].project(kernel, scope.number("constraint.value"))


def _keras_dense(params: Json) -> dict[str, Any]:
    return {} if params["kind"] == "off" else {"kernel_constraint": KINDS[params["kind"]].keras(params["value"])}


def _lines(params: Json) -> Lines:
    if params["kind"] == "off":
        return Lines()
    return Lines(dense={"kernel_constraint": KINDS[params["kind"]].line(params["value"])})


REMEDY = Remedy(
    name=CONSTRAINT,
    summary="a bound on the hidden kernels after each update",
    neutral={"kind": "off"},
    stacks="value",
    check=fields(CONSTRAINT, KINDS),
    kinds=KINDS,
    statement="layers",
    lines=_lines,
    candidates=no_candidates,
    baked=_baked,
    slot=_slot,
    project=_project,
    keras_dense=_keras_dense,
)

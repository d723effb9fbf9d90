"""`regularizer`: a penalty on the hidden kernels (L1, L2) or on the hidden outputs (activity, L2 over the batch)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json, Level
from ablate.remedies import _slot_numbers as scope
from ablate.remedies._keras_call import Call
from ablate.remedies._lazy import tf
from ablate.remedies._remedy import Lines, Remedy, as_float32, fields, needed
from ablate.remedies._tensor_sum import total

REGULARIZER = "regularizer"


@dataclass(frozen=True, kw_only=True)
class Penalty:
    """One kind of penalty with its strength.

    Attributes:
        parameters: the strength as `strength`, with its default.
        terms: (strength, kernels, hidden outputs) -> one scalar per hidden layer.
        keras: the penalty of a user: a regularizer of each hidden dense layer, or a layer after it.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    terms: Callable[[Any, list[Any], list[Any]], list[Any]] = needed(
        "a function (strength, kernels, hidden outputs) -> one scalar per hidden layer"
    )
    keras: Call = needed("a Keras regularizer, or a layer")

    @property
    def layer(self) -> bool:
        """Whether a user writes the penalty as a layer."""
        return self.keras.path.startswith("layers.")


KINDS: dict[str, Any] = {
    "off": {},
    "l1": Penalty(
        parameters={"strength": (float, 1e-4)},
        terms=lambda strength, kernels, hidden: [strength * total(tf.abs(kernel)) for kernel in kernels],
        keras=Call("regularizers.L1", {"l1": "strength"}),
    ),
    "l2": Penalty(
        parameters={"strength": (float, 1e-3)},
        terms=lambda strength, kernels, hidden: [strength * total(tf.square(kernel)) for kernel in kernels],
        keras=Call("regularizers.L2", {"l2": "strength"}),
    ),
    "activity": Penalty(
        parameters={"strength": (float, 1e-3)},
        terms=lambda strength, kernels, hidden: [
            strength * total(tf.square(h)) / tf.cast(tf.shape(h)[0], h.dtype) for h in hidden
        ],
        keras=Call("layers.ActivityRegularization", {"l2": "strength"}),
    ),
}

BROAD = ("l1", "l2", "activity")
"""Kinds that a broad program holds at once. They decide the last bits of results, so they stay as they are: a new kind
gets programs of its own."""


def _baked(params: Json) -> Json:
    """Return the kind; the strength is a number of the slot."""
    return {} if params["kind"] == "off" else {"kind": params["kind"]}


def _slot(params: Json, seed: int) -> dict[str, float]:
    """Return the strength in float32, to which Keras's regularizers cast their Python number."""
    return {} if params["kind"] == "off" else {"regularizer.strength": as_float32(params["strength"])}


def _broad_baked(params: Json) -> Json:
    return {"kind": "any"} if params["kind"] in ("off", *BROAD) else _baked(params)


def _broad_slot(params: Json, seed: int) -> dict[str, float]:
    """Return a strength for each penalty; all but the slot's are zero."""
    if params["kind"] not in ("off", *BROAD):
        return _slot(params, seed)
    strength = _slot(params, seed).get("regularizer.strength", 0.0)
    return {f"regularizer.{kind}": strength if kind == params["kind"] else 0.0 for kind in BROAD}


def penalty(baked: Json, kernels: list[Any], hidden: list[Any]) -> Any:
    """Return the sum of Keras's `L1`, `L2` or `ActivityRegularization(l2)` penalties over the hidden layers.

    Args:
        baked: the kind; `any` in a broad program.
        kernels: kernels of the hidden layers.
        hidden: their outputs, [rows, units].
    """
    if baked["kind"] != "any":
        return tf.add_n(KINDS[baked["kind"]].terms(scope.number("regularizer.strength"), kernels, hidden))
    terms = []
    for kind in BROAD:
        strength = scope.number(f"regularizer.{kind}")
        term = tf.add_n(KINDS[kind].terms(strength, kernels, hidden))
        # A slot without this penalty must not get its overflow: zero times infinity is NaN.
        terms.append(tf.where(strength > 0, term, tf.zeros_like(term)))
    return tf.add_n(terms)


def _record(params: Json) -> Penalty | None:
    return None if params["kind"] == "off" else KINDS[params["kind"]]


def _keras_dense(params: Json) -> dict[str, Any]:
    record = _record(params)
    return {"kernel_regularizer": record.keras.make(params)} if record and not record.layer else {}


def _keras_hidden(params: Json, layer: int, seed: int) -> list[Any]:
    record = _record(params)
    return [record.keras.make(params)] if record and record.layer else []


def _lines(params: Json) -> Lines:
    record = _record(params)
    if record is None:
        return Lines()
    line = record.keras.text(params)
    return Lines(hidden=(line,)) if record.layer else Lines(dense={"kernel_regularizer": line})


def _candidates(base: Mapping[str, Json]) -> tuple[str, ...]:
    return ("l2",) if base[REGULARIZER]["kind"] == "off" else ("off",)


def _argument(level: Level) -> Json:
    return None if level.name == "off" else level.name


def from_keras(written: Json) -> Json | None:
    """Return the parameters of the kind that computes what a serialized Keras regularizer does; None if none does.

    Args:
        written: {`class_name`, `config`}; None for no regularizer.
    """
    if written is None:
        return {"kind": "off"}
    strengths = {name: float(written["config"].get(name) or 0.0) for name in ("l1", "l2")}
    named = [name for name, strength in strengths.items() if strength]
    if written["class_name"] not in ("L1", "L2", "L1L2") or len(named) != 1:
        return None
    return {"kind": named[0], "strength": strengths[named[0]]}


_NARROW = Remedy(
    name=REGULARIZER,
    summary="a penalty on the hidden kernels or outputs",
    neutral={"kind": "off"},
    stacks="value",
    check=fields(REGULARIZER, KINDS),
    kinds=KINDS,
    statement="layers",
    lines=_lines,
    candidates=_candidates,
    argument=_argument,
    baked=_baked,
    slot=_slot,
    penalty=penalty,
    keras_dense=_keras_dense,
    keras_hidden=_keras_hidden,
    order=25,
)
REMEDY = replace(_NARROW, broad=replace(_NARROW, baked=_broad_baked, slot=_broad_slot))

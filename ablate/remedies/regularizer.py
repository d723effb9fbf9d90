"""`regularizer`: a penalty on the hidden kernels (L1, L2) or on the hidden outputs (activity, L2 over the batch)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
        term: x -> what each number of a kernel, or of a hidden output, adds to the penalty.
        keras: the penalty of a user: a regularizer of each hidden dense layer, or a layer after it.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    term: Callable[[Any], Any] = needed("a function x -> what each number of a kernel or hidden output adds")
    keras: Call = needed("a Keras regularizer, or a layer")

    @property
    def layer(self) -> bool:
        """Return whether a user writes the penalty as a layer: it is on hidden outputs, as a mean over rows."""
        return self.keras.path.startswith("layers.")


KINDS: dict[str, Any] = {
    "off": {},
    "l1": Penalty(
        parameters={"strength": (float, 1e-4)},
        term=lambda x: tf.abs(x),
        keras=Call("regularizers.L1", {"l1": "strength"}),
    ),
    "l2": Penalty(
        parameters={"strength": (float, 1e-3)},
        term=lambda x: tf.square(x),
        keras=Call("regularizers.L2", {"l2": "strength"}),
    ),
    "activity": Penalty(
        parameters={"strength": (float, 1e-3)},
        term=lambda x: tf.square(x),
        keras=Call("layers.ActivityRegularization", {"l2": "strength"}),
    ),
}

SHARED = ("l1", "l2", "activity")
"""Kinds that share programs. They are compiled in, so the list stays as it is: a kind that is added later has programs
of its own. So has `off`: with penalties a step takes a quarter longer, compiling a third (docs/engine.md)."""


def _kinds(params: Json) -> tuple[str, ...]:
    """Return the penalties that the level's program holds."""
    if params["kind"] == "off":
        return ()
    return SHARED if params["kind"] in SHARED else (params["kind"],)


def _baked(params: Json) -> Json:
    """Return the penalties of the program; the strength of each is a number of the slot."""
    return {"kinds": list(kinds)} if (kinds := _kinds(params)) else {}


def _slot(params: Json, seed: int) -> dict[str, float]:
    """Return a strength for each penalty, in float32 as in Keras's regularizers; all but the slot's are zero."""
    strengths = {kind: as_float32(params["strength"]) for kind in _kinds(params) if kind == params["kind"]}
    return {f"{REGULARIZER}.{kind}": strengths.get(kind, 0.0) for kind in _kinds(params)}


def penalty(baked: Json, kernels: list[Any], hidden: list[Any]) -> Any:
    """Return the sum of Keras's `L1`, `L2` or `ActivityRegularization(l2)` penalties over the hidden layers.

    Args:
        baked: the kinds that the program holds.
        kernels: kernels of the hidden layers.
        hidden: their outputs, [rows, units].
    """
    on_outputs = [kind for kind in baked["kinds"] if KINDS[kind].layer]
    on_kernels = [kind for kind in baked["kinds"] if not KINDS[kind].layer]
    terms = [total(_added(on_kernels, kernel)) for kernel in kernels if on_kernels]
    terms += [total(_added(on_outputs, x)) / tf.cast(tf.shape(x)[0], x.dtype) for x in hidden if on_outputs]
    return tf.add_n(terms)


def _added(kinds: list[str], x: Any) -> Any:
    """Return what each number adds to the penalty, by the slot's strength of each kind."""
    parts = []
    for kind in kinds:
        strength = scope.number(f"{REGULARIZER}.{kind}")
        # A slot without this penalty must not get its overflow: zero times infinity is NaN.
        parts.append(strength * tf.where(strength > 0, KINDS[kind].term(x), tf.zeros_like(x)))
    return tf.add_n(parts)


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


REMEDY = Remedy(
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

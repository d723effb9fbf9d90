"""`fault`: a bug planted on purpose, so that "check for bugs" is a level like the others.

NaN in one input row, the logarithm of probabilities that are cut to zero, labels in another order than inputs, labels
one class too high, a loss with the wrong sign. The validation rows stay clean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ablate.core.parameters import Field
from ablate.core.study import Json
from ablate.remedies import loss
from ablate.remedies._lazy import keras, np
from ablate.remedies._remedy import Choices, Remedy, fields, no_candidates, no_lines
from ablate.remedies.loss import KerasLoss

FAULT = "fault"
FAULTS = 3
"""The number of the random stream of planted faults; initial weights have 1, the order of rows has 2."""

Rows = tuple[Any, Any]
"""Inputs and labels of the training rows."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One kind of fault; a field that is left out changes nothing.

    Attributes:
        parameters: parameters, by name, with their defaults.
        data: (inputs, labels, classes, seed) -> inputs and labels with the fault; the arrays given stay as they are.
        slot: parameters -> numbers of the slot that replace those of `loss`.
        keras_loss: (parameters, (layers after the logits, loss)) -> the pair with the fault, as a user writes it.
    """

    parameters: Mapping[str, Field] = field(default_factory=dict)
    data: Callable[[Any, Any, int, int], Rows] = lambda inputs, labels, classes, seed: (inputs, labels)
    slot: Callable[[Json], dict[str, float]] = lambda _: {}
    keras_loss: Callable[[Json, KerasLoss], KerasLoss] = lambda params, before: before


def _nan_row(inputs: Any, labels: Any, classes: int, seed: int) -> Rows:
    inputs = inputs.copy()
    inputs[0, 0] = np.nan
    return inputs, labels


def _shuffled(inputs: Any, labels: Any, classes: int, seed: int) -> Rows:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, FAULTS])))
    return inputs, rng.permutation(labels)


def _off_by_one(inputs: Any, labels: Any, classes: int, seed: int) -> Rows:
    return inputs, (labels + 1) % classes


def _log_zero(params: Json) -> dict[str, float]:
    return {"loss.kind": loss.SHARED.index(loss.LOG_ZERO), "loss.floor": params["floor"]}


def _keras_log_zero(params: Json, before: KerasLoss) -> KerasLoss:
    def cut(truth: Any, p: Any) -> Any:
        kept = keras.ops.where(p < params["floor"], keras.ops.zeros_like(p), p)
        return keras.ops.mean(-keras.ops.log(keras.ops.sum(truth * kept, -1)))

    return [keras.layers.Softmax()], cut


def _keras_sign_flipped(params: Json, before: KerasLoss) -> KerasLoss:
    layers, written = before
    right = keras.losses.get(written)
    return layers, lambda truth, output: -right(truth, output)


KINDS: dict[str, Fault] = {
    "none": Fault(),
    "nan_row": Fault(data=_nan_row),
    "log_zero": Fault(parameters={"floor": (float, 1e-3)}, slot=_log_zero, keras_loss=_keras_log_zero),
    "labels_shuffled": Fault(data=_shuffled),
    "labels_off_by_one": Fault(data=_off_by_one),
    "sign_flipped": Fault(slot=lambda _: {"loss.sign": -1.0}, keras_loss=_keras_sign_flipped),
}


def _data(params: Json, inputs: Any, labels: Any, classes: int, seed: int) -> Rows:
    return KINDS[params["kind"]].data(inputs, labels, classes, seed)


def _choices(params: Json) -> Choices:
    """Return the formulations among which the planted one is, in place of those of the trial's loss."""
    return {"loss.kind": loss.SHARED} if params["kind"] == loss.LOG_ZERO else {}


def _slot(params: Json, seed: int) -> dict[str, float]:
    return KINDS[params["kind"]].slot(params)


def _keras_loss(params: Json, before: KerasLoss) -> KerasLoss:
    return KINDS[params["kind"]].keras_loss(params, before)


REMEDY = Remedy(
    name=FAULT,
    summary="a bug planted on purpose",
    neutral={"kind": "none"},
    stacks="data",
    check=fields(FAULT, KINDS),
    kinds=KINDS,
    statement="none",
    lines=no_lines,
    candidates=no_candidates,
    problem=True,
    choices=_choices,
    slot=_slot,
    data=_data,
    keras_loss=_keras_loss,
    order=60,
)

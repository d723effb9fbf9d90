"""`fault`: a bug planted on purpose, so that "check for bugs" is a level like the others.

NaN in one input row, the logarithm of zero, labels shuffled, labels off by one, the loss's sign flipped. The probe
stays clean whatever the fault does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ablate.core.study import Json
from ablate.remedies import loss
from ablate.remedies._remedy import Choices, Kinds, Remedy, fields

if TYPE_CHECKING:
    import numpy as np

KINDS: Kinds = {
    "none": {},
    "nan_row": {},
    "log_zero": {"floor": (float, 1e-3)},
    "labels_shuffled": {},
    "labels_off_by_one": {},
    "sign_flipped": {},
}
FAULTS = 3
"""The stream of planted faults, next to those of weights and order."""


def data(
    params: Json, inputs: np.ndarray, labels: np.ndarray, classes: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels of the training rows with the fault in them; the arrays given are left as they are."""
    import numpy as np

    if params["kind"] == "nan_row":
        inputs = inputs.copy()
        inputs[0, 0] = np.nan
    elif params["kind"] == "labels_shuffled":
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, FAULTS])))
        labels = rng.permutation(labels)
    elif params["kind"] == "labels_off_by_one":
        labels = (labels + 1) % classes
    return inputs, labels


def choices(params: Json) -> Choices:
    """The planted formulation's family in place of the trial's own."""
    return loss.family_of("log_zero") if params["kind"] == "log_zero" else {}


def broad_choices(params: Json) -> Choices:
    """The planted formulation is one of those that a broad program holds; a user's own is alone in its program."""
    return loss.broad_choices({"kind": "fused"}) if params["kind"] == "log_zero" else {}


def slot(params: Json, seed: int) -> dict[str, float]:
    """The loss's sign, or the planted formulation in place of the trial's own."""
    if params["kind"] == "sign_flipped":
        return {"loss.sign": -1.0}
    if params["kind"] == "log_zero":
        return {"loss.kind": loss.ORDER.index("log_zero"), "loss.floor": params["floor"]}
    return {}


def keras_loss(params: Json, before: tuple[list[Any], Any]) -> tuple[list[Any], Any]:
    """The bug as a user writes it: another sign, or a logarithm of probabilities cut to zero."""
    import keras

    layers, written = before
    if params["kind"] == "sign_flipped":
        right = keras.losses.get(written)
        return layers, lambda truth, output: -right(truth, output)
    if params["kind"] == "log_zero":

        def cut(truth: Any, p: Any) -> Any:
            kept = keras.ops.where(p < params["floor"], keras.ops.zeros_like(p), p)
            return keras.ops.mean(-keras.ops.log(keras.ops.sum(truth * kept, -1)))

        return [keras.layers.Softmax()], cut
    return before


_NARROW = Remedy(
    name="fault",
    neutral={"kind": "none"},
    stacks="data",
    check=fields("fault", KINDS),
    choices=choices,
    slot=slot,
    data=data,
    keras_loss=keras_loss,
    order=60,
)
REMEDY = replace(_NARROW, broad=replace(_NARROW, choices=broad_choices))

"""`fault`: a bug planted on purpose, so that "check for bugs" is a level like the others.

NaN in one input row, the logarithm of zero, labels shuffled, labels off by one, the loss's sign flipped. The probe
stays clean whatever the fault does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablate.remedies import loss
from ablate.remedies._remedy import Remedy, fields
from ablate.study import Json

if TYPE_CHECKING:
    import numpy as np

KINDS = {
    "none": {},
    "nan_row": {},
    "log_zero": {"floor": (float, 1e-3)},
    "labels_shuffled": {},
    "labels_off_by_one": {},
    "sign_flipped": {},
}
FAULTS = 3
"""The stream of planted faults, next to those of weights and order."""


def data(params: Json, inputs: np.ndarray, labels: np.ndarray, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels of the training rows with the fault in them; the arrays given are left as they are."""
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, FAULTS])))
    if params["kind"] == "nan_row":
        inputs = inputs.copy()
        inputs[0, 0] = np.nan
    elif params["kind"] == "labels_shuffled":
        labels = rng.permutation(labels)
    elif params["kind"] == "labels_off_by_one":
        labels = (labels + 1) % classes
    return inputs, labels


def slot(params: Json, seed: int) -> dict[str, float]:
    """The loss's sign, or the planted formulation in place of the trial's own."""
    if params["kind"] == "sign_flipped":
        return {"loss.sign": -1.0}
    if params["kind"] == "log_zero":
        return {"loss.kind": loss.ORDER.index("log_zero"), "fault.floor": params["floor"]}
    return {}


REMEDY = Remedy(
    name="fault",
    neutral={"kind": "none"},
    stacks="data",
    check=fields("fault", KINDS),
    slot=slot,
    data=data,
    order=60,
)

"""`input_scale`: standardized features, raw ones in 0-1, the same times 255, or the numbers as they are.

Statistics are of the training rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablate.core.study import Json
from ablate.remedies import _plugins
from ablate.remedies._remedy import Kinds, Remedy, fields

if TYPE_CHECKING:
    import numpy as np

KINDS: Kinds = {"standardized": {}, "raw": {}, "x255": {}, "as_is": {}}


def scale(params: Json, inputs: np.ndarray, train_rows: np.ndarray) -> np.ndarray:
    """The inputs on that scale, float32 [rows, features].

    `standardized`: each feature less its mean, over its standard deviation (1 for a constant feature). `raw`: the
    whole array's range mapped to 0-1. `x255`: raw times 255. `as_is`: what the task holds. Rows that are not finite do
    not enter the statistics.
    """
    import numpy as np

    if params["kind"] not in KINDS:  # another package's: a function (inputs, train_rows) -> inputs
        return np.asarray(_plugins.call("input_scale", params, inputs, train_rows), np.float32)
    if params["kind"] == "as_is":
        return np.asarray(inputs, np.float32)
    train = inputs[train_rows].astype(np.float64)
    if params["kind"] == "standardized":
        deviation = np.nanstd(train, axis=0)
        scaled = (inputs - np.nanmean(train, axis=0)) / np.where(deviation > 1e-9, deviation, 1.0)
        return np.asarray(scaled, np.float32)
    low, high = np.nanmin(train), np.nanmax(train)
    raw = (inputs - low) / (high - low if high > low else 1.0)
    return np.asarray(raw * (255.0 if params["kind"] == "x255" else 1.0), np.float32)


REMEDY = Remedy(
    name="input_scale",
    neutral={"kind": "standardized"},
    stacks="data",
    check=fields("input_scale", KINDS),
)

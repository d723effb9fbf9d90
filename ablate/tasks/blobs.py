"""`blobs`: several Gaussian clusters per class, so that a random network rarely gets a whole class right."""

from __future__ import annotations

import numpy as np

from ablate.core.study import Json
from ablate.tasks._random import generator, normal, on_grid
from ablate.tasks._task import Examples

STREAM = 101
"""Keeps the random numbers of the kinds of tasks apart."""


def make(params: Json) -> Examples:
    """Make equally many rows per cluster, normal with deviation `spread` around centres that are standard normal."""
    rng, row = generator(STREAM), np.arange(params["rows"])
    centres = normal(rng, params["clusters"], params["classes"], params["features"])
    labels = row % params["classes"]
    cluster = row // params["classes"] % params["clusters"]
    inputs = centres[cluster, labels] + params["spread"] * normal(rng, params["rows"], params["features"])
    names = tuple(str(label) for label in range(params["classes"]))
    return Examples(inputs=on_grid(inputs), labels=labels.astype(np.int32), class_names=names)

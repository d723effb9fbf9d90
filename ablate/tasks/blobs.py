"""`blobs`: Gaussian clusters, several a class, so that no class is one place that a random network can hit whole."""

from __future__ import annotations

import numpy as np

from ablate.core.study import Json
from ablate.tasks._random import generator, normal, on_grid
from ablate.tasks._task import Examples

STREAM = 101


def make(params: Json) -> Examples:
    """Equally many rows a cluster; centres standard normal, rows around them with deviation `spread`."""
    rng, row = generator(STREAM), np.arange(params["rows"])
    centres = normal(rng, params["clusters"], params["classes"], params["features"])
    labels = row % params["classes"]
    cluster = row // params["classes"] % params["clusters"]
    inputs = centres[cluster, labels] + params["spread"] * normal(rng, params["rows"], params["features"])
    names = tuple(str(label) for label in range(params["classes"]))
    return Examples(inputs=on_grid(inputs), labels=labels.astype(np.int32), class_names=names)

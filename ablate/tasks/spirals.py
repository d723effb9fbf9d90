"""`spirals`: in two dimensions, one spiral arm per class, wound around each other."""

from __future__ import annotations

import numpy as np

from ablate.core.study import Json
from ablate.tasks._random import generator, normal, on_grid
from ablate.tasks._task import Examples

STREAM = 102
INNER = 0.1
"""Radius at which the arms begin; at 0 they would be one point."""


def make(params: Json) -> Examples:
    """Make rows along each arm: the radius goes from 0.1 to 1 in `turns` turns, with noise in both directions."""
    rng, rows, classes = generator(STREAM), params["rows"], params["classes"]
    labels = np.arange(rows) % classes
    along = rng.random(rows)
    angle = 2.0 * np.pi * (params["turns"] * along + labels / classes)
    radius = INNER + (1.0 - INNER) * along
    inputs = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inputs += params["noise"] * normal(rng, rows, 2)
    names = tuple(str(label) for label in range(classes))
    return Examples(inputs=on_grid(inputs), labels=labels.astype(np.int32), class_names=names)

"""`checkerboard`: XOR on a board of many cells, in two dimensions; neighbouring cells always differ in class."""

from __future__ import annotations

import numpy as np

from ablate.core.errors import ConfigError
from ablate.core.study import Json
from ablate.tasks._random import generator, on_grid
from ablate.tasks._task import Examples

STREAM = 103


def make(params: Json) -> Examples:
    """Spread rows evenly over a board from -1 to 1; the cell in row i and column j has class (i + j) mod classes.

    Raises:
        ConfigError: there are more classes than cells per side.
    """
    rng, rows, classes, cells = generator(STREAM), params["rows"], params["classes"], params["cells"]
    if classes > cells:
        raise ConfigError(f"`task.cells` must be at least `task.classes`. Received: cells={cells}, classes={classes}.")
    side = np.arange(cells)
    of_cell = ((side[:, None] + side) % classes).ravel()
    labels, visit = np.arange(rows) % classes, np.arange(rows) // classes
    cell = np.empty(rows, np.int64)
    for label in range(classes):
        cells_of_label, rows_of_label = np.flatnonzero(of_cell == label), labels == label
        cell[rows_of_label] = cells_of_label[visit[rows_of_label] % len(cells_of_label)]
    corner = np.stack([cell // cells, cell % cells], axis=1)
    inputs = 2.0 * (corner + rng.random((rows, 2))) / cells - 1.0
    names = tuple(str(label) for label in range(classes))
    return Examples(inputs=on_grid(inputs), labels=labels.astype(np.int32), class_names=names)

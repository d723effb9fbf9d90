"""The arrays that a trial trains on and is looked at with, as NumPy on the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ablate import tasks
from ablate.core.study import Json, Setting, canonical
from ablate.remedies import initializer, input_scale, registry


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Training rows and probe, float inputs and int32 labels; the probe is clean whatever the fault."""

    inputs: np.ndarray
    labels: np.ndarray
    probe: np.ndarray
    truth: np.ndarray
    classes: int


def rows(setting: Setting, seed: int, dtype: str) -> Rows:
    """The rows of one trial: scaled, and with the planted fault in the training part."""
    params = setting.params()
    clean = _clean(canonical(params["task"]), canonical(params["input_scale"]))
    inputs, labels = clean.inputs, clean.labels
    for name, remedy in registry().items():
        if remedy.data is not None:
            inputs, labels = remedy.data(params[name], inputs, labels, clean.classes, seed)
    return replace(
        clean,
        inputs=np.asarray(inputs, dtype),
        labels=np.asarray(labels, np.int32),
        probe=np.asarray(clean.probe, dtype),
    )


@lru_cache(maxsize=8)
def _clean(task: str, scale: str) -> Rows:
    """The rows that all trials of a task share, scaled and without a fault; nobody may write into them."""
    import json

    found = tasks.load(json.loads(task))
    scaled = input_scale.scale(json.loads(scale), found.inputs, found.train_rows)
    labels = found.labels.astype(np.int32)
    arrays = (scaled[found.train_rows], labels[found.train_rows], scaled[found.probe_rows], labels[found.probe_rows])
    for array in arrays:
        array.flags.writeable = False
    inputs, own, probe, truth = arrays
    return Rows(inputs=inputs, labels=own, probe=probe, truth=truth, classes=found.classes)


@lru_cache(maxsize=256)
def order(seed: int, count: int, batch_size: int, steps: int) -> np.ndarray:
    """Which training rows each step sees, int32 [steps, batch]: a function of the seed alone."""
    return tasks.order(seed, count, batch_size, steps)


def dense_weights(params: Json, shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, np.ndarray]:
    """Initial kernels and biases of the dense layers by name, float64; the output layer's draws know no depth.

    Args:
        params: the initializer's parameters.
        shapes: shape by name, of every trainable variable; names of other layers are left out.
        seed: the trial's seed.
    """
    found: dict[str, np.ndarray] = {}
    for name, shape in shapes.items():
        layer, kind = name.split("/")
        if not (layer == "output" or layer.startswith("dense_")):
            continue
        if kind == "kernel" and len(shape) == 2:
            place = -1 if layer == "output" else int(layer.removeprefix("dense_")) - 1
            found[name] = initializer.draw(params, seed=seed, layer=place, fan_in=shape[0], fan_out=shape[1])
        elif kind == "bias":
            found[name] = np.zeros(shape)
    return found

"""The NumPy arrays that a trial is trained and evaluated on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ablate import tasks
from ablate.core.study import TASK, Json, Setting, canonical
from ablate.remedies import initializer, input_scale, registry
from ablate.remedies.input_scale import INPUT_SCALE


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """The rows of one trial. A planted fault changes the training rows only.

    Attributes:
        inputs: the training rows, float [rows, features].
        labels: their classes, int32 [rows].
        probe: the validation rows, float [validation rows, features].
        probe_labels: their classes, int32 [validation rows].
        classes: number of classes.
    """

    inputs: np.ndarray
    labels: np.ndarray
    probe: np.ndarray
    probe_labels: np.ndarray
    classes: int


def rows(setting: Setting, seed: int, dtype: str) -> Rows:
    """Return the rows of one trial, scaled; if the setting plants a fault, the training rows have it.

    Args:
        setting: the trial's setting.
        seed: the trial's seed.
        dtype: float type of the inputs.
    """
    params = setting.params()
    clean = _clean(canonical(params[TASK]), canonical(params[INPUT_SCALE]))
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
    """Return the scaled rows without a planted fault. They are read-only, because all trials of a task share them."""
    loaded = tasks.load(json.loads(task))
    scaled = input_scale.scale(json.loads(scale), loaded.inputs, loaded.train_rows)
    all_labels = loaded.labels.astype(np.int32)
    inputs, probe = scaled[loaded.train_rows], scaled[loaded.probe_rows]
    labels, probe_labels = all_labels[loaded.train_rows], all_labels[loaded.probe_rows]
    for array in (inputs, labels, probe, probe_labels):
        array.flags.writeable = False
    return Rows(inputs=inputs, labels=labels, probe=probe, probe_labels=probe_labels, classes=loaded.classes)


def dense_weights(params: Json, shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, np.ndarray]:
    """Draw the initial kernels of the dense layers; biases are 0. Return float64 arrays by the name of the variable.

    The output layer gets the same numbers at every depth.

    Args:
        params: parameters of a level of `initializer`.
        shapes: shape of every trainable variable, by name; variables of other layers are left out of the result.
        seed: the trial's seed.
    """
    weights: dict[str, np.ndarray] = {}
    for name, shape in shapes.items():
        layer, kind = name.split("/")
        if not (layer == "output" or layer.startswith("dense_")):
            continue
        if kind == "kernel" and len(shape) == 2:
            index = -1 if layer == "output" else int(layer.removeprefix("dense_")) - 1
            weights[name] = initializer.draw(params, seed=seed, layer=index, fan_in=shape[0], fan_out=shape[1])
        elif kind == "bias":
            weights[name] = np.zeros(shape)
    return weights

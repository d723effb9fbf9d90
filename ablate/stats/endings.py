"""How a trial looked when it ended: its fingerprint, and its signals over the last looks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.outcomes.curves import Curves
from ablate.stats import causes

SIGNALS = (
    "loss",
    "train_loss",
    "logit_mean",
    "logit_gap",
    "zero_gradient_share",
    "gradient_norm",
    "weight_norm",
    "update_ratio",
    "top_share",
    "prediction_entropy",
)
DEAD = "dead_share"
"""Of the hidden layer that has most: computed from `dead_share_1`, `dead_share_2`, ..."""

DIGITS = 4
"""Significant digits that are kept: what a table of thousands of trials needs, and no more bytes."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """The end of a trial.

    Attributes:
        fingerprint: one of `ablate.stats.causes.FINGERPRINTS`, by the same rules if the trial escaped.
        classes: of its task.
        signals: each of SIGNALS and DEAD, the mean over the last three looks; NaN where the trial has none.
    """

    fingerprint: str
    classes: int
    signals: Mapping[str, float]


def read(curves: Curves, classes: int) -> Ending:
    """The end of a trial, from its curves; see `Ending`."""
    found = {name: _last(curves.signals.get(name)) for name in SIGNALS}
    layers = [values for name, values in curves.signals.items() if name.startswith(f"{DEAD}_")]
    found[DEAD] = max((_last(layer) for layer in layers), default=math.nan)
    return Ending(fingerprint=causes.recognise(curves, classes), classes=classes, signals=found)


def _last(values: np.ndarray | None) -> float:
    """The mean over the last looks, rounded; infinite or NaN if one of them is."""
    if values is None or not len(values):
        return math.nan
    with np.errstate(invalid="ignore", over="ignore"):
        mean = float(np.mean(np.asarray(values[-causes.LAST :], np.float64)))
    return float(f"{mean:.{DIGITS}g}")


def table(curves: Iterable[Curves], classes: int) -> pd.DataFrame:
    """One row a trial: `id`, `fingerprint`, `classes`, and a column for each signal."""
    rows = [(each.id, read(each, classes)) for each in curves]
    return pd.DataFrame(
        {
            "id": [name for name, _ in rows],
            "fingerprint": [ending.fingerprint for _, ending in rows],
            "classes": [ending.classes for _, ending in rows],
            **{name: np.array([e.signals[name] for _, e in rows], np.float32) for name in (*SIGNALS, DEAD)},
        }
    )

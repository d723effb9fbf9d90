"""Summarize how a trial ended: its fingerprint (the cause before the size of updates is used), and its last signals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.outcomes.curves import PROBE_LOSS, Curves
from ablate.stats import causes

SIGNALS = (
    PROBE_LOSS,
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
"""The largest of `dead_share_1`, `dead_share_2`, ..., one per hidden layer."""

DIGITS = 4
"""Significant digits that are kept, so that the file of thousands of trials stays small."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """A summary of how a trial ended.

    Attributes:
        fingerprint: one of `ablate.stats.causes.FINGERPRINTS`; the rules are also applied to trials that escaped.
        classes: number of classes of the trial's task.
        signals: each of SIGNALS and DEAD, the mean over the last three evaluations; NaN if the trial has none.
    """

    fingerprint: str
    classes: int
    signals: Mapping[str, float]


def ending(curves: Curves, classes: int) -> Ending:
    """Summarize how a trial ended.

    Args:
        curves: the trial's signals.
        classes: number of classes of its task.
    """
    signals = {name: _last(curves.signals.get(name)) for name in SIGNALS}
    layers = [values for name, values in curves.signals.items() if name.startswith(f"{DEAD}_")]
    signals[DEAD] = max((_last(layer) for layer in layers), default=math.nan)
    return Ending(fingerprint=causes.recognise(curves, classes), classes=classes, signals=signals)


def _last(values: np.ndarray | None) -> float:
    """Return the rounded mean over the last evaluations; infinite or NaN if one of the values is."""
    if values is None or not len(values):
        return math.nan
    with np.errstate(invalid="ignore", over="ignore"):
        mean = float(np.mean(np.asarray(values[-causes.LAST :], np.float64)))
    return float(f"{mean:.{DIGITS}g}")


def table(curves: Iterable[Curves], classes: int) -> pd.DataFrame:
    """Return one row a trial: `id`, `fingerprint`, `classes`, and a column for each signal.

    Args:
        curves: the trials' signals.
        classes: number of classes of their task.
    """
    rows = {trial.id: ending(trial, classes) for trial in curves}
    return pd.DataFrame(
        {
            "id": list(rows),
            "fingerprint": [row.fingerprint for row in rows.values()],
            "classes": [row.classes for row in rows.values()],
            **{name: np.array([row.signals[name] for row in rows.values()], np.float32) for name in (*SIGNALS, DEAD)},
        }
    )

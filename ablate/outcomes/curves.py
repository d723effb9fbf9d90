"""The record of one trained trial: its signals at each evaluation, and what broke it if something did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablate.core.study import Json

if TYPE_CHECKING:
    import numpy as np

PROBE_LOSS = "loss"
"""The signal of the loss on the validation rows. The factor `loss` has the same name."""

SIGNALS = (
    "step",
    PROBE_LOSS,
    "correct",
    "accuracy",
    "train_loss",
    "train_accuracy",
    "top_share",
    "prediction_entropy",
    "logit_mean",
    "logit_gap",
    "zero_gradient_share",
    "gradient_norm",
    "weight_norm",
    "update_ratio",
    "finite",
)
"""Signals with one value per evaluation. `LAYER_SIGNALS` follow, one per hidden layer: `dead_share_1`, `dead_share_2`.

Trials that start from trained weights also have `start_step`, `start_loss` and `start_correct`: the evaluations of the
first phase, which has another number of evaluations.
"""


LAYER_SIGNALS = ("dead_share", "unit_spread")
"""`dead_share`: share of units that are 0 on every validation row. `unit_spread`: largest difference between two units
of the layer on any row; 0 if all are copies of one unit."""


@dataclass(frozen=True, kw_only=True)
class Curves:
    """The record of one trained trial.

    Attributes:
        id: the trial's id.
        signals: float32 [evaluations + 1] by name; empty if the trial failed before its first evaluation.
        bad_step: first step after which a tensor was not finite, counted from 1; -1 if none.
        bad_tensor: that tensor: `loss`, `gradient NAME` or `weight NAME`; empty if none.
        message: why the trial failed; empty if it did not.
        wall_seconds: this trial's share of its stack's time.
        signature: slots, program, instruction set and versions: what the bits depend on besides the trial's content.
    """

    id: str
    signals: Mapping[str, np.ndarray]
    bad_step: int = -1
    bad_tensor: str = ""
    message: str = ""
    wall_seconds: float = 0.0
    signature: Mapping[str, Json] = field(default_factory=dict)

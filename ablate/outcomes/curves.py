"""The record of one trained trial: what was seen at each look, and how it broke if it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablate.core.study import Json

if TYPE_CHECKING:
    import numpy as np

SIGNALS = (
    "step",
    "loss",
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
"""One value per look each; those of `LAYER_SIGNALS` follow, one per hidden layer: `dead_share_1`, `dead_share_2`, ...

Trials that start from trained weights also have `start_step`, `start_loss` and `start_correct`: the looks of the first
phase (their number differs from that of the other signals).
"""


LAYER_SIGNALS = ("dead_share", "unit_spread")
"""Share of units silent on the whole probe; largest difference between two units on any row (0: copies of one unit)."""


@dataclass(frozen=True, kw_only=True)
class Curves:
    """What one trial left behind.

    Attributes:
        id: the trial's id.
        signals: per signal name, float32 [looks + 1]; empty if the trial failed before its first look.
        bad_step: first step (1 = the first) after which a tensor was not finite; -1 if none.
        bad_tensor: that tensor: `loss`, `gradient NAME` or `weight NAME`.
        message: why the trial failed; empty if it did not.
        wall_seconds: this trial's share of its stack's time.
        signature: slots, program, instruction set and versions: what the bits depend on besides the content.
    """

    id: str
    signals: Mapping[str, np.ndarray]
    bad_step: int = -1
    bad_tensor: str = ""
    message: str = ""
    wall_seconds: float = 0.0
    signature: Mapping[str, Json] = field(default_factory=dict)

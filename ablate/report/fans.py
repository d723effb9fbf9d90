"""Training curves by level and by state, with the signals that show the mechanism beside the accuracy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ablate.outcomes.curves import PROBE_LOSS
from ablate.outcomes.states import STATES
from ablate.report.figure_data import Fan, FanInfo
from ablate.report.heat import levels_of
from ablate.report.signals import DEAD
from ablate.stats import quantiles

SIGNALS = ("accuracy", PROBE_LOSS, "logit_mean", "logit_gap", "zero_gradient_share", DEAD)
SINGLE = 3
"""Trials of each state that are drawn one by one: the first by id, so the choice is fair and stays."""


def by_factor(
    trials: pd.DataFrame, arrays: Mapping[str, np.ndarray], factor: str, steps: np.ndarray, chance: float | None
) -> tuple[FanInfo, ...]:
    """One record a signal: quantiles over trials for each level of a factor.

    Args:
        trials: the rows, a part of `Results.trials`; their index says which rows of the arrays are theirs.
        arrays: per signal [all trials, looks].
        factor: a factor's column, or `state`.
        steps: training steps at each look.
        chance: the majority share, drawn as a line under accuracies; None if unknown.
    """
    levels = (
        [state for state in STATES if (trials["state"] == state).any()]
        if factor == "state"
        else levels_of(trials, factor)
    )
    rows = {level: trials.index.to_numpy()[(trials[factor] == level).to_numpy()] for level in levels}
    found = []
    for signal in SIGNALS:
        fans = []
        for place, level in enumerate(levels):
            n, bands = quantiles.fan(arrays[signal][rows[level]])
            if n:
                fans.append(Fan(label=level, place=place, n=n, steps=steps, quantiles=bands))
        reference = chance if signal == "accuracy" else None
        found.append(FanInfo(title=signal, factor=factor, signal=signal, fans=tuple(fans), reference=reference))
    return tuple(found)


def singles(
    trials: pd.DataFrame, arrays: Mapping[str, np.ndarray], steps: np.ndarray, chance: float | None
) -> tuple[FanInfo, ...]:
    """One record a signal: a few single trials of every state, drawn as lines."""
    chosen = trials.sort_values("id", kind="stable").groupby("state", observed=True).head(SINGLE)
    found = []
    for signal in SIGNALS:
        lines = {
            str(name): (str(state), steps, arrays[signal][row].astype(float))
            for row, name, state in zip(chosen.index, chosen["id"], chosen["state"], strict=True)
        }
        reference = chance if signal == "accuracy" else None
        found.append(FanInfo(title=signal, factor="state", signal=signal, fans=(), lines=lines, reference=reference))
    return tuple(found)

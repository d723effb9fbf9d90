"""Turn trials into times to an event: to the first escape, and from there to the fall back to chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

CENSORED, EVENT, COMPETING = 0, 1, 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Events:
    """How long each trial waited for an event, and what ended the wait.

    Attributes:
        time: [trials] steps that the wait lasted.
        cause: [trials] what ended it: EVENT, COMPETING (an event that rules EVENT out), or CENSORED (the budget ended).
        seed: [trials] the trials' seeds.
        horizon: the last step at which events can occur.
    """

    time: np.ndarray
    cause: np.ndarray
    seed: np.ndarray
    horizon: int


def first_escape(trials: pd.DataFrame, budget: int) -> Events:
    """Return the times to the first sustained run above chance.

    The event happens at `time`, whatever came later. If a trial diverged or failed before it escaped, this is a
    competing event at `bad_step`, or at step 0 if no `bad_step` was recorded.

    Args:
        trials: `state`, `time`, `seed` and, if there, `bad_step`.
        budget: steps per trial.
    """
    time, state = trials["time"].to_numpy(float), trials["state"].astype(str).to_numpy()
    bad = trials["bad_step"].to_numpy(float) if "bad_step" in trials else np.zeros(len(trials))
    escaped = ~np.isnan(time)
    broken = ~escaped & np.isin(state, ("diverged", "failed"))
    when = np.where(escaped, time, np.where(broken, np.clip(bad, 0, budget), budget))
    cause = np.where(escaped, EVENT, np.where(broken, COMPETING, CENSORED))
    return Events(time=when, cause=cause, seed=trials["seed"].to_numpy(), horizon=budget)


def collapse(trials: pd.DataFrame, fell: np.ndarray, budget: int) -> Events:
    """Return the times from the first escape to the fall back to chance, of the trials that escaped.

    Divergence after escape is a competing event. A trial that is above chance at the end is censored there.

    Args:
        trials: `state`, `time`, `seed`, `bad_step`.
        fell: [trials] the step from which the trial stayed at chance (`falls`), NaN if it did not.
        budget: steps per trial.
    """
    kept = trials["time"].notna().to_numpy()
    escapers, back = trials[kept], np.asarray(fell, float)[kept]
    escape, state = escapers["time"].to_numpy(float), escapers["state"].astype(str).to_numpy()
    collapsed, diverged = (state == "collapsed") & ~np.isnan(back), state == "diverged"
    end = np.where(collapsed, back, np.where(diverged, escapers["bad_step"].to_numpy(float), budget))
    cause = np.where(collapsed, EVENT, np.where(diverged, COMPETING, CENSORED))
    return Events(time=np.maximum(end - escape, 0), cause=cause, seed=escapers["seed"].to_numpy(), horizon=budget)


def falls(steps: np.ndarray, above: np.ndarray, run: int) -> np.ndarray:
    """Return for each trial the step of the first evaluation after its last sustained run above chance.

    Args:
        steps: [evaluations] their steps.
        above: [trials, evaluations] whether the accuracy is above chance.
        run: evaluations in a row that count as sustained.

    Returns:
        [trials], NaN without such a run or if the trial ends in it.

    Examples:
        >>> falls(np.arange(6) * 10, np.array([[0, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 1]], bool), 3).tolist()
        [40.0, nan]
    """
    above = np.asarray(above, bool)
    evaluations = above.shape[1]
    windows = np.asarray(np.lib.stride_tricks.sliding_window_view(above, run, axis=1).all(2))
    last = np.where(windows.any(1), windows.shape[1] - 1 - windows[:, ::-1].argmax(1) + run - 1, evaluations)
    after = last + 1
    return np.where(after < evaluations, np.asarray(steps, float)[np.minimum(after, evaluations - 1)], np.nan)

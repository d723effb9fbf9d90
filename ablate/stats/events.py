"""What each trial waited for, and what ended its wait: the first escape, and from there the fall back to chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

CENSORED, EVENT, COMPETING = 0, 1, 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Events:
    """What ended each trial's wait.

    Attributes:
        time: [trials] steps until then.
        cause: [trials] EVENT, COMPETING or CENSORED (the budget ended first).
        seed: [trials].
        horizon: the last step that can be spoken about.
    """

    time: np.ndarray
    cause: np.ndarray
    seed: np.ndarray
    horizon: int


def first_escape(trials: pd.DataFrame, budget: int) -> Events:
    """The wait for the first sustained run above chance.

    The event is `time`, whatever came after it. A trial that diverged or failed without it competes: at `bad_step`, or
    0.

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
    """From first escape, the wait for the fall back to chance; only trials that escaped are in it.

    Divergence after escape competes; a trial still above at the end is censored there.

    Args:
        trials: `state`, `time`, `seed`, `bad_step`.
        fell: [trials] the step at which the trial was back at chance for good (`falls`), NaN if never.
        budget: steps per trial.
    """
    kept = trials["time"].notna().to_numpy()
    some, back = trials[kept], np.asarray(fell, float)[kept]
    escape, state = some["time"].to_numpy(float), some["state"].astype(str).to_numpy()
    collapsed, diverged = (state == "collapsed") & ~np.isnan(back), state == "diverged"
    end = np.where(collapsed, back, np.where(diverged, some["bad_step"].to_numpy(float), budget))
    cause = np.where(collapsed, EVENT, np.where(diverged, COMPETING, CENSORED))
    return Events(time=np.maximum(end - escape, 0), cause=cause, seed=some["seed"].to_numpy(), horizon=budget)


def falls(steps: np.ndarray, above: np.ndarray, run: int) -> np.ndarray:
    """For each trial the step of the first look after its last sustained run above chance; NaN if none or still in it.

    Args:
        steps: [looks + 1].
        above: [trials, looks + 1] whether a look is above chance.
        run: looks in a row that count as sustained.

    Examples:
        >>> falls(np.arange(6) * 10, np.array([[0, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 1]], bool), 3).tolist()
        [40.0, nan]
    """
    above = np.asarray(above, bool)
    looks = above.shape[1]
    windows = np.asarray(np.lib.stride_tricks.sliding_window_view(above, run, axis=1).all(2))
    last = np.where(windows.any(1), windows.shape[1] - 1 - windows[:, ::-1].argmax(1) + run - 1, looks)
    after = last + 1
    return np.where(after < looks, np.asarray(steps, float)[np.minimum(after, looks - 1)], np.nan)

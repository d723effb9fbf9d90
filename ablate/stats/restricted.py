"""Measure how soon trials escape: the restricted mean with its standard error, and a log-rank test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError
from ablate.stats.clustered import bounded_mean, seed_means
from ablate.stats.events import COMPETING, EVENT, Events


@dataclass(frozen=True, kw_only=True)
class RestrictedMean:
    """Mean steps to escape; a trial that takes longer than `horizon`, or never escapes, counts as `horizon`.

    `error` is the standard error of the estimate.
    """

    estimate: float
    low: float
    high: float
    error: float
    trials: int
    seeds: int
    horizon: int


@dataclass(frozen=True, kw_only=True)
class LogRank:
    """A stratified log-rank test."""

    statistic: float
    df: int
    p: float
    trials: int
    seeds: int


def restricted_mean(events: Events, horizon: int | None = None, confidence: float = 0.95) -> RestrictedMean:
    """Return the mean of min(time to escape, horizon); a trial that diverged counts as one that never escapes.

    Every trial is observed until the horizon. So this is a mean of bounded values: its standard error is that of their
    means per seed, its interval `clustered.bounded_mean`. Trials count equally, so all settings should have the same
    seeds. (What lifelines calls the standard error is the spread of single times, for 200 trials 14 times as large.)

    Args:
        events: the events of `first_escape`.
        horizon: the last step that counts, at most the events' horizon, which is the default.
        confidence: two-sided, in (0, 1).

    Raises:
        ConfigError: the horizon is beyond the budget.
    """
    until = _until(events, horizon)
    seeds, sums, counts = _waits(events, until)
    over = bounded_mean(seed_means(sums, counts)[None], confidence=confidence)
    return RestrictedMean(
        estimate=float(over.estimate[0] * until),
        low=float(over.low[0] * until),
        high=float(over.high[0] * until),
        error=float(over.error[0] * until),
        trials=len(events.time),
        seeds=len(seeds),
        horizon=until,
    )


def _until(events: Events, horizon: int | None) -> int:
    until = events.horizon if horizon is None else horizon
    if not 0 < until <= events.horizon:
        raise ConfigError(f"The horizon must be a step from 1 to the budget, {events.horizon}. Received: {until}.")
    return until


def _waits(events: Events, until: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the seeds, the sum of their trials' waits as shares of `until`, and their numbers of trials."""
    seeds, code = np.unique(events.seed, return_inverse=True)
    waits = np.where(events.cause == EVENT, np.minimum(events.time, until), until) / until
    return seeds, np.bincount(code, waits), np.bincount(code).astype(float)


def log_rank(events: Events, group: np.ndarray) -> LogRank:
    """Test whether groups escape equally soon, by `statsmodels.duration.survfunc.survdiff`, stratified by seed.

    Trials that diverged stay at risk to the horizon like trials that never escape. This is Gray's (Annals of
    Statistics 16, 1988) comparison of incidences, which equals the log-rank test if only the budget censors.

    Args:
        events: the events of `first_escape`.
        group: [trials] the group of each trial.

    Raises:
        ConfigError: there are fewer than two groups.
    """
    from statsmodels.duration.survfunc import survdiff

    code, groups = pd.factorize(np.asarray(group))
    if len(groups) < 2:
        raise ConfigError(f"A log-rank test needs at least two groups. Received {len(groups)}.")
    event = events.cause == EVENT
    seeds = len(np.unique(events.seed))
    if not event.any():
        return LogRank(statistic=0.0, df=len(groups) - 1, p=1.0, trials=len(code), seeds=seeds)
    time = np.where(events.cause == COMPETING, events.horizon, events.time)
    statistic, p = survdiff(time, event.astype(int), code, strata=events.seed)
    return LogRank(statistic=float(statistic), df=len(groups) - 1, p=float(p), trials=len(code), seeds=seeds)

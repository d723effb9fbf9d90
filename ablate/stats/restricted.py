"""How soon trials escape: the restricted mean with its own error, its paired difference, and a log-rank test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError
from ablate.stats.clustered import seed_means, signed_mean, unit_mean
from ablate.stats.events import COMPETING, EVENT, Events


@dataclass(frozen=True, kw_only=True)
class RestrictedMean:
    """Mean steps to escape, counting `horizon` for trials that took longer or never did.

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


def restricted_mean(
    events: Events, resolution: float, horizon: int | None = None, confidence: float = 0.95
) -> RestrictedMean:
    """Mean of min(time to escape, horizon), a trial that diverged counting as one that never escapes.

    Every trial is seen until the horizon, so this is a plain mean of bounded values, and its standard error that of
    their seed means. lifelines reports the spread of the times under that name, 14 times as much for 200 trials.

    Args:
        events: of `first_escape`.
        resolution: steps between looks, which no time can be known better than.
        horizon: at most the events'.
        confidence: two-sided.

    Raises:
        ConfigError: a horizon beyond the budget.
    """
    until = _until(events, horizon)
    seeds, sums, counts = _waits(events, until)
    over = unit_mean(seed_means(sums, counts)[None], floor=(resolution / until) ** 2 / 12, confidence=confidence)
    return RestrictedMean(
        estimate=float(over.estimate[0] * until),
        low=float(over.low[0] * until),
        high=float(over.high[0] * until),
        error=float(over.error[0] * until),
        trials=len(events.time),
        seeds=len(seeds),
        horizon=until,
    )


def restricted_difference(
    one: Events, other: Events, horizon: int | None = None, confidence: float = 0.95
) -> RestrictedMean:
    """Restricted mean of `one` less that of `other`, paired by seed; only seeds that both have.

    Raises:
        ConfigError: a horizon beyond the budget, or no seed in common.
    """
    until = min(_until(one, horizon), _until(other, horizon))
    (first, sums, counts), (second, others, other_counts) = _waits(one, until), _waits(other, until)
    common, left, right = np.intersect1d(first, second, return_indices=True)
    if not len(common):
        raise ConfigError("A paired difference needs seeds that both have. Received none in common.")
    values = sums[left] / counts[left] - others[right] / other_counts[right]
    unit = 1 / min(counts[left].max(), other_counts[right].max())
    over = signed_mean(values[None], unit=unit, confidence=confidence)
    return RestrictedMean(
        estimate=float(over.estimate[0] * until),
        low=float(max(over.low[0], -1.0) * until),
        high=float(min(over.high[0], 1.0) * until),
        error=float(over.error[0] * until),
        trials=int(counts[left].sum() + other_counts[right].sum()),
        seeds=len(common),
        horizon=until,
    )


def _until(events: Events, horizon: int | None) -> int:
    until = events.horizon if horizon is None else horizon
    if not 0 < until <= events.horizon:
        raise ConfigError(f"The horizon must be in 1..{events.horizon}, the trials' budget. Received: {until}.")
    return until


def _waits(events: Events, until: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seeds, the sum of their trials' waits as shares of `until`, and the number of trials."""
    seeds, code = np.unique(events.seed, return_inverse=True)
    waits = np.where(events.cause == EVENT, np.minimum(events.time, until), until) / until
    return seeds, np.bincount(code, waits), np.bincount(code).astype(float)


def log_rank(events: Events, group: np.ndarray) -> LogRank:
    """Whether groups escape equally soon: `statsmodels.duration.survfunc.survdiff`, stratified by seed.

    Trials that diverged stay at risk to the horizon, as ones that never escape: Gray's (1988) comparison of
    incidences, which is the log-rank test where only the budget censors.

    Args:
        events: of `first_escape`.
        group: [trials] the level of each.

    Raises:
        ConfigError: fewer than two groups.
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

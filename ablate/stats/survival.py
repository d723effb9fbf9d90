"""Estimate how soon trials escape, and how soon they fall back, with divergence as a competing event.

A trial that diverges before it escapes never escapes, so divergence is a competing event and not censoring. One minus
Kaplan-Meier would estimate the incidence in a world without divergence (.81 in a case in which .47 is true). Incidences
are Aalen and Johansen's (Scandinavian Journal of Statistics 5, 1978). Their intervals are `clustered.bounded_mean` over
seeds, from the jackknife's pseudo-values (Andersen, Klein and Rosthoj, Biometrika 90, 2003). Each holds at its own
time, not at all times of a curve together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.core.errors import ConfigError
from ablate.stats.clustered import Interval, bounded_mean, seed_means
from ablate.stats.events import COMPETING, EVENT, Events


@dataclass(frozen=True, eq=False, kw_only=True)
class Incidence:
    """Cumulative incidence of the event and of the competing event.

    Attributes:
        curve: one row per cause (`event`, `competing`) and time of an event: `cause`, `time`, `at_risk` (trials whose
            wait had not ended before it), `ended` (trials that this cause ended then), `incidence`, `low`, `high`,
            `error`.
        trials, seeds: numbers of trials and seeds.
        horizon: the last step at which events can occur.
    """

    curve: pd.DataFrame
    trials: int
    seeds: int
    horizon: int


def incidence(events: Events, confidence: float = 0.95) -> Incidence:
    """Return the cumulative incidence of the event and of the competing event, at the time of every event.

    Args:
        events: the trials' events.
        confidence: confidence of the intervals, two-sided, in (0, 1).

    Raises:
        ConfigError: there is no trial.
    """
    if not len(events.time):
        raise ConfigError(
            "A cumulative incidence must be of at least one trial: pass the events of one or more trials. "
            "Received none."
        )
    seed, seeds = pd.factorize(events.seed)
    index, times = pd.factorize(events.time, sort=True)
    shape = (len(seeds), len(times), 3)
    flat = (seed * len(times) + index) * 3 + events.cause
    counts = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(float)
    whole = counts.sum(0)
    curves, at_risk = aalen_johansen(whole)
    values = curves[None]
    if len(seeds) > 1:
        without = aalen_johansen(whole[None] - counts)[0]
        values = len(seeds) * curves[None] - (len(seeds) - 1) * without
    over = bounded_mean(np.moveaxis(values, 0, -1), confidence=confidence)
    rows = []
    for row, (name, cause) in enumerate((("event", EVENT), ("competing", COMPETING))):
        rows.append(
            pd.DataFrame(
                {
                    "cause": name,
                    "time": times,
                    "at_risk": at_risk.astype(int),
                    "ended": whole[:, cause].astype(int),
                    "incidence": curves[row],
                    "low": np.minimum(over.low[row], curves[row]),
                    "high": np.maximum(over.high[row], curves[row]),
                    "error": over.error[row],
                }
            )
        )
    happened = (whole[:, EVENT] + whole[:, COMPETING] > 0) | (times == times.max())
    curve = pd.concat([part[happened] for part in rows], ignore_index=True)
    return Incidence(curve=curve, trials=len(seed), seeds=len(seeds), horizon=events.horizon)


def aalen_johansen(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the incidence of the event and of the competing event, and the trials at risk.

    Args:
        counts: [..., times, 3] trials censored, with the event, and with the competing event, at increasing times.

    Returns:
        [..., 2, times] incidences; [..., times] at risk.
    """
    ended = counts.sum(-1)
    at_risk = ended.sum(-1, keepdims=True) - np.cumsum(ended, -1) + ended
    with np.errstate(invalid="ignore", divide="ignore"):
        hazards = np.where(at_risk[..., None] > 0, counts[..., 1:] / at_risk[..., None], 0.0)
    after = np.cumprod(1 - hazards.sum(-1), -1)
    before = np.concatenate([np.ones_like(after[..., :1]), after[..., :-1]], -1)
    return np.moveaxis(np.cumsum(hazards * before[..., None], -2), -1, -2), at_risk


def above_chance(seed: np.ndarray, above: np.ndarray, confidence: float = 0.95) -> Interval:
    """Return the share of all trials that are above chance at each evaluation; a diverged trial counts as not above.

    Args:
        seed: [trials] the trials' seeds.
        above: [trials, evaluations] whether the accuracy is above chance.
        confidence: two-sided, in (0, 1).
    """
    code, seeds = pd.factorize(np.asarray(seed))
    sums = np.zeros((len(seeds), above.shape[1]))
    np.add.at(sums, code, np.asarray(above, float))
    counts = np.bincount(code, minlength=len(seeds))[None, :]
    return bounded_mean(seed_means(sums.T, np.broadcast_to(counts, sums.T.shape)), confidence=confidence)

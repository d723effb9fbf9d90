"""Measure how often intervals hold the truth, in simulated studies of 24 settings that share their seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from ablate.stats import contrasts, effects, rates, restricted, survival
from ablate.stats.clustered import Interval, bounded_mean
from ablate.stats.events import COMPETING, EVENT, Events
from ablate.stats.grid import Grid
from validation import worlds

SETTINGS = 24
INSIDE = (0.93, 0.98)
LEAST = (0.93, 1.0)
"""Ranges of coverage: of effects in a grid whose seeds differ by degrees, and of every interval that is bounded."""

HORIZON = 400
SPACING = 16
"""Steps of a simulated study, and steps between its evaluations."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A measured figure and the range it must lie in; `ok` allows for twice the error of the simulation."""

    check: str
    value: float
    low: float
    high: float
    error: float = 0.0

    @property
    def ok(self) -> bool:
        """Return whether the figure lies in its range."""
        return bool(self.low - 2 * self.error <= self.value <= self.high + 2 * self.error)


def covered(name: str, hits: np.ndarray, *, within: tuple[float, float] = LEAST) -> Check:
    """Return a coverage as a check.

    Args:
        name: the name of the check.
        hits: [studies, ...] whether each interval holds the truth.
        within: the range in which the coverage must lie.
    """
    per_study = np.asarray(hits, float).reshape(len(hits), -1).mean(1)
    error = max(float(per_study.std()), 0.15) / math.sqrt(len(per_study))
    return Check(check=name, value=float(per_study.mean()), low=within[0], high=within[1], error=error)


def judged(name: str, over: Interval, truth: np.ndarray | float) -> list[Check]:
    """Return the coverage and the mean width of intervals as checks.

    Args:
        name: the name of the checks.
        over: the intervals, [studies].
        truth: what they should hold.
    """
    hits = (over.low <= truth + 1e-9) & (truth - 1e-9 <= over.high)
    width = float((np.minimum(over.high, 1) - np.maximum(over.low, -1)).mean())
    return [covered(name, hits), Check(check=f"{name}: width (stated only)", value=width, low=0, high=2)]


def single(sizes: tuple[int, ...] = (5, 10, 20, 32, 64), points: int = 999) -> list[Check]:
    """Enumerate the exact coverage of one setting's intervals, at `points` rates and each number of seeds."""
    tried = np.arange(1, points + 1) / (points + 1)
    coverages = {}
    for name, interval in (("wilson", rates.wilson), ("clopper_pearson", rates.clopper_pearson)):
        rows = []
        for n in sizes:
            k = np.arange(n + 1.0)
            low, high = interval(k, np.full(n + 1, float(n)))
            log = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
            mass = np.exp(log + special.xlogy(k, tried[:, None]) + special.xlog1py(n - k, -tried[:, None]))
            rows.append((mass * ((low <= tried[:, None]) & (tried[:, None] <= high))).sum(1))
        coverages[name] = np.array(rows)
    return [
        Check(
            check="single cell, Clopper-Pearson, least coverage",
            value=float(coverages["clopper_pearson"].min()),
            low=0.95,
            high=1,
        ),
        Check(check="single cell, Wilson, mean coverage", value=float(coverages["wilson"].mean()), low=0.94, high=0.96),
        Check(
            check="single cell, Wilson, least coverage (stated only)",
            value=float(coverages["wilson"].min()),
            low=0,
            high=1,
        ),
    ]


def pooled(rng: np.random.Generator, rate: float, seeds: int, studies: int, spread: float = 0.0) -> list[Check]:
    """Check a rate over all settings, in seeds that differ by degrees."""
    cells = worlds.log_odds(np.array(rate)) + spread * np.linspace(-1, 1, SETTINGS)
    truth = float(worlds.rate(cells).mean())
    means = np.concatenate([worlds.draw(rng, cells, seeds, size).mean(1) for size in worlds.batches(studies)])
    return judged(f"pooled rate {truth:.3f}, {seeds} seeds, spread {spread:g}", bounded_mean(means), truth)


def contrast(
    rng: np.random.Generator, one: float, other: float, seeds: int, studies: int, strata: int = 12
) -> list[Check]:
    """Check the paired difference of two levels over the strata that both have, in seeds that differ by degrees."""
    cells = worlds.log_odds(np.array([one, other]))[:, None] * np.ones(strata)
    drawn = np.concatenate([worlds.draw(rng, cells, seeds, size) for size in worlds.batches(studies)])
    name = f"contrast {one} against {other}, {seeds} seeds, {strata} strata"
    return judged(name, differences(drawn[:, 0], drawn[:, 1]), one - other)


def differences(one: np.ndarray, other: np.ndarray) -> Interval:
    """Return the intervals of `contrasts.difference` for many studies at once.

    Args:
        one: [studies, strata, seeds] outcomes of the first level.
        other: [studies, strata, seeds] outcomes of the second.
    """
    if one.shape[1] > 1:
        return bounded_mean(*contrasts.seed_gaps(one, other))
    gap = (one - other)[:, 0]
    gained, lost = (gap > 0).sum(1), (gap < 0).sum(1)
    limits = np.array(
        [contrasts.tango(int(up), int(down), gap.shape[1]) for up, down in zip(gained, lost, strict=True)]
    )
    count = np.full(len(gap), gap.shape[1])
    return Interval(estimate=gap.mean(1), low=limits[:, 0], high=limits[:, 1], error=np.zeros(len(gap)), seeds=count)


def as_grid(values: np.ndarray) -> Grid:
    """Return [levels..., seeds] values as a grid with made-up names."""
    levels = tuple(tuple(map(str, range(size))) for size in values.shape[:-1])
    names = tuple("abcdef"[: len(levels)])
    return Grid(factors=names, levels=levels, seeds=np.arange(values.shape[-1]), values=values, dropped=0)


def anova(rng: np.random.Generator, name: str, cells: np.ndarray, seeds: int, studies: int) -> list[Check]:
    """Check the coverage of effects, one check per order, and of shares of variance in a full grid."""
    means = worlds.rate(cells)
    truth = effects.anova(as_grid(np.repeat(means[..., None], 2, -1)))
    exact = np.array(
        [(effects.component(means[..., None], term) ** 2).mean() / means.var() for term in effects.terms(cells.ndim, 2)]
    )
    effect_hits, share_hits = [], []
    for values in worlds.draw(rng, cells, seeds, studies):
        got = effects.anova(as_grid(values))
        aim = truth.levels["effect"].to_numpy()
        effect_hits.append(
            (got.levels["low"].to_numpy() <= aim + 1e-12) & (aim - 1e-12 <= got.levels["high"].to_numpy())
        )
        rows = got.shares.iloc[: len(exact)]
        share_hits.append((rows["low"].to_numpy() <= exact + 1e-9) & (exact - 1e-9 <= rows["high"].to_numpy()))
    hits = np.array(effect_hits)
    order = truth.levels["term"].str.count(":").to_numpy() + 1
    within = INSIDE if means.min() >= 0.1 and means.max() <= 0.9 else (0.92, 1.0)
    label = f"{name}, {seeds} seeds"
    checks = [
        covered(f"effects of order {size}: {label}", hits[:, order == size], within=within) for size in np.unique(order)
    ]
    # A share of 0 lies at the edge of [0, 1], where an interval can only be too wide.
    return [*checks, covered(f"shares of variance: {label}", np.array(share_hits))]


def waits(rng: np.random.Generator, rate: float, seeds: int, studies: int, settings: int = SETTINGS) -> list[Check]:
    """Check the restricted mean and the incidence at half the budget, while one trial in ten diverges first."""
    cells = np.full(settings, worlds.log_odds(np.array(rate)))
    seed = np.tile(np.arange(seeds), settings)
    mean_hits, incidence_hits, values, errors = [], [], [], []
    evaluations = HORIZON // SPACING
    alive = 0.9
    share = np.arange(1, evaluations + 1) / evaluations
    truth_mean = float(alive * rate * (share * HORIZON).mean() + (1 - alive * rate) * HORIZON)
    half = float(alive * rate * (np.arange(1, evaluations + 1) * SPACING <= HORIZON / 2).mean())
    for escaped in worlds.draw(rng, cells, seeds, studies):
        broken = rng.random(escaped.shape) >= alive
        when = rng.integers(1, evaluations + 1, escaped.shape) * SPACING
        cause = np.where(broken, COMPETING, np.where(escaped > 0, EVENT, 0)).ravel()
        time = np.where(broken, 5, np.where(escaped > 0, when, HORIZON)).ravel()
        events = Events(time=time.astype(float), cause=cause, seed=seed, horizon=HORIZON)
        got = restricted.restricted_mean(events)
        mean_hits.append(got.low <= truth_mean <= got.high)
        values.append(got.estimate)
        errors.append(got.error**2)
        curve = survival.incidence(events).curve
        rows = curve[(curve["cause"] == "event") & (curve["time"] <= HORIZON / 2)]
        incidence_hits.append(bool(rows["low"].iloc[-1] <= half <= rows["high"].iloc[-1]))
    label = f"rate {rate}, {seeds} seeds, {settings} settings"
    ratio = math.sqrt(float(np.mean(errors)) / float(np.var(values)))
    return [
        covered(f"restricted mean: {label}", np.array(mean_hits)),
        covered(f"incidence at half the budget: {label}", np.array(incidence_hits)),
        Check(
            check=f"restricted mean's error, claimed / simulated: {label}",
            value=ratio,
            low=0.95,
            high=1.05,
            error=1 / math.sqrt(2 * studies),
        ),
    ]

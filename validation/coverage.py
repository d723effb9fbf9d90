"""Measure how often intervals hold the truth, in simulated studies of 24 settings that share their seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from ablate.stats import contrasts, effects, rates, restricted, survival
from ablate.stats.clustered import seed_means, signed_mean
from ablate.stats.events import COMPETING, EVENT, Events
from ablate.stats.grid import Grid
from validation import worlds

SETTINGS = 24
INSIDE = (0.93, 0.98)
OUTSIDE = (0.92, 1.0)
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


def covered(name: str, hits: np.ndarray, *, inside: bool) -> Check:
    """Return a coverage as a check.

    Args:
        name: the name of the check.
        hits: [studies, ...] whether each interval holds the truth.
        inside: whether the coverage must lie in INSIDE, else in OUTSIDE.
    """
    low, high = INSIDE if inside else OUTSIDE
    per_study = np.asarray(hits, float).reshape(len(hits), -1).mean(1)
    error = max(float(per_study.std()), 0.15) / math.sqrt(len(per_study))
    return Check(check=name, value=float(per_study.mean()), low=low, high=high, error=error)


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


def pooled(rng: np.random.Generator, rate: float, seeds: int, studies: int, spread: float = 0.0) -> Check:
    """Check the coverage of a rate over all settings."""
    cells = worlds.log_odds(np.array(rate)) + spread * np.linspace(-1, 1, SETTINGS)
    truth = float(worlds.rate(cells).mean())
    hits = []
    for size in worlds.batches(studies):
        sums = worlds.draw(rng, cells, seeds, size).sum(1)
        over = rates.pooled(sums, np.full(sums.shape, float(SETTINGS)))
        hits.append((over.low <= truth) & (truth <= over.high))
    name = f"pooled rate {truth:.3f}, {seeds} seeds, spread {spread:g}"
    return covered(name, np.concatenate(hits), inside=0.099 <= truth <= 0.901)


def contrast(rng: np.random.Generator, one: float, other: float, seeds: int, studies: int, strata: int = 12) -> Check:
    """Check the coverage of the paired difference of two levels over the strata that both have."""
    cells = worlds.log_odds(np.array([one, other]))[:, None] * np.ones(strata)
    hits = []
    for size in worlds.batches(studies):
        drawn = worlds.draw(rng, cells, seeds, size)
        gap = -np.diff(drawn.sum(2), axis=1)[:, 0]
        if strata == 1:
            limits = {
                (g, lost): contrasts.tango(g, lost, seeds)
                for g, lost in {(int((row > 0).sum()), int((row < 0).sum())) for row in gap}
            }
            bounds = np.array([limits[int((row > 0).sum()), int((row < 0).sum())] for row in gap])
            low, high = bounds[:, 0], bounds[:, 1]
        else:
            over = signed_mean(seed_means(gap, np.full(gap.shape, float(strata))), unit=1 / strata)
            differ = (drawn[:, 0] != drawn[:, 1]).any((1, 2))
            none, most = contrasts.tango(0, 0, seeds)
            low, high = np.where(differ, over.low, none), np.where(differ, over.high, most)
        hits.append((low <= one - other + 1e-12) & (one - other - 1e-12 <= high))
    name = f"contrast {one} against {other}, {seeds} seeds, {strata} strata"
    inside = min(one, other) >= 0.1 and max(one, other) <= 0.9
    return covered(name, np.concatenate(hits), inside=inside)


def alike(rng: np.random.Generator, gain: float, seeds: int, studies: int, strata: int = 2) -> Check:
    """Check a rare difference that occurs in all strata of a seed together, so that few seeds show it."""
    bounds = []
    for count in range(seeds + 1):
        one = np.zeros((strata, seeds))
        one[:, :count] = 1.0
        difference = contrasts.difference(one, np.zeros((strata, seeds)))
        bounds.append((difference.low, difference.high))
    low, high = np.array(bounds)[rng.binomial(seeds, gain, studies)].T
    name = f"contrast {gain} against 0, strata alike, {seeds} seeds, {strata} strata"
    return covered(name, (low <= gain) & (gain <= high), inside=False)


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
    inside = bool(means.min() >= 0.1 and means.max() <= 0.9)
    label = f"{name}, {seeds} seeds"
    checks = [
        covered(f"effects of order {size}: {label}", hits[:, order == size], inside=inside) for size in np.unique(order)
    ]
    # A share of 0 lies at the edge of [0, 1], where an interval can only be too wide.
    return [*checks, covered(f"shares of variance: {label}", np.array(share_hits), inside=False)]


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
        got = restricted.restricted_mean(events, resolution=SPACING)
        mean_hits.append(got.low <= truth_mean <= got.high)
        values.append(got.estimate)
        errors.append(got.error**2)
        curve = survival.incidence(events).curve
        rows = curve[(curve["cause"] == "event") & (curve["time"] <= HORIZON / 2)]
        incidence_hits.append(bool(rows["low"].iloc[-1] <= half <= rows["high"].iloc[-1]))
    label = f"rate {rate}, {seeds} seeds, {settings} settings"
    inside = 0.1 <= rate <= 0.9
    ratio = math.sqrt(float(np.mean(errors)) / float(np.var(values)))
    return [
        covered(f"restricted mean: {label}", np.array(mean_hits), inside=inside),
        covered(f"incidence at half the budget: {label}", np.array(incidence_hits), inside=0.1 <= half <= 0.9),
        Check(
            check=f"restricted mean's error, claimed / simulated: {label}",
            value=ratio,
            low=0.95,
            high=1.05,
            error=1 / math.sqrt(2 * studies),
        ),
    ]

"""Measure coverage where seeds fail together: in all settings, or in all settings with one level.

Intervals that take a seed's spread from the seeds that were drawn cover .5 to .9 here: if no failing seed was drawn,
they do not know of any.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ablate.stats import contrasts
from ablate.stats.clustered import bounded_mean, equality_p
from validation import worlds
from validation.coverage import SETTINGS, Check, differences, judged

CHANCES = (0.02, 0.05, 0.1, 0.2)
"""How often a seed fails in every setting."""


def rates(rng: np.random.Generator, seeds: int, studies: int) -> Iterator[Check]:
    """Check a rate over all settings, whose trials otherwise escape nearly always, or half of the time."""
    for chance in CHANCES:
        for rate in (0.99, 0.5):
            means = worlds.together(rng, chance, np.full(SETTINGS, rate), seeds, studies).mean(1)
            name = f"together: rate {rate:g} but for {chance:g} of the seeds, {seeds} seeds"
            yield from judged(name, bounded_mean(means), (1 - chance) * rate)


def gaps(rng: np.random.Generator, seeds: int, studies: int, strata: int = 12) -> Iterator[Check]:
    """Check a paired difference whose levels both fail in some seeds."""
    for chance in CHANCES:
        for one, other in ((0.99, 0.99), (0.99, 0.01), (0.9, 0.4)):
            cells = np.array([one, other])[:, None] * np.ones(strata)
            drawn = worlds.together(rng, chance, cells, seeds, studies)
            name = f"together: {one:g} against {other:g} but for {chance:g} of the seeds, {seeds} seeds"
            yield from judged(name, differences(drawn[:, 0], drawn[:, 1]), (1 - chance) * (one - other))


def rare(rng: np.random.Generator, seeds: int, studies: int, strata: int = 2) -> Iterator[Check]:
    """Check a difference that occurs in all strata of few seeds."""
    for gain in (0.02, 0.05):
        one = np.broadcast_to(rng.random((studies, 1, seeds)) < gain, (studies, strata, seeds)).astype(float)
        name = f"together: gain in all strata of {gain:g} of the seeds, {seeds} seeds"
        yield from judged(name, differences(one, np.zeros_like(one)), gain)


def equal_rates(rng: np.random.Generator, seeds: int, studies: int) -> Iterator[Check]:
    """Check how often levels of equal rates are called different, where they are not exchangeable within a seed."""
    for kind in ("whole", "gap"):
        for chance in (0.05, 0.1):
            one, other = worlds.equal_but_not_alike(rng, chance, kind, seeds, studies)
            name = f"equal rates, not alike ({kind}, {chance:g} of the seeds), {seeds} seeds"
            yield from judged(name, differences(one, other), 0.0)
            wrong = float((equality_p(*contrasts.seed_gaps(one, other)) < 0.05).mean())
            yield Check(check=f"{name}: called different by equal rates", value=wrong, low=0, high=0.05)
            sums = np.rint((one - other).sum(1)).astype(int)
            flips = float(np.mean([contrasts.sign_flip(row) < 0.05 for row in sums[:400]]))
            yield Check(check=f"{name}: by the sign flip (stated only)", value=flips, low=0, high=1)


def waits(rng: np.random.Generator, seeds: int, studies: int) -> Iterator[Check]:
    """Check the restricted mean, as a share of the budget; trials that escape take a tenth of it on average."""
    for chance in CHANCES:
        escaped = worlds.together(rng, chance, np.full(SETTINGS, 0.99), seeds, studies)
        share = np.where(escaped > 0, rng.uniform(0.0, 0.2, escaped.shape), 1.0).mean(1)
        name = f"together: restricted mean, {chance:g} of the seeds fail, {seeds} seeds"
        alive = (1 - chance) * 0.99
        yield from judged(name, bounded_mean(share), alive * 0.1 + 1 - alive)


def everything(rng: np.random.Generator, studies: int) -> Iterator[Check]:
    """Yield all checks.

    Args:
        rng: the source of randomness.
        studies: number of simulated studies a check.
    """
    for seeds in (8, 12, 20, 64):
        for check in (rates, gaps, rare, equal_rates, waits):
            yield from check(rng, seeds, studies)

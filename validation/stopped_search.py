"""Measure what a search claims if it is stopped at any moment, from the trials that it asks for to its answer.

The searcher is the real one; its trials are drawn from known rates instead of trained. A claim is tested on fresh
seeds, so neither the choice among many settings nor the moment of the stop may make it false more often than promised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ablate.core.study import Setting
from ablate.outcomes.states import Outcome
from ablate.remedy_search.cells import Claim
from ablate.remedy_search.objectives import lower
from ablate.remedy_search.options import Search
from ablate.remedy_search.searchers import Searcher
from tests.remedy_search import planted
from validation.coverage import Check

SEARCH = Search(sampler="RandomSampler", trials=600, blocks=(4, 8, 20), batch=8, confirm=24, claims=5)
"""Search 54 settings. Most are tried; a quarter of a batch gets 20 seeds."""

BELOW = SEARCH.target - 0.02


def useless(_: Setting) -> float:
    """Return a rate just below the target, for every setting: whatever is confirmed is false."""
    return BELOW


def mixed(setting: Setting) -> float:
    """Return a sufficient rate for settings with `b1` and `c2`, a rate just below the target with one of them."""
    names = {level.name for _, level in setting}
    return {0: 0.4, 1: BELOW, 2: 0.97}[("b1" in names) + ("c2" in names)]


def claims_at(rate: Callable[[Setting], float], number: int, stops: int) -> list[list[Claim]]:
    """Return the claims that have ended in one search of an arm, at several moments.

    Args:
        rate: the true escape rate of a setting.
        number: of the search; it gives the seeds of the sampler and of the trials.
        stops: moments, evenly spaced; the last one is the end.

    Returns:
        A list for each moment: the claims whose trials had all ended.
    """
    search = Search(**{**SEARCH.__dict__, "seed": number})
    drawn = np.random.default_rng([number, 7])
    sweep = planted.Sweep(lambda trial: _drawn(trial.setting, rate, drawn), order=number)
    moments = []
    for stop in range(1, stops + 1):
        searcher = planted.searcher(search)
        sweep.run(searcher, most=round(2 * search.trials * stop / stops))
        moments.append(_ended(searcher))
    return moments


def _drawn(setting: Setting, rate: Callable[[Setting], float], rng: np.random.Generator) -> Outcome:
    escaped = rng.random() < rate(setting)
    return Outcome(state="escaped" if escaped else "stuck", time=40 if escaped else None)


def _ended(searcher: Searcher) -> list[Claim]:
    return [claim for arm in searcher.arms for claim in arm.claims.values() if claim.evidence is not None]


def everything(rng: np.random.Generator, searches: int, stops: int = 6) -> Iterator[Check]:
    """Yield all checks.

    Args:
        rng: the source of randomness.
        searches: simulated searches a world.
        stops: moments at which each may be stopped.
    """
    numbers = rng.integers(2**31, size=searches).tolist()
    for name, rate in (("all settings at .78", useless), ("some at .78, others at .4 or .97", mixed)):
        runs = [claims_at(rate, number, stops) for number in numbers]
        ended = [claims for moments in runs for claims in moments]
        yield from _checks(name, rate, runs, ended)


def _checks(
    name: str, rate: Callable[[Setting], float], runs: list[list[list[Claim]]], ended: list[list[Claim]]
) -> Iterator[Check]:
    def false(claims: list[Claim]) -> bool:
        return any(claim.confirmed and rate(claim.setting) < SEARCH.target for claim in claims)

    def above(claims: list[Claim]) -> bool:
        bounds = [(lower(claim.evidence.escaped, claim.evidence.n, SEARCH.confidence), rate(claim.setting))
                  for claim in claims if claim.evidence is not None]  # fmt: skip
        return any(bound > truth for bound, truth in bounds)

    label = f"search, {name}, two arms"
    ever = float(np.mean([any(false(claims) for claims in moments) for moments in runs]))
    yield Check(check=f"{label}: stopped at the worst moment, a false set is confirmed", value=ever, low=0, high=0.1)
    at_random = float(np.mean([false(claims) for claims in ended]))
    yield Check(
        check=f"{label}: stopped at a random moment, a false set is confirmed", value=at_random, low=0, high=0.1
    )
    bound = float(np.mean([above(claims) for claims in ended]))
    yield Check(check=f"{label}: stopped at a random moment, a bound is above the rate", value=bound, low=0, high=0.1)
    tested = float(np.mean([len(moments[-1]) for moments in runs]))
    yield Check(check=f"{label}: claims tested, mean (stated only)", value=tested, low=0, high=10)

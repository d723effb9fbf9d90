"""How many trials a search needs to find and confirm a sufficient remedy set, against random search at the same budget.

Trials are replayed, not trained: a planted world gives every setting a true escape rate, drawn from main effects and
interactions of pairs, and every (setting, seed) its outcome from a generator of its own. Training this many is out of
reach: one world has 153,600 settings, its full grid over 20 seeds 3,072,000 trials. What suffices is known by
enumeration of the whole grid, never by the search. Each of the 20 searches has another world and other sampler seeds.

    python benchmarks/search_replay.py           writes results/published/validation/search.csv
    python benchmarks/search_replay.py 5 TPESampler    the first 5 worlds with another sampler, written nowhere
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import math
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ablate.core.study import Budget, Factor, Level, Setting, Study, Trial
from ablate.outcomes import states
from ablate.remedy_search import searchers, space
from ablate.remedy_search.arms import Arm
from ablate.remedy_search.options import Search
from ablate.stats.confirmation import other_seeds

LEVELS = (5, 4, 4, 4, 5, 4, 4, 3, 2)
"""Levels of each factor; the first is the baseline's."""
SEEDS = 20
STEPS = 400
SHARE = 0.004
"""Of the grid's settings, how many have a true rate of at least TARGET; every world is made so."""
TARGET = 0.8
SEARCHES = 20
BUDGET = 4000
FULL = 0.02
FEWER = 1.5
PLACE = Path(__file__).parents[1] / "results" / "published" / "validation" / "search.csv"


@dataclass(frozen=True, eq=False)
class World:
    """A planted response: true escape rates of all settings, by level numbers [levels of factor 0, ...]."""

    number: int
    rates: np.ndarray

    def seen(self, trial: Trial) -> states.Outcome:
        """How a trial ends: the same whoever asks, and whenever."""
        rate = float(self.rates[codes(trial.setting)])
        luck = np.random.default_rng([self.number, int(trial.id, 16)])
        if luck.random() < rate:
            step = int(np.clip(luck.gamma(4.0, 10.0 + 60.0 * (1 - rate)), 16, STEPS))
            return states.Outcome(state="escaped", time=step)
        return states.Outcome(state="diverged" if luck.random() < 0.1 else "stuck")


def world(number: int) -> World:
    """Draw main effects and a third of pairs' interactions, on the logit scale; the intercept makes SHARE suffice."""
    rng = np.random.default_rng([6, number])
    grid = np.zeros(LEVELS)
    for axis, levels in enumerate(LEVELS):
        grid += _along(rng.normal(0.0, 1.5, levels), (axis,))
    for pair in itertools.combinations(range(len(LEVELS)), 2):
        if rng.random() < 1 / 3:
            grid += _along(rng.normal(0.0, 0.75, [LEVELS[axis] for axis in pair]), pair)
    cut = np.quantile(grid, 1 - SHARE)
    rates = 1 / (1 + np.exp(-(grid - cut + math.log(TARGET / (1 - TARGET)))))
    while rates[(0,) * len(LEVELS)] > 0.05:  # the baseline is the symptom: it hardly ever escapes
        rates = np.roll(rates, 1, axis=tuple(range(len(LEVELS))))
    return World(number=number, rates=rates)


def _along(values: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    shape = [LEVELS[axis] if axis in axes else 1 for axis in range(len(LEVELS))]
    return values.reshape(shape)


@cache
def study() -> Study:
    """Factors that no remedy is called: their levels are numbers of kinds."""
    factors = tuple(
        Factor(name=f"factor_{axis}", levels=levels, baseline=levels[0])
        for axis, count in enumerate(LEVELS)
        for levels in [tuple(Level(name=f"level_{code}", params={"kind": code}) for code in range(count))]
    )
    return Study(name="replay", factors=factors, seeds=tuple(range(SEEDS)), budget=Budget(steps=STEPS))


def codes(setting: Setting) -> tuple[int, ...]:
    return tuple(level.params["kind"] for _, level in setting)


def trial_of(setting: Setting, seed: int) -> Trial:
    name = hashlib.sha256(repr((codes(setting), seed)).encode()).hexdigest()[:16]
    return Trial(id=name, setting=setting, seed=seed, task_hash="", budget=study().budget)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one search came to.

    Attributes:
        number: the world's.
        share: of the grid's settings, how many suffice, by enumeration.
        first: per arm, the trials it had asked for when its first claim was confirmed; None if none was.
        confirmed: claims that were confirmed, in both arms.
        false: those of them whose true rate is below the target.
    """

    number: int
    share: float
    first: dict[str, int | None]
    confirmed: int
    false: int


def searched(number: int, search: Search) -> Outcome:
    """Search that world until both arms have confirmed a set or used up their budgets."""
    own = world(number)
    found = searchers.searcher(
        space.of(study()),
        search,
        seeds=study().seeds,
        fresh=other_seeds(study().seeds, search.confirm),
        trial_of=trial_of,
        cost_of=lambda _: 1.0,
        limit=STEPS,
    )
    seen: dict[str, states.Outcome] = {}
    while (wanted := found.ask(seen)) and not all(first(arm) for arm in found.arms):
        seen.update((trial.id, own.seen(trial)) for trial in wanted)
    rates = [
        float(own.rates[codes(claim.setting)]) for arm in found.arms for claim in arm.claims.values() if claim.confirmed
    ]
    return Outcome(
        number=number,
        share=float((own.rates >= TARGET).mean()),
        first={arm.name: first(arm) for arm in found.arms},
        confirmed=len(rates),
        false=sum(rate < TARGET for rate in rates),
    )


def first(arm: Arm) -> int | None:
    """Trials the arm had asked for when its first claim was confirmed."""
    return min((claim.spent for claim in arm.claims.values() if claim.confirmed), default=None)


def rows(outcomes: Sequence[Outcome], budget: int) -> Iterator[tuple[str, str, str, bool]]:
    """Return the rows to write: check, value, target, ok."""
    grid, largest = math.prod(LEVELS) * SEEDS, max(each.share for each in outcomes)
    yield "settings in a world", f"{math.prod(LEVELS)}", ">= 100000", math.prod(LEVELS) >= 100_000
    yield "share that suffices, largest, by enumeration", f"{largest:.5f}", "<= 0.005", largest <= 0.005
    at = {name: [each.first[name] for each in outcomes] for name in (searchers.SEARCH, searchers.RANDOM)}
    medians = {name: float(np.median([math.inf if one is None else one for one in all_])) for name, all_ in at.items()}
    for name, all_ in at.items():
        hits = sum(one is not None for one in all_)
        yield f"{name}: searches that confirmed a set within {budget} trials", f"{hits} of {len(all_)}", "", True
        yield f"{name}: trials to the first confirmed set, median", f"{medians[name]:g}", "", True
    part = medians[searchers.SEARCH] / grid
    yield "search: share of the full grid's trials, median", f"{part:.5f}", f"<= {FULL:g}", part <= FULL
    times = min(medians[searchers.RANDOM], budget) / medians[searchers.SEARCH]
    more = "at least " if math.isinf(medians[searchers.RANDOM]) else ""
    yield "random over search, medians of trials", f"{more}{times:.2f}", f">= {FEWER:g}", times >= FEWER
    wins = sum((a or math.inf) < (b or math.inf) for a, b in zip(at["search"], at["random"], strict=True))
    yield "searches that were ahead of random", f"{wins} of {len(outcomes)}", "", True
    wrong, made = sum(each.false for each in outcomes), sum(each.confirmed for each in outcomes)
    bound = 2 * len(outcomes) * 0.05
    yield "confirmed claims that are false", f"{wrong} of {made}", f"<= {bound:g} expected of the arms", wrong <= bound


def main(count: int, **options: object) -> list[tuple[str, str, str, bool]]:
    """Search the first so many worlds, on all cores."""
    asked = [Search(**{"trials": BUDGET, "target": TARGET, "seed": number, **options}) for number in range(count)]  # type: ignore[arg-type]
    outcomes = []
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for outcome in pool.map(searched, range(count), asked):
            outcomes.append(outcome)
            print(outcome, flush=True)
    return list(rows(outcomes, BUDGET))


if __name__ == "__main__":
    said = main(
        int(sys.argv[1]) if len(sys.argv) > 1 else SEARCHES, **({"sampler": sys.argv[2]} if len(sys.argv) > 2 else {})
    )
    for row in said:
        print(*row, sep=",")
    if len(sys.argv) == 1:
        with PLACE.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([("check", "value", "target", "ok"), *said])
    sys.exit(not all(ok for *_, ok in said))

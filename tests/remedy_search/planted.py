"""A small planted world for tests of the search: true rates by levels, and outcomes that only depend on the trial."""

from __future__ import annotations

import dataclasses
import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ablate.core.study import Budget, Factor, Level, Setting, Study, Trial
from ablate.outcomes.states import Outcome
from ablate.remedy_search import searchers, space
from ablate.remedy_search.arms import Arm
from ablate.remedy_search.cells import Batch
from ablate.remedy_search.options import Search
from ablate.remedy_search.searchers import Searcher
from ablate.stats.confirmation import other_seeds

STEPS = 100
SEEDS = 20


def study(levels: tuple[int, ...] = (3, 3, 3, 2)) -> Study:
    """Factors a, b, ...; `a` has numbers, the others kinds."""
    factors = []
    for axis, count in enumerate(levels):
        params = [10.0**-code if axis == 0 else {"kind": f"k{code}"} for code in range(count)]
        own = tuple(Level(name=f"{'abcdefgh'[axis]}{code}", params=value) for code, value in enumerate(params))
        factors.append(Factor(name="abcdefgh"[axis], levels=own, baseline=own[0]))
    return Study(
        name="planted", factors=tuple(factors), seeds=tuple(range(SEEDS)), budget=Budget(steps=STEPS, looks=10)
    )


def named(setting: Setting) -> dict[str, str]:
    return {name: level.name for name, level in setting}


def trial_of(setting: Setting, seed: int) -> Trial:
    name = hashlib.sha256(repr((sorted(named(setting).items()), seed)).encode()).hexdigest()[:16]
    return Trial(id=name, setting=setting, seed=seed, task_hash="", budget=Budget(steps=STEPS, looks=10))


def two_needed(setting: Setting) -> float:
    """`b1` with `c2` is enough; each alone helps a little."""
    own = named(setting)
    return {0: 0.0, 1: 0.2, 2: 1.0}[(own["b"] == "b1") + (own["c"] == "c2")]


def rate_outcome(rate_of: Callable[[Setting], float], not_escaped: str = "stuck") -> Callable[[Trial], Outcome]:
    def outcome(trial: Trial) -> Outcome:
        luck = np.random.default_rng(int(trial.id, 16)).random()
        escaped = luck < rate_of(trial.setting)
        return Outcome(state="escaped" if escaped else not_escaped, time=40 if escaped else None)

    return outcome


def searcher(
    search: Search, own: Study | None = None, on_close: Callable[[Arm, Batch], None] = lambda *_: None
) -> Searcher:
    given = own or study()
    return searchers.searcher(
        space.of(given, search.factors),
        search,
        seeds=given.seeds,
        fresh=other_seeds(given.seeds, search.confirm),
        trial_of=trial_of,
        cost_of=lambda _: 1.0,
        limit=STEPS,
        on_close=on_close,
    )


@dataclass
class Sweep:
    """A sweep without training: what was stored is shown at once, other trials end in random order, some at a time.

    Attributes:
        trained: ids in the order in which they were trained; one that failed is there again.
    """

    outcome: Callable[[Trial], Outcome]
    stored: dict[str, Outcome] = field(default_factory=dict)
    order: int = 0
    trained: list[str] = field(default_factory=list)

    def run(self, found: Searcher, most: int = 10**9) -> None:
        """Until the searcher wants nothing more, or so many trials were trained: a kill."""
        luck = random.Random(self.order)  # noqa: S311
        seen: dict[str, Outcome] = {}
        flying: dict[str, Trial] = {}
        while True:
            wanted = found.ask(seen)
            for trial in wanted:
                if trial.id in self.stored and trial.id not in seen and self.stored[trial.id].state != "failed":
                    seen[trial.id] = self.stored[trial.id]
                elif trial.id not in flying and (trial.id not in seen or seen[trial.id].state == "failed"):
                    seen.pop(trial.id, None)
                    flying[trial.id] = trial
            if not flying:
                if wanted:
                    continue
                return
            for name in luck.sample(sorted(flying), min(len(flying), luck.randint(1, 40))):
                if len(self.trained) >= most:
                    return
                trial = flying.pop(name)
                before = self.stored.get(name)
                result = self.outcome(trial)
                seen[name] = dataclasses.replace(result, attempt=before.attempt + 1 if before else 1)
                self.stored[name] = seen[name]
                self.trained.append(name)


def asked(found: Searcher) -> Mapping[str, list[str]]:
    """Per arm, the ids of all trials it asked for, in order."""
    return {
        arm.name: [
            *(trial.id for cell in arm.cells.values() for trial in cell.trials),
            *(trial.id for claim in arm.claims.values() for trial in claim.trials),
        ]
        for arm in found.arms
    }

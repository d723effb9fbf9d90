"""The source of a sweep that searches: the search and its random baseline, each with the same budget."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ablate.core.study import Setting, Trial
from ablate.outcomes.states import Outcome
from ablate.remedy_search.arms import Arm, TrialOf
from ablate.remedy_search.cells import Batch
from ablate.remedy_search.options import Search
from ablate.remedy_search.samplers import Sampling
from ablate.remedy_search.space import Space

SEARCH, RANDOM = "search", "random"
"""The names of the two arms."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Searcher:
    """An `ablate.runner.trial_sources.Source`: asks for what its arms want, given how trials ended.

    Attributes:
        arms: the search first, its random baseline second. They may want the same trial: it is trained once and
            counts for both.
        on_end: called when nothing is under way and nothing more is wanted.
    """

    arms: tuple[Arm, ...]
    on_end: Callable[[Searcher], None] = lambda _: None

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """The trials to train next."""
        wanted = [trial for arm in self.arms for trial in arm.advance(seen)]
        if all(arm.finished for arm in self.arms):
            self.on_end(self)
        return list({trial.id: trial for trial in wanted}.values())

    def arm(self, name: str) -> Arm:
        """The arm of that name."""
        return {arm.name: arm for arm in self.arms}[name]


def searcher(
    space: Space,
    search: Search,
    *,
    seeds: Sequence[int],
    fresh: Sequence[int],
    trial_of: TrialOf,
    cost_of: Callable[[Setting], float],
    limit: int,
    on_close: Callable[[Arm, Batch], None] = lambda *_: None,
    on_end: Callable[[Searcher], None] = lambda _: None,
) -> Searcher:
    """A search and its random baseline at the same budget.

    Args:
        space: what is searched.
        search: how.
        seeds: the study's, shared by both arms and all settings: comparisons are paired.
        fresh: other seeds, for claims (`other_seeds`).
        trial_of: a setting and a seed -> the trial.
        cost_of: a setting -> millions of multiply-adds a step.
        limit: steps of the budget.
        on_close: hears of every batch that is closed.
        on_end: hears when nothing more is wanted.
    """
    kinds = {SEARCH: search.sampler, RANDOM: "RandomSampler"}
    return Searcher(
        arms=tuple(
            Arm(
                name=name,
                sampling=Sampling(kind=kind, space=space, search=search),
                space=space,
                search=search,
                seeds=seeds,
                fresh=fresh,
                trial_of=trial_of,
                cost_of=cost_of,
                limit=limit,
                on_close=on_close,
            )
            for name, kind in kinds.items()
        ),
        on_end=on_end,
    )


def other_seeds(seeds: Sequence[int], count: int) -> tuple[int, ...]:
    """Seeds that the search does not use: the next whole numbers.

    Examples:
        >>> other_seeds((0, 1, 3), 3)
        (2, 4, 5)
    """
    used = set(seeds)
    return tuple(itertools.islice((number for number in itertools.count() if number not in used), count))

"""Join the search and its random baseline, each with the same budget, into one source of a sweep's trials."""

from __future__ import annotations

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
    """An `ablate.runner.trial_sources.Source` that asks for the trials that its arms want.

    Attributes:
        arms: the search first, its random baseline second. If both want a trial, it is trained once and counts for
            both.
        on_end: called when no trial is pending and no arm needs more.
    """

    arms: tuple[Arm, ...]
    on_end: Callable[[Searcher], None] = lambda _: None

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """Return the trials to train next, given how earlier ones ended (by id)."""
        wanted = [trial for arm in self.arms for trial in arm.advance(seen)]
        if all(arm.finished for arm in self.arms):
            self.on_end(self)
        return list({trial.id: trial for trial in wanted}.values())


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
    """Return a search and its random baseline at the same budget.

    Args:
        space: the space that is searched.
        search: how to search.
        seeds: the study's seeds; both arms and all settings share them, so that comparisons are paired.
        fresh: other seeds, on which claims are tested (`confirmation.other_seeds`).
        trial_of: a setting and a seed -> the trial.
        cost_of: a setting -> millions of multiply-adds per step.
        limit: training steps of a trial.
        on_close: called with each batch that is closed.
        on_end: called when no arm needs more trials.
    """
    samplers = {SEARCH: search.sampler, RANDOM: "RandomSampler"}
    return Searcher(
        arms=tuple(
            Arm(
                name=name,
                sampling=Sampling(kind=sampler, space=space, search=search),
                space=space,
                search=search,
                seeds=seeds,
                fresh=fresh,
                trial_of=trial_of,
                cost_of=cost_of,
                limit=limit,
                on_close=on_close,
            )
            for name, sampler in samplers.items()
        ),
        on_end=on_end,
    )

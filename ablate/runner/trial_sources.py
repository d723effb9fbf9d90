"""Which trials a sweep trains next: all of them at once, or as many as results so far call for.

A source is asked at the start, and again whenever workers are about to run out of stacks. It is told how every trial
it asked for has ended, those that were in the store already at once, so the same sweep after a kill asks for the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ablate.core.study import ALL_AT_ONCE, SEQUENTIAL, TOPPED_UP, Json, Study, Trial
from ablate.stats import seed_spending

if TYPE_CHECKING:
    from ablate.core.study import Setting
    from ablate.outcomes.states import Outcome


class Source(Protocol):
    """Where a sweep's trials come from."""

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """The trials to train next, given how those asked for so far have ended, by id; none is an answer, too.

        A trial that is being trained may be named again. One that has been seen is trained again only if it failed,
        and a bounded number of times.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Whole:
    """Every setting with every seed, at once."""

    trials: Sequence[Trial]

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """All trials the first time, none later."""
        return () if seen else self.trials


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Seeds in blocks: a setting gets its next block once all trials of the last are seen and leave it undecided.

    Attributes:
        cells: per setting, its trials in the order of the study's pool of seeds.
        ends: seeds at the end of each block, ascending; the last is the most a setting can have.
        decided: escapes in the order of the seeds [settings, seeds], NaN where not run -> whether each setting is done.
    """

    cells: Mapping[Setting, Sequence[Trial]]
    ends: Sequence[int]
    decided: Callable[[Sequence[Sequence[bool]]], Sequence[bool]]

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """The first block of every setting, then the next of each that is still undecided."""
        if not seen:
            return [trial for trials in self.cells.values() for trial in trials[: self.ends[0]]]
        open_cells = []
        for trials in self.cells.values():
            count = next((place for place, trial in enumerate(trials) if trial.id not in seen), len(trials))
            if count in self.ends[:-1]:
                open_cells.append((trials, count))
        escapes = [[seen[trial.id].state == "escaped" for trial in trials[:count]] for trials, count in open_cells]
        following = dict(zip(self.ends, self.ends[1:], strict=False))
        return [
            trial
            for (trials, count), done in zip(open_cells, self.decided(escapes), strict=True)
            if not done
            for trial in trials[count : following[count]]
        ]


def of(study: Study, hash_of: Callable[[Json], str]) -> Source:
    """The source that the study's `seeds` name.

    Args:
        study: the study.
        hash_of: a task's parameters -> the content hash of its arrays (`ablate.tasks`).
    """
    from ablate.design import designs

    trials = designs.trials(study, hash_of)
    kind = study.spending["kind"]
    if kind == ALL_AT_ONCE:
        own = set(part(study.seeds, *map(int, study.execution.part.split("/"))))
        return Whole(trials=[trial for trial in trials if trial.seed in own])
    cells: dict[Setting, list[Trial]] = {}
    for trial in trials:
        cells.setdefault(trial.setting, []).append(trial)
    return Blocks(cells=cells, ends=seed_spending.ends(study), decided=_DECIDED[kind](study))


def part(seeds: Sequence[int], number: int, parts: int) -> Sequence[int]:
    """The number-th of so many runs of seeds, as equal as can be; together they are all of them.

    Examples:
        >>> [part(range(20), number, 8) for number in (1, 2, 8)]
        [range(0, 2), range(2, 5), range(17, 20)]
    """
    return seeds[len(seeds) * (number - 1) // parts : len(seeds) * number // parts]


def _by_sequence(study: Study) -> Callable[[Sequence[Sequence[bool]]], Sequence[bool]]:
    def decided(escapes: Sequence[Sequence[bool]]) -> Sequence[bool]:
        import numpy as np

        from ablate.stats import sequential

        outcomes = np.full((len(escapes), len(study.pool)), np.nan)
        for row, hits in zip(outcomes, escapes, strict=True):
            row[: len(hits)] = hits
        return [not more for more in sequential.decide(outcomes, seed_spending.rule(study)).more]

    return decided


def _by_exact_bounds(study: Study) -> Callable[[Sequence[Sequence[bool]]], Sequence[bool]]:
    def decided(escapes: Sequence[Sequence[bool]]) -> Sequence[bool]:
        import numpy as np

        from ablate.stats import claims

        hits, counts = np.array([sum(each) for each in escapes]), np.array([len(each) for each in escapes])
        return [verdict != claims.UNDECIDED for verdict in claims.verdicts(hits, counts, seed_spending.claim(study))]

    return decided


_DECIDED = {SEQUENTIAL: _by_sequence, TOPPED_UP: _by_exact_bounds}

"""Decide which trials a sweep trains next: all at once, or as many as the results so far call for.

A sweep asks its source at the start, and again whenever workers are about to run out of stacks. Each time it tells the
source how the trials ended that the source has asked for so far. Results that are stored already are told at once, so
after a kill the source asks for the same trials again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Protocol

import numpy as np

from ablate import tasks
from ablate.core.study import ALL_AT_ONCE, SEQUENTIAL, TOPPED_UP, Json, Setting, Study, Trial
from ablate.design import designs
from ablate.outcomes.states import Outcome
from ablate.stats import seed_spending

Escapes = Sequence[Sequence[bool]]
"""Per setting, whether each of its trials escaped, in the order of the seeds."""


class Source(Protocol):
    """Decides which trials a sweep trains."""

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """Return the trials to train next; none if there is nothing to train now.

        A trial that is being trained may be returned again. A trial that has ended is trained again only if it failed,
        and a bounded number of times.

        Args:
            seen: how the trials asked for so far ended, by id; those without a result are absent.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Whole:
    """All trials at once.

    Attributes:
        trials: the trials.
    """

    trials: Sequence[Trial]

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """Return all trials the first time, and none later."""
        return () if seen else self.trials


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Seeds in blocks: a setting gets its next block if all trials of its last block ended and leave it undecided.

    Attributes:
        cells: per setting, its trials in the order of the study's pool of seeds.
        ends: how many seeds a setting has had at the end of each block, ascending; the last is the most it can have.
        decided: escapes -> per setting, whether it needs no more seeds.
    """

    cells: Mapping[Setting, Sequence[Trial]]
    ends: Sequence[int]
    decided: Callable[[Escapes], Sequence[bool]]

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """Return the first block of every setting, later the next block of each setting that is still undecided."""
        if not seen:
            return [trial for trials in self.cells.values() for trial in trials[: self.ends[0]]]
        open_cells = []
        for trials in self.cells.values():
            count = next((index for index, trial in enumerate(trials) if trial.id not in seen), len(trials))
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


def source_of(study: Study, hash_of: Callable[[Json], str]) -> Source:
    """Return the source that the study's `seeds` ask for.

    Args:
        study: the study.
        hash_of: a task's parameters -> the content hash of its arrays (`ablate.tasks`).
    """
    trials = designs.trials(study, hash_of)
    kind = study.spending["kind"]
    if kind == ALL_AT_ONCE:
        seeds = set(part(study.seeds, *map(int, study.execution.part.split("/"))))
        return Whole(trials=[trial for trial in trials if trial.seed in seeds])
    cells: dict[Setting, list[Trial]] = {}
    for trial in trials:
        cells.setdefault(trial.setting, []).append(trial)
    return Blocks(cells=cells, ends=seed_spending.ends(study), decided=partial(_DECIDED[kind], study))


def part(seeds: Sequence[int], number: int, parts: int) -> Sequence[int]:
    """Return one part of the seeds; the parts are consecutive, as equal in size as possible, and hold every seed once.

    Args:
        seeds: the seeds to split.
        number: which part, from 1.
        parts: how many parts.

    Examples:
        >>> [part(range(20), number, 8) for number in (1, 2, 8)]
        [range(0, 2), range(2, 5), range(17, 20)]
    """
    return seeds[len(seeds) * (number - 1) // parts : len(seeds) * number // parts]


def trials_by_setting(study: Study) -> Callable[[Setting], tuple[Trial, ...]]:
    """Return a function from a setting to its trials, one per seed of the study's pool; each trial is made once."""

    @cache
    def trials(setting: Setting) -> tuple[Trial, ...]:
        return tuple(designs.trials_of(study, [setting], lambda params: tasks.load(params).hash))

    return trials


def _decided_by_sequence(study: Study, escapes: Escapes) -> list[bool]:
    """Return which settings a confidence sequence has decided."""
    from ablate.stats import sequential

    outcomes = np.full((len(escapes), len(study.pool)), np.nan)
    for row, escaped in zip(outcomes, escapes, strict=True):
        row[: len(escaped)] = escaped
    return [not more for more in sequential.decide(outcomes, seed_spending.rule(study)).more]


def _decided_by_exact_bounds(study: Study, escapes: Escapes) -> list[bool]:
    """Return which settings the exact bounds of their escape rates have decided."""
    from ablate.stats import claims

    hits, counts = np.array(list(map(sum, escapes))), np.array(list(map(len, escapes)))
    return [verdict != claims.UNDECIDED for verdict in claims.verdicts(hits, counts, seed_spending.claim(study))]


_DECIDED = {SEQUENTIAL: _decided_by_sequence, TOPPED_UP: _decided_by_exact_bounds}

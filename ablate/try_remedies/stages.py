"""Choose what is trained on a user's model: each remedy alone, sets of remedies, and the best of them on fresh seeds.

`Stages` is a source of a sweep's trials. It asks for a stage when the previous stage has ended. Sets are trained only
where no remedy works alone: each needs a compiled program or two, and compiling takes most of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ablate.core.study import Level, Setting, Trial
from ablate.outcomes.states import Outcome
from ablate.remedies.model import MODEL
from ablate.try_remedies.candidates import Candidates

if TYPE_CHECKING:
    from ablate.stats.confirmation import Confirmation

Levels = tuple[tuple[str, str], ...]
"""A remedy set: pairs of factor and level name, sorted by factor."""

ENOUGH = 0.5
"""The escape rate that a remedy set must be proven to exceed: 7 escapes of 8 seeds prove it at 95 %."""

TESTED = 3
"""The most remedy sets that are trained on fresh seeds; the errors of their proofs add up to at most 5 %."""

FRESH = 10
"""Fresh seeds: 9 escapes of 10 prove a rate above ENOUGH for each of three sets."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """The stages of trying a model.

    Attributes:
        candidates: the remedies that are tried.
        trials_of: a setting -> its trials, one per seed.
        seeds: on how many of the first seeds remedies are chosen; the others are fresh.

    In every method `seen` says how trials ended, by id, and `levels` or `whole` is a remedy set.
    """

    candidates: Candidates
    trials_of: Callable[[Setting], Sequence[Trial]]
    seeds: int

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """Return the trials of the first stage that is not over; none after the last."""
        return next((trials for trials in self.wanted(seen) if any(trial.id not in seen for trial in trials)), [])

    def wanted(self, seen: Mapping[str, Outcome]) -> Iterator[list[Trial]]:
        """Yield the trials of each stage; outcomes of earlier stages decide later ones. The last is on fresh seeds."""
        for stage in self.stages(seen):
            yield [trial for levels in stage for trial in self.trials(levels)]
        tested = self.tested(seen)
        if tested:  # the model as compiled is trained on them, too: it is what they are compared with
            yield [trial for levels in ((), *tested) for trial in self.fresh_trials(levels)]

    def trials(self, levels: Levels) -> Sequence[Trial]:
        """Return the trials of a remedy set on the seeds of the choice."""
        return self.trials_of(self.setting(levels))[: self.seeds]

    def fresh_trials(self, levels: Levels) -> Sequence[Trial]:
        """Return the trials of a remedy set on fresh seeds."""
        return self.trials_of(self.setting(levels))[self.seeds :]

    def stages(self, seen: Mapping[str, Outcome]) -> Iterator[list[Levels]]:
        """Yield the remedy sets of one stage after another; outcomes of earlier stages decide later ones."""
        alone = [(), *(((name, level.name),) for name, levels in self.remedies().items() for level in levels)]
        yield alone
        if self.sufficient((), seen):
            return  # the model is not stuck
        if any(self.sufficient(levels, seen) for levels in alone if levels):
            return
        whole = self.whole(seen)
        if not whole:
            return  # every remedy escaped less often than the baseline
        yield [whole, *all_but_one(whole)]
        if not self.sufficient(whole, seen):
            # One remedy may spoil the others.
            whole = max(all_but_one(whole), key=lambda levels: self.escaped(levels, seen)[0])
            if not self.sufficient(whole, seen):
                return
            yield list(all_but_one(whole))
        for levels in self.shrinking(whole, seen):
            yield [levels]

    def remedies(self) -> dict[str, tuple[Level, ...]]:
        """Return, by factor, the levels that are tried beside the baseline's."""
        return {
            factor.name: tuple(level for level in factor.levels if level != factor.baseline)
            for factor in self.candidates.study.factors
            if factor.varies and factor.name != MODEL
        }

    def whole(self, seen: Mapping[str, Outcome]) -> Levels:
        """Return the set of all remedies: per factor, the level that escaped most by itself (the first if several did).

        A factor is left out if its best level escaped less often than the baseline.
        """
        base, best = self.escaped((), seen)[0], {}
        for name, levels in self.remedies().items():
            escapes = [self.escaped(((name, level.name),), seen)[0] for level in levels]
            if max(escapes) >= base:
                best[name] = levels[escapes.index(max(escapes))].name
        return tuple(sorted(best.items()))

    def shrinking(self, whole: Levels, seen: Mapping[str, Outcome]) -> Iterator[Levels]:
        """Yield sets to try, one after another, until no remedy of a sufficient set can be left out.

        Redundant remedies are put in a row. Bisection finds the shortest beginning of the row that is sufficient with
        the needed remedies. Its last remedy is needed, too, and the row ends before it (U. Junker, QuickXplain, AAAI
        2004).

        Args:
            whole: a remedy set that is sufficient.
            seen: how trials ended, by id.
        """
        without = dict(zip(whole, all_but_one(whole), strict=True))
        needed = [remedy for remedy in whole if not self.sufficient(without[remedy], seen)]
        alone = {remedy: self.escaped((remedy,), seen)[0] for remedy in whole}
        row = sorted((remedy for remedy in whole if remedy not in needed), key=lambda remedy: -alone[remedy])
        while row:
            if needed:
                yield tuple(sorted(needed))
                if self.sufficient(tuple(sorted(needed)), seen):
                    return
            low, high = 0, len(row)
            while high - low > 1:
                middle = (low + high) // 2
                part = tuple(sorted([*needed, *row[:middle]]))
                yield part
                low, high = (low, middle) if self.sufficient(part, seen) else (middle, high)
            needed.append(row[high - 1])
            row = row[: high - 1]
        yield tuple(sorted(needed))

    def setting(self, levels: Levels) -> Setting:
        """Return the setting of a remedy set."""
        tried = self.remedies()
        named = {name: next(level for level in tried[name] if level.name == wanted) for name, wanted in levels}
        return self.candidates.setting(named)

    def smallest(self, seen: Mapping[str, Outcome]) -> tuple[Levels, ...]:
        """Return the sufficient remedy sets of the fewest remedies, best first; none if the model is not stuck.

        Those that escaped more often come first, then those with the higher mean accuracy.
        """
        if self.sufficient((), seen):
            return ()
        sets = dict.fromkeys(levels for stage in self.stages(seen) for levels in stage)
        enough = [levels for levels in sets if levels and self.sufficient(levels, seen)]
        fewest = min(map(len, enough), default=0)
        smallest = [levels for levels in enough if len(levels) == fewest]
        return tuple(
            sorted(smallest, key=lambda levels: (-self.escaped(levels, seen)[0], -self.accuracy(levels, seen)))
        )

    def tested(self, seen: Mapping[str, Outcome]) -> tuple[Levels, ...]:
        """Return the remedy sets that are trained on fresh seeds: the best of the smallest."""
        return self.smallest(seen)[:TESTED]

    def over(self, seen: Mapping[str, Outcome]) -> bool:
        """Return whether every trial of the choice has ended."""
        return all(trial.id in seen for stage in self.stages(seen) for levels in stage for trial in self.trials(levels))

    def escaped(self, levels: Levels, seen: Mapping[str, Outcome]) -> tuple[int, int]:
        """Return how many trials of the choice escaped under a remedy set, and how many have ended.

        Args:
            levels: the remedy set.
            seen: how trials ended, by id.
        """
        states = [seen[trial.id].state for trial in self.trials(levels) if trial.id in seen]
        return states.count("escaped"), len(states)

    def accuracy(self, levels: Levels, seen: Mapping[str, Outcome]) -> float:
        """Return the mean accuracy at the end of the trials of the choice; trials that failed count as 0.

        Args:
            levels: the remedy set.
            seen: how trials ended, by id.
        """
        last = [seen[trial.id].final_accuracy for trial in self.trials(levels) if trial.id in seen]
        return float(np.mean(np.nan_to_num(last))) if last else 0.0

    def sufficient(self, levels: Levels, seen: Mapping[str, Outcome]) -> bool:
        """Return whether the seeds of the choice, by themselves, prove that a remedy set escapes at more than ENOUGH.

        Args:
            levels: the remedy set.
            seen: how trials ended, by id.
        """
        from ablate.stats.rates import lower_bound

        escaped, count = self.escaped(levels, seen)
        return bool(count and float(lower_bound(np.asarray(escaped), np.asarray(count))) >= ENOUGH)

    def confirmation(self, levels: Levels, seen: Mapping[str, Outcome]) -> Confirmation | None:
        """Return what fresh seeds show about a remedy set; None if some of its fresh trials have not ended.

        Args:
            levels: the remedy set; empty for the model as compiled.
            seen: how trials ended, by id.
        """
        from ablate.stats.confirmation import confirm

        fresh = self.fresh_trials(levels)
        if not all(trial.id in seen for trial in fresh):
            return None
        escaped = sum(seen[trial.id].state == "escaped" for trial in fresh)
        return confirm(escaped, len(fresh), ENOUGH, tested=TESTED)

    def better(self, levels: Levels, seen: Mapping[str, Outcome]) -> bool:
        """Return whether a remedy set is proven to escape more often than the model as compiled, on fresh seeds.

        The exact sign test counts the seeds that end differently under both, one-sided at 5 % for all TESTED sets.

        Args:
            levels: the remedy set.
            seen: how trials ended, by id.
        """
        from scipy.stats import binomtest

        pairs = zip(self.fresh_trials(()), self.fresh_trials(levels), strict=True)
        ends = [
            (seen[base.id].state == "escaped", seen[changed.id].state == "escaped")
            for base, changed in pairs
            if base.id in seen and changed.id in seen
        ]
        gained, lost = ends.count((False, True)), ends.count((True, False))
        return gained + lost > 0 and binomtest(gained, gained + lost, alternative="greater").pvalue <= 0.05 / TESTED


def fewest_seeds() -> int:
    """Return the fewest seeds that can prove a remedy sufficient, if every trial escapes.

    Examples:
        >>> fewest_seeds()
        5
    """
    from ablate.stats.rates import lower_bound

    return next(n for n in range(1, 1000) if float(lower_bound(np.asarray(n), np.asarray(n))) >= ENOUGH)


def all_but_one(whole: Levels) -> tuple[Levels, ...]:
    """Return, for each remedy of a set in order, the set without it."""
    return tuple(tuple(remedy for remedy in whole if remedy != left_out) for left_out in whole)

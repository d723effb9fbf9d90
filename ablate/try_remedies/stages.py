"""Choose what is trained on a user's model: each remedy alone, all except one, then smaller sets.

`Stages` is a source of a sweep's trials. It asks for a stage when the previous stage has ended, or has shown everything
that decides this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ablate.core.study import Level, Setting, Trial
from ablate.outcomes.states import Outcome
from ablate.remedies.model import MODEL
from ablate.try_remedies.candidates import Candidates

Levels = tuple[tuple[str, str], ...]
"""A remedy set: pairs of factor and level name, sorted by factor."""

ENOUGH = 0.5
"""The escape rate that a remedy set must be proven to exceed: 7 escapes of 8 seeds prove it at 95 %."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """The stages of trying a model.

    Attributes:
        candidates: the remedies that are tried.
        trials_of: a setting -> its trials, one per seed.

    In every method `seen` says how trials ended, by id, and `levels` or `whole` is a remedy set.
    """

    candidates: Candidates
    trials_of: Callable[[Setting], Sequence[Trial]]

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """Return the trials to train next.

        These are the trials of the first stage that is not over, with those of the second stage once they are known.
        After the last stage there are none.
        """
        wanted: list[Trial] = []
        for number, stage in enumerate(self.stages(seen)):
            trials = [trial for levels in stage for trial in self.trials_of(self.setting(levels))]
            if any(trial.id not in seen for trial in trials):
                wanted += trials
            if wanted and (number or not self.second_stage_known(seen)):
                break
        return wanted

    def second_stage_known(self, seen: Mapping[str, Outcome]) -> bool:
        """Return whether the trials of the first stage that decide the second have ended.

        These are the baseline's, and those of factors with several levels, of which one is chosen. If the baseline
        escapes at times, every level may do harm, so all trials decide. Workers need not wait for the other trials.
        """
        may_harm = self.escaped((), seen)[0] > 0
        competing = [
            ((name, level.name),)
            for name, levels in self.remedies().items()
            if may_harm or len(levels) > 1
            for level in levels
        ]
        settings = [self.setting(levels) for levels in ((), *competing)]
        return all(trial.id in seen for setting in settings for trial in self.trials_of(setting))

    def stages(self, seen: Mapping[str, Outcome]) -> Iterator[list[Levels]]:
        """Yield the remedy sets of one stage after another; outcomes of earlier stages decide later ones."""
        alone = [(), *(((name, level.name),) for name, levels in self.remedies().items() for level in levels)]
        yield alone
        if self.sufficient((), seen):
            return  # the model is not stuck
        whole = self.whole(seen)
        if not whole:
            return  # every remedy escaped less often than the baseline
        yield [whole, *all_but_one(whole)]
        if any(self.sufficient(levels, seen) for levels in alone if levels):
            return
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

    def escaped(self, levels: Levels, seen: Mapping[str, Outcome]) -> tuple[int, int]:
        """Return how many trials of a remedy set escaped, and how many have ended.

        Args:
            levels: the remedy set.
            seen: how trials ended, by id.
        """
        states = [seen[trial.id].state for trial in self.trials_of(self.setting(levels)) if trial.id in seen]
        return states.count("escaped"), len(states)

    def sufficient(self, levels: Levels, seen: Mapping[str, Outcome]) -> bool:
        """Return whether a remedy set is proven to escape at a rate of more than ENOUGH.

        Args:
            levels: the remedy set.
            seen: how trials ended, by id.
        """
        from ablate.stats.rates import lower_bound

        escaped, count = self.escaped(levels, seen)
        return bool(count and float(lower_bound(np.asarray(escaped), np.asarray(count))) >= ENOUGH)

    def better(self, levels: Levels, seen: Mapping[str, Outcome]) -> bool:
        """Return whether a remedy set is proven to escape more often than the baseline on the same seeds.

        The exact sign test counts the seeds that end differently under both, one-sided at 5 %.

        Args:
            levels: the remedy set.
            seen: how trials ended, by id.
        """
        from scipy.stats import binomtest

        pairs = zip(self.trials_of(self.setting(())), self.trials_of(self.setting(levels)), strict=True)
        ends = [
            (seen[base.id].state == "escaped", seen[changed.id].state == "escaped")
            for base, changed in pairs
            if base.id in seen and changed.id in seen
        ]
        gained, lost = ends.count((False, True)), ends.count((True, False))
        return gained + lost > 0 and binomtest(gained, gained + lost, alternative="greater").pvalue <= 0.05


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

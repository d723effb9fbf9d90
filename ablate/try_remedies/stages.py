"""What is trained on a user's model, in order: each remedy alone, all at once less one, then what may be least.

A source of a sweep's trials: each stage is asked for when the one before it has ended, or has shown what decides it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ablate.core.study import Level, Setting, Trial
from ablate.outcomes.states import Outcome
from ablate.remedies.model import MODEL
from ablate.try_remedies.candidates import Menu

Levels = tuple[tuple[str, str], ...]
"""A remedy set: (factor, level's name), sorted by factor."""

ENOUGH = 0.5
"""The escape rate that a remedy set must be proven to exceed: 7 of 8 seeds do it at 95 %."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """The stages of trying a model; `trials_of` makes a setting's trials, one a seed."""

    menu: Menu
    trials_of: Callable[[Setting], Sequence[Trial]]

    def ask(self, seen: Mapping[str, Outcome]) -> Sequence[Trial]:
        """The trials of the first stage that is not over, and of the second once it is known; none after the last."""
        wanted: list[Trial] = []
        for number, stage in enumerate(self.stages(seen)):
            own = [trial for levels in stage for trial in self.trials_of(self.setting(levels))]
            if any(trial.id not in seen for trial in own):
                wanted += own
            if wanted and (number or not self.chosen(seen)):
                break
        return wanted

    def chosen(self, seen: Mapping[str, Outcome]) -> bool:
        """Whether the first stage has shown all that decides the second: the baseline, and levels that compete.

        Workers need not wait for the rest of it then, unless the baseline escapes at times: every level may do harm.
        """
        harm = self.escaped((), seen)[0] > 0
        tried = self.remedies().items()
        rivals = [((name, each.name),) for name, levels in tried if harm or levels[1:] for each in levels]
        settings = [self.setting(levels) for levels in ((), *rivals)]
        return all(trial.id in seen for setting in settings for trial in self.trials_of(setting))

    def stages(self, seen: Mapping[str, Outcome]) -> Iterator[list[Levels]]:
        """The remedy sets of one stage after another, each chosen by what the stages before have shown."""
        alone = [(), *(((name, each.name),) for name, levels in self.remedies().items() for each in levels)]
        yield alone
        if self.sufficient((), seen):
            return  # it is not stuck
        whole = self.whole(seen)
        if not whole:
            return  # each escaped less often than the baseline
        yield [whole, *_all_but_one(whole)]
        if any(self.sufficient(levels, seen) for levels in alone if levels):
            return
        if not self.sufficient(whole, seen):
            # One remedy may spoil the others.
            whole = max(_all_but_one(whole), key=lambda levels: self.escaped(levels, seen)[0])
            if not self.sufficient(whole, seen):
                return
            yield list(_all_but_one(whole))
        for levels in self.shrinking(whole, seen):
            yield [levels]

    def remedies(self) -> dict[str, tuple[Level, ...]]:
        """By factor, the levels that are tried beside the baseline's."""
        return {
            factor.name: tuple(level for level in factor.levels if level != factor.baseline)
            for factor in self.menu.study.factors
            if factor.varies and factor.name != MODEL
        }

    def whole(self, seen: Mapping[str, Outcome]) -> Levels:
        """One remedy of every factor: the one that escaped most by itself; of equals, the first on the menu.

        None of a factor whose best one escaped less often than the baseline.
        """
        base, best = self.escaped((), seen)[0], {}
        for name, levels in self.remedies().items():
            escapes = [self.escaped(((name, level.name),), seen)[0] for level in levels]
            if max(escapes) >= base:
                best[name] = levels[escapes.index(max(escapes))].name
        return tuple(sorted(best.items()))

    def shrinking(self, whole: Levels, seen: Mapping[str, Outcome]) -> Iterator[Levels]:
        """Sets to try, one after another, until none of a sufficient set's remedies can be left out.

        The redundant ones stand in a row, and bisection finds the shortest beginning of it that is sufficient beside
        what is needed: its last one is needed, too, and the row ends before it (U. Junker, QuickXplain, AAAI 2004).
        """
        less = dict(zip(whole, _all_but_one(whole), strict=True))
        needed = [each for each in whole if not self.sufficient(less[each], seen)]
        alone = {each: self.escaped((each,), seen)[0] for each in whole}
        row = sorted((each for each in whole if each not in needed), key=lambda each: -alone[each])
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
        """The setting of a remedy set."""
        tried = self.remedies()
        named = {name: next(each for each in tried[name] if each.name == level) for name, level in levels}
        return self.menu.setting(named)

    def escaped(self, levels: Levels, seen: Mapping[str, Outcome]) -> tuple[int, int]:
        """Trials of a remedy set that escaped, and trials that have ended."""
        own = [seen[trial.id] for trial in self.trials_of(self.setting(levels)) if trial.id in seen]
        return sum(each.state == "escaped" for each in own), len(own)

    def sufficient(self, levels: Levels, seen: Mapping[str, Outcome]) -> bool:
        """Whether a remedy set is proven to escape at a rate of more than ENOUGH."""
        import numpy as np

        from ablate.stats.rates import lower_bound

        escaped, count = self.escaped(levels, seen)
        return bool(count and float(lower_bound(np.asarray(escaped), np.asarray(count))) >= ENOUGH)

    def better(self, levels: Levels, seen: Mapping[str, Outcome]) -> bool:
        """Whether a remedy set is proven to escape more often than the baseline, from the same seeds.

        By the exact sign test, one-sided at 5 %: of the seeds that end differently so many end better.
        """
        from scipy.stats import binomtest

        pairs = zip(self.trials_of(self.setting(())), self.trials_of(self.setting(levels)), strict=True)
        ends = [tuple(seen[trial.id].state == "escaped" for trial in each) for each in pairs if _both(each, seen)]
        gained, lost = ends.count((False, True)), ends.count((True, False))
        return gained + lost > 0 and binomtest(gained, gained + lost, alternative="greater").pvalue <= 0.05


def fewest() -> int:
    """With fewer seeds nothing can be proven sufficient, even if every trial escapes.

    Examples:
        >>> fewest()
        5
    """
    import numpy as np

    from ablate.stats.rates import lower_bound

    return next(n for n in range(1, 1000) if float(lower_bound(np.asarray(n), np.asarray(n))) >= ENOUGH)


def _all_but_one(whole: Levels) -> tuple[Levels, ...]:
    return tuple(tuple(each for each in whole if each != left) for left in whole)


def _both(pair: tuple[Trial, Trial], seen: Mapping[str, Outcome]) -> bool:
    return all(trial.id in seen for trial in pair)

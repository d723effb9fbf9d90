"""Split a study's trials into groups that answer different questions: prevention, and rescue from each start."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ablate.core.study import ALL_AT_ONCE
from ablate.remedies import problems
from ablate.remedies.start import START
from ablate.report import text_escaping
from ablate.results import start_states
from ablate.results.start_states import FRESH, NATURAL
from ablate.results.study_results import Results
from ablate.stats import rates, seed_spending

FEWEST = 5
"""A group with fewer seeds is only counted, if another group has at least this many.

With 4 seeds, even 4 of 4 escapes prove a rate of no more than 0.47 (one-sided 95 % bound).
"""


def levels_of(trials: pd.DataFrame, factor: str) -> list[str]:
    """Return the levels that occur: numbers by size, others in the study's order.

    Args:
        trials: rows of `Results.trials`.
        factor: a factor's column.
    """
    return in_order(map(str, trials[factor].cat.remove_unused_categories().cat.categories))


def in_order(levels: Iterable[str]) -> list[str]:
    """Sort levels by size if all are numbers; else keep their order.

    Args:
        levels: names of levels.

    Examples:
        >>> in_order(["0.05", "0.2", "1e-3"]), in_order(["off", "0.2"])
        (['1e-3', '0.05', '0.2'], ['off', '0.2'])
    """
    names = list(levels)
    try:
        return sorted(names, key=float)
    except ValueError:
        return names


@dataclass(frozen=True, eq=False, kw_only=True)
class TrialGroup:
    """Trials that start alike. No rate is pooled over two groups.

    Attributes:
        key: short, for file names and anchors.
        title: for headings.
        lead: one sentence on what the trials are.
        within: the column values that select them.
        trials: their rows of `Results.trials`, with its index.
        first_seeds: the seeds that every setting gets, whatever the results; empty if no result decides on seeds.
        aside: whether the trials are counted but not compared: their first phase did not end in a trap, or fewer than
            FEWEST seeds start so.
    """

    key: str
    title: str
    lead: str
    within: tuple[tuple[str, str], ...]
    trials: pd.DataFrame
    first_seeds: tuple[int, ...] = ()
    aside: bool = False

    @cached_property
    def pooled(self) -> pd.DataFrame:
        """Return the trials for means over settings: those on `first_seeds` (`seed_spending.comparable`)."""
        rows = self.trials[self.trials["seed"].isin(self.first_seeds)] if self.first_seeds else self.trials
        return self.trials if len(rows) == len(self.trials) else rows

    @cached_property
    def varying(self) -> tuple[str, ...]:
        """Return the factors that differ between these trials: columns between `seed` and `state`."""
        columns = list(self.trials.columns)
        factors = columns[columns.index("seed") + 1 : columns.index("state")]
        return tuple(name for name in factors if len(self.trials[name].unique()) > 1)

    def at(self, levels: Mapping[str, str]) -> pd.DataFrame:
        """Return the trials of one setting.

        Args:
            levels: level names by factor, of each that varies.
        """
        rows = self.trials
        for name in self.varying:
            rows = rows[rows[name].astype(str) == levels[name]]
        return rows

    def without_problems(self, baseline: Mapping[str, str]) -> TrialGroup:
        """Return the group of those trials whose problem is the baseline's: they differ in remedies alone.

        Args:
            baseline: the baseline's level names by factor.
        """
        rows = self.trials
        for name in problems() & set(self.varying):
            rows = rows[rows[name].astype(str) == baseline[name]]
        return replace(self, trials=rows)

    def comparable(self, factors: Sequence[str]) -> pd.DataFrame:
        """Return the trials among which the levels of these factors can be compared.

        In a union of designs one level may have been run in few settings of the other factors and another level in
        many; pooling them would compare settings, not levels. Only those settings of the other factors are kept in
        which the same combinations of these levels were run, as many as possible. A full grid is kept whole. And only
        trials on seeds that every setting gets are kept (`pooled`).
        """
        key = tuple(sorted(factors))
        if key not in self._compared:
            self._compared[key] = self._comparable(factors)
        return self._compared[key]

    @cached_property
    def _compared(self) -> dict[tuple[str, ...], pd.DataFrame]:
        """Return the results of `comparable` by factors, kept so that each is computed once."""
        return {}

    def _comparable(self, factors: Sequence[str]) -> pd.DataFrame:
        names = [name for name in self.varying if name not in factors]
        trials = self.pooled
        if not names:
            return trials
        context, cell = rates.groups(trials, names), rates.groups(trials, factors)
        pairs = np.unique(context * (cell.max() + 1) + cell)
        if len(pairs) == (context.max() + 1) * (cell.max() + 1):
            return trials
        contexts, cells = np.divmod(pairs, cell.max() + 1)
        edges = np.searchsorted(contexts, np.arange(context.max() + 2)).tolist()
        listed = cells.tolist()
        combinations = [tuple(listed[low:high]) for low, high in itertools.pairwise(edges)]
        # Of sets with equally many combinations, take the one that most settings have; then the first.
        common = Counter(combinations)
        best = max(common, key=lambda cells: (len(cells), common[cells], [-cell for cell in cells]))
        kept: pd.DataFrame = trials[np.array([cells == best for cells in combinations])[context]]
        return kept

    def other_levels(self, factors: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Return the levels of the other factors that select `comparable(factors)`; none for a factor kept whole."""
        rows = self.comparable(factors)
        if rows is self.pooled:
            return ()
        result: list[tuple[str, str]] = []
        for name in self.varying:
            levels = levels_of(rows, name)
            if name not in factors and len(levels) < len(self.trials[name].unique()):
                result += [(name, level) for level in levels]
        return tuple(result)

    def most_different(self, count: int) -> tuple[str, ...]:
        """Return the factors whose levels differ most in escape or collapse rate, in the study's order."""
        spread: dict[str, tuple[float, int]] = {}
        for position, name in enumerate(self.varying):
            rows = self.comparable([name])
            by_state = [
                (rows["state"] == state).groupby(rows[name], observed=True).mean() for state in ("escaped", "collapsed")
            ]
            spread[name] = (-max(float(rate.max() - rate.min()) for rate in by_state), position)
        chosen = sorted(spread, key=spread.__getitem__)[:count]
        return tuple(name for name in self.varying if name in chosen)


def trial_groups(results: Results) -> list[TrialGroup]:
    """Split the trials: prevention, then rescue per start level, then trials whose first phase did not end at 1/N.

    The trials of a trap are one group, however their first phase ended; see `ablate.results.start_states.alike`.
    """
    first = seed_spending.first(results.study) if results.study.spending["kind"] != ALL_AT_ONCE else ()
    kinds = start_states.kinds(results.study)
    levels = list(results.trials[START].cat.categories) if kinds else [""]
    several = START in results.varying  # only then `ablate.results.settings_table` has the column START
    groups = []
    for level in sorted(levels, key=lambda name: kinds.get(name, FRESH) != FRESH):
        trials = results.trials[results.trials[START] == level] if kinds else results.trials
        kind = kinds.get(level, FRESH)
        if kind != NATURAL:
            groups.append(_group(level, kind, "", trials, several=several))
            continue
        for state in sorted(trials["start_state"].unique(), key=lambda name: (name != "collapsed", name)):
            rows = trials[trials["start_state"] == state]
            groups.append(_group(level, kind, str(state), rows, several=several))
    return _set_small_aside([replace(group, first_seeds=first) for group in groups])


def _set_small_aside(groups: list[TrialGroup]) -> list[TrialGroup]:
    """Set groups of fewer than FEWEST seeds aside if another group has at least FEWEST."""
    seeds = [group.trials["seed"].nunique() for group in groups]
    if max((count for group, count in zip(groups, seeds, strict=True) if not group.aside), default=0) < FEWEST:
        return groups
    return [
        replace(group, aside=True, lead=f"Seeds that start so: only {count}. Their trials are counted, not compared.")
        if 0 < count < FEWEST and not group.aside
        else group
        for group, count in zip(groups, seeds, strict=True)
    ]


def _group(level: str, kind: str, state: str, rows: pd.DataFrame, *, several: bool) -> TrialGroup:
    within = (((START, level),) if several else ()) + ((("start_state", state),) if state else ())
    aside = kind == NATURAL and state not in ("", *start_states.TRAPPED)
    ended = state.replace("_", " ")
    if kind == FRESH:
        title, lead = "Prevention", "Trials that start from fresh weights: does the setting avoid the plateau?"
    elif aside:
        title = f"Start {level}, first phase {ended}"
        lead = "The first phase of these trials did not end at 1/N. They cannot show a rescue and are only counted."
    else:
        title = f"Rescue from {level}" + (f" (first phase: {state})" if state not in ("", level) else "")
        lead = f"Trials that start on the plateau `{level}`: does the setting leave it?{_first_phases(rows)}"
    key = text_escaping.file_name(level if several or kind != FRESH else "", state)[:60]
    return TrialGroup(key=key, title=title, lead=lead, within=within, trials=rows, aside=aside)


def _first_phases(rows: pd.DataFrame) -> str:
    """Say how the first phases ended, if they did not all end alike."""
    shares = rows["start_state"].astype(str).value_counts(normalize=True)
    if len(shares) < 2:
        return ""
    return f" Their first phase: {', '.join(f'{state} {share:.0%}' for state, share in shares.items())}."

"""Which trials answer which question: prevention, rescue, and what may not be pooled with either."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ablate.remedies.start import START
from ablate.results import start_states
from ablate.results.start_states import FRESH, NATURAL
from ablate.results.study_results import Results
from ablate.stats import rates

FEWEST = 5
"""Seeds with which trials that start alike are compared, if others have as many: of fewer even all says less than half
(one-sided 95 % bound of 4 of 4: 0.47)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Stratum:
    """Trials that start alike.

    Attributes:
        key: short, for file names and anchors.
        title: for headings.
        lead: one sentence on what the trials are.
        within: the column values that select them.
        trials: their rows of `Results.trials`, with its index.
        aside: whether they answer neither question and are only counted: a first phase that had to collapse did not, or
            hardly any seed starts so.
    """

    key: str
    title: str
    lead: str
    within: tuple[tuple[str, str], ...]
    trials: pd.DataFrame
    aside: bool = False

    @cached_property
    def varying(self) -> tuple[str, ...]:
        """Factor columns that differ between these trials (every column between `seed` and `state`)."""
        columns = list(self.trials.columns)
        factors = columns[columns.index("seed") + 1 : columns.index("state")]
        return tuple(name for name in factors if len(self.trials[name].unique()) > 1)

    def comparable(self, factors: Sequence[str]) -> pd.DataFrame:
        """The trials among which these factors' levels can be compared: those with the same company.

        A level may have been run in few settings of the other factors and another in many (a union of designs), and
        pooling both would compare the settings, not the levels. So only those settings of the others are kept in which
        the same combinations of these factors' levels were run, the most that any has. In a full grid that is all.
        """
        key = tuple(sorted(factors))
        if key not in self._compared:
            self._compared[key] = self._comparable(factors)
        return self._compared[key]

    @cached_property
    def _compared(self) -> dict[tuple[str, ...], pd.DataFrame]:
        """What `comparable` has found."""
        return {}

    def _comparable(self, factors: Sequence[str]) -> pd.DataFrame:
        names = [name for name in self.varying if name not in factors]
        if not names:
            return self.trials
        context, cell = rates.groups(self.trials, names), rates.groups(self.trials, factors)
        found = np.unique(context * (cell.max() + 1) + cell)
        if len(found) == (context.max() + 1) * (cell.max() + 1):
            return self.trials
        owner, cells = np.divmod(found, cell.max() + 1)
        edges = np.searchsorted(owner, np.arange(context.max() + 2)).tolist()
        each = cells.tolist()
        runs = [tuple(each[low:high]) for low, high in itertools.pairwise(edges)]
        # Of equally many combinations, those that most settings have; then the first.
        common = Counter(runs)
        best = max(common, key=lambda run: (len(run), common[run], [-cell for cell in run]))
        kept: pd.DataFrame = self.trials[np.array([run == best for run in runs])[context]]
        return kept

    def company(self, factors: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """What a link must say to show the comparable trials alone: the other factors' levels, where not all."""
        rows = self.comparable(factors)
        if rows is self.trials:
            return ()
        found: list[tuple[str, str]] = []
        for name in self.varying:
            levels = [str(level) for level in rows[name].cat.remove_unused_categories().cat.categories]
            if name not in factors and len(levels) < len(self.trials[name].unique()):
                found += [(name, level) for level in levels]
        return tuple(found)

    def loudest(self, count: int) -> tuple[str, ...]:
        """The factors whose levels' escape or collapse rates lie furthest apart, in the study's order."""
        spread: dict[str, tuple[float, int]] = {}
        for place, name in enumerate(self.varying):
            rows = self.comparable([name])
            rates = [
                (rows["state"] == state).groupby(rows[name], observed=True).mean() for state in ("escaped", "collapsed")
            ]
            spread[name] = (-max(float(rate.max() - rate.min()) for rate in rates), place)
        chosen = sorted(spread, key=spread.__getitem__)[:count]
        return tuple(name for name in self.varying if name in chosen)


def strata(results: Results) -> list[Stratum]:
    """Prevention first, then rescue per start level, then trials whose first phase did not end as it had to.

    Trials in a trap are one stratum, however the first phase before it ended; see `first_phase.alike`.
    """
    found = []
    kinds = start_states.kinds(results.study)
    levels = list(results.trials[START].cat.categories) if kinds else [""]
    apart = START in results.varying  # as in the table of settings, which may lack the column otherwise
    for level in sorted(levels, key=lambda name: kinds.get(name, FRESH) != FRESH):
        own = results.trials[results.trials[START] == level] if kinds else results.trials
        kind = kinds.get(level, FRESH)
        if kind != NATURAL:
            found.append(_stratum(level, kind, "", own, apart=apart))
            continue
        for state in sorted(own["start_state"].unique(), key=lambda name: (name != "collapsed", name)):
            rows = own[own["start_state"] == state]
            found.append(_stratum(level, kind, str(state), rows, apart=apart))
    return _few_aside(found)


def _few_aside(found: Sequence[Stratum]) -> list[Stratum]:
    """The strata, those of hardly any seed set aside where others have more."""
    seeds = [each.trials["seed"].nunique() for each in found]
    if max((count for each, count in zip(found, seeds, strict=True) if not each.aside), default=0) < FEWEST:
        return list(found)
    return [
        replace(each, aside=True, lead=f"Only {count} of the seeds start so: counted, not compared.")
        if 0 < count < FEWEST and not each.aside
        else each
        for each, count in zip(found, seeds, strict=True)
    ]


def _stratum(level: str, kind: str, state: str, rows: pd.DataFrame, *, apart: bool) -> Stratum:
    within = (((START, level),) if apart else ()) + ((("start_state", state),) if state else ())
    key = "-".join(filter(None, (level if apart or kind != FRESH else "", state)))
    aside = kind == NATURAL and state not in ("", "collapsed")
    if kind == FRESH:
        title, lead = "Prevention", "Trials that train from fresh weights: does the setting keep off the plateau?"
    elif aside:
        title = f"Start {level}, first phase {state}"
        lead = "Trials whose first phase did not collapse: no rescue can be seen in them; reported apart."
    else:
        title = f"Rescue from {level}" + (f" (first phase: {state})" if state else "")
        lead = f"Trials that start from the plateau `{level}`: does the setting get off it?{_before(rows)}"
    return Stratum(key=_safe(key), title=title, lead=lead, within=within, trials=rows, aside=aside)


def _before(rows: pd.DataFrame) -> str:
    """How the first phases ended, if they did not all end alike, as a sentence."""
    shares = rows["start_state"].astype(str).value_counts(normalize=True)
    if len(shares) < 2:
        return ""
    return f" Their first phase: {', '.join(f'{state} {share:.0%}' for state, share in shares.items())}."


def _safe(text: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in text)[:60]

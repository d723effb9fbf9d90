"""What every section is made from: the results, their groups of trials, and the curves as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ablate.report import signals
from ablate.report.trial_groups import TrialGroup, trial_groups
from ablate.results import settings_table
from ablate.results.study_results import Results
from ablate.stats import seed_spending
from ablate.stats.claims import Claim

NO_CURVES = "This section needs the curves of the trials, which are not in the published results."

EVENTS = {"escaped": "escape", "collapsed": "collapse"}
"""State whose rate is compared -> the event that leads to it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Inputs:
    """What every section is made from.

    Attributes:
        results: the study.
        settings: the table of `ablate.results.settings_table.table`.
        groups: the groups of trials that are analysed and drawn, one by one.
        aside: the groups that are only counted.
        arrays: per signal [trials, evaluations].
        baseline: level names by factor.
        claim: the escape rate that is enough, and how it is proven.
    """

    results: Results
    settings: pd.DataFrame
    groups: tuple[TrialGroup, ...]
    aside: tuple[TrialGroup, ...]
    arrays: Mapping[str, np.ndarray]
    baseline: Mapping[str, str]
    claim: Claim

    @property
    def keys(self) -> list[str]:
        """Return the columns that tell settings apart."""
        return list(self.settings.columns)[: list(self.settings.columns).index("n")]

    def settings_of(self, group: TrialGroup) -> pd.DataFrame:
        """Return the settings of one group of trials."""
        rows = self.settings
        for name, value in group.within:
            rows = rows[rows[name].astype(str) == value]
        return rows


def _finished(results: Results) -> bool:
    """Return whether every setting that was run has all seeds that it gets whatever the results."""
    first = seed_spending.first(results.study)
    trials = results.trials[results.trials["seed"].isin(first)]
    counts = trials.groupby(list(results.varying), observed=True).size() if results.varying else [len(trials)]
    return min(counts, default=0) >= len(first)


def section_inputs(results: Results, names: Sequence[str] = ()) -> Inputs:
    """Collect what the sections are made from.

    Args:
        results: the study.
        names: the signals whose curves are read.
    """
    every = [group for group in trial_groups(results) if len(group.trials)]
    compared = [group for group in every if not group.aside] or every
    return Inputs(
        results=results,
        settings=settings_table.table(results),
        groups=tuple(compared),
        aside=tuple(group for group in every if group not in compared),
        arrays=signals.arrays(results, names),
        baseline={name: level.name for name, level in results.study.baseline},
        claim=seed_spending.claim(results.study, finished=_finished(results)),
    )

"""Decide which trials start from what their first phase left, and which from a trap that replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablate.core.study import Study
from ablate.remedies.start import START

if TYPE_CHECKING:
    import pandas as pd

FRESH, NATURAL = "fresh", "collapsed"
"""Kinds of `start` without a trap: fresh weights, and the weights that a first phase left, unchanged."""

TRAPPED = ("collapsed", "stuck")
"""States of a first phase that leave a network at 1/N. A diverged one has no finite weights to go on from."""


def kinds(study: Study) -> dict[str, str]:
    """Return the kind of each level of `start`, by the level's name; empty for a study without that factor."""
    for factor in study.factors:
        if factor.name == START:
            levels = (*factor.levels, factor.baseline)
            return {
                level.name: str(level.params.get("kind", FRESH)) for level in levels if isinstance(level.params, dict)
            }
    return {}


def alike(study: Study, trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials with `start_state` emptied wherever it does not determine what a trial starts from.

    A trap puts all its trials into the same state, however the first phase before it ended. Where no trap is set
    (NATURAL), the state after the first phase decides whether there is anything to escape from, so no rate may be
    pooled over it.

    Args:
        study: the study of the trials.
        trials: one row a trial, with `start_state`, and `start` by level name if the study has that factor.
    """
    natural = [name for name, kind in kinds(study).items() if kind == NATURAL]
    if not natural:
        return trials.assign(start_state="")
    return trials.assign(start_state=trials["start_state"].where(trials[START].isin(natural), ""))

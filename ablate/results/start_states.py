"""Where a first phase decides what a trial starts from, and where a trap is set in whatever it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ablate.core.study import Study

if TYPE_CHECKING:
    import pandas as pd

FRESH, NATURAL = "fresh", "collapsed"
"""Kinds of `start` without a trap: fresh weights, and those that a first phase left, as it left them."""


def kinds(study: Study) -> dict[str, str]:
    """The kind of each level of `start`, by the level's name; empty for a study without that factor."""
    for factor in study.factors:
        if factor.name == "start":
            levels = (*factor.levels, factor.baseline)
            return {each.name: str(each.params.get("kind", FRESH)) for each in levels if isinstance(each.params, dict)}
    return {}


def alike(study: Study, trials: pd.DataFrame) -> pd.DataFrame:
    """The trials, `start_state` left only where it says what a trial starts from.

    A trap holds all its trials alike, and how the first phase before it ended is a property of the seed. Where nothing
    is set (NATURAL), that decides whether there is anything to get out of, and no rate may be pooled over it.

    Args:
        study: the trials' study.
        trials: `start` by level name if the study has that factor, and `start_state`.
    """
    natural = [name for name, kind in kinds(study).items() if kind == NATURAL]
    if not natural:
        return trials.assign(start_state="")
    return trials.assign(start_state=trials["start_state"].where(trials["start"].isin(natural), ""))

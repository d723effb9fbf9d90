"""Pair published trials that differ in one factor: a network that ended at chance, and the same with one change.

The two trials of a pair have the same seed and the same levels of all other factors, so that only the change can have
made the second one escape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pandas as pd

from ablate.remedies import problems
from ablate.results.start_states import NATURAL, TRAPPED
from ablate.stats.causes import AT_CHANCE, refine
from findings import published

NUMBERS = ("learning_rate", "width", "depth")
"""Factors whose changes are named by direction; for any other factor the new level is the name."""

SWITCHES = {"normalization": "off", "regularizer": "off", "constraint": "off", "clipping": "none"}
"""Factor -> the level that switches it off. Only switching on or off counts as a change, not another kind."""

REPAIRS = {"input_scale": "standardized"}
"""Factor -> the one level that counts as a change: what another scale does depends on the units of the inputs."""

FAR = 10.0
"""A learning rate this many times lower or higher is a `far` change; a smaller one is `somewhat`."""

FUSED = {"keras": "fused", "post": "fused"}
"""Loss -> the loss that computes the same: switching between the two is no change."""

COLUMNS = ("trial", "study", "task", "phase", "cause", "factor", "change", "setting", "escaped")
"""Columns of `pairs`."""


@cache
def pairs(results: Path, studies: tuple[str, ...]) -> pd.DataFrame:
    """Return one row for each change of one factor, in each study, of each trial that ended at chance.

    Args:
        results: the folder with the published trials.parquet and endings.parquet of each study; a study without them
            has no rows.
        studies: the names of the studies.

    Returns:
        COLUMNS: `trial` is the id of the trial that failed; `phase` is `anew` (from fresh weights) or `on` (from those
        of a trapped network); `cause` the cause of its plateau (`ablate.stats.causes.NAMES`); `change` a new level, or
        `lower` or `higher`; `setting` a text for the setting before and after, within its study; `escaped` whether the
        changed trial escaped.
    """
    rows = [
        pair for name in studies for trials in _read(results / name) for pair in _changes(trials.assign(study=name))
    ]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(COLUMNS))


def _read(study: Path) -> Iterator[pd.DataFrame]:
    """Yield the published trials of a study with the causes of their plateaus, if both files are published."""
    trials, endings = published.frame(study, "trials.parquet"), published.frame(study, "endings.parquet")
    if trials is not None and endings is not None:
        refined = [refine(*row) for row in zip(endings["fingerprint"], endings["update_ratio"], strict=True)]
        yield trials.merge(endings[["id"]].assign(cause=refined), on="id", how="inner", validate="one_to_one")


def faults(results: Path, studies: Iterable[str]) -> pd.DataFrame:
    """Count the causes that fresh networks at chance show, by the planted fault.

    Args:
        results: the folder with the published files of each study.
        studies: the names of the studies.

    Returns:
        index: each planted fault, and `none`; columns: causes; values: trials at chance.
    """
    frames = [trials for name in studies for trials in _read(results / name)]
    trials = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["state", "start"])
    fresh = trials[trials["state"].isin(AT_CHANCE) & (trials["start"] == "fresh")]
    return pd.crosstab(fresh["fault"], fresh["cause"]) if len(fresh) else pd.DataFrame()


def _changes(trials: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the pairs of one study, factor by factor."""
    columns = list(trials.columns)
    factors = columns[columns.index("id") + 1 : columns.index("seed")]
    # The one remedy of a planted fault is to mend it, which no network without it can try; `faults` counts such trials.
    trials = trials[trials["fault"] == "none"]
    # Who goes on from weights above chance has nothing to escape from.
    above = trials["start"].str.startswith(NATURAL) & ~trials["start_state"].isin(TRAPPED)
    trials = trials[~above]
    trials = trials.assign(loss=trials["loss"].replace(FUSED)).drop_duplicates([*factors, "seed"])
    for factor in factors:
        if factor not in problems() and len(trials[factor].unique()) > 1:
            yield _changed(trials, factor, [name for name in factors if name != factor])


def _changed(trials: pd.DataFrame, factor: str, others: list[str]) -> pd.DataFrame:
    """Return the failed trials beside each trial that differs in the level of this factor alone."""
    kept = ["id", "study", "task", "start", "cause", "seed", "state", factor]
    old = trials[[*dict.fromkeys(kept)]].assign(others=trials.groupby(others, sort=False).ngroup())
    new = old[["others", "seed", factor, "state"]].rename(columns={factor: "level", "state": "outcome"})
    both = old[old["state"].isin(AT_CHANCE)].merge(new, on=["others", "seed"])
    both = both[both["level"] != both[factor]]
    if factor in SWITCHES:
        both = both[(both["level"] == SWITCHES[factor]) | (both[factor] == SWITCHES[factor])]
    if factor in REPAIRS:
        both = both[both["level"] == REPAIRS[factor]]
    change = both["level"]
    if factor in NUMBERS:
        ratio = both["level"].astype(float) / both[factor].astype(float)
        change = (ratio < 1).map({True: "lower", False: "higher"})
        if factor == "learning_rate":
            # The limits leave room for rounding: 0.002 / 0.02 is not exactly 0.1.
            near = ratio.between(1.001 / FAR, 0.999 * FAR)
            change = near.map({True: "somewhat ", False: "far "}) + change
    return pd.DataFrame(
        {
            "trial": both["id"],
            "study": both["study"],
            "task": both["task"],
            "phase": (both["start"] == "fresh").map({True: "anew", False: "on"}),
            "cause": both["cause"],
            "factor": factor,
            "change": change,
            "setting": [
                f"{factor}/{setting}/{before}/{after}"
                for setting, before, after in both[["others", factor, "level"]].values
            ],
            "escaped": both["outcome"] == "escaped",
        }
    )

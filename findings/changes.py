"""Pairs of published trials that differ in one factor: a network that ended at chance, and the same with one change.

Both have the same seed and every other factor alike, so that the change alone can have got the second one out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pandas as pd

from ablate.stats.causes import AT_CHANCE, refine
from findings import published

NUMBERS = ("learning_rate", "width", "depth")
"""Factors whose change has a direction; of all others the new level is named."""

SWITCHES = {"normalization": "off", "regularizer": "off", "constraint": "off", "clipping": "none"}
"""Factors that are on or off: a change from one way of being on to another says nothing of switching on."""

FAR = 10.0
"""A rate so many times lower or higher is far from the old one; a change by less is another remedy."""

FUSED = {"keras": "fused", "post": "fused"}
"""Losses that are one formulation (docs/engine.md): a change between them is none."""

FIXED = ("task", "start", "model")
"""Factors that say which network it is, not what is done about it."""

COLUMNS = ("trial", "study", "task", "phase", "cause", "factor", "change", "setting", "escaped")
"""Of `pairs`."""


@cache
def pairs(results: Path, studies: tuple[str, ...]) -> pd.DataFrame:
    """One row for each change of one factor, in each study, of each trial that ended at chance.

    Args:
        results: the folder with the published trials.parquet and endings.parquet of each study; a study without them
            has no rows.
        studies: names of studies.

    Returns:
        COLUMNS: `trial` is the id of the trial that failed; `phase` is `anew` (from fresh weights) or `on` (from those
        of a trapped network); `cause` the cause of its plateau (`ablate.stats.causes.NAMES`); `change` a new level, or
        `lower` or `higher`; `setting` a text for the setting before and after, within its study; `escaped` whether the
        changed trial did.
    """
    found = [_of(trials.assign(study=name)) for name in studies for trials in _read(results / name)]
    rows = [pair for each in found for pair in each]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=list(COLUMNS))


def _read(study: Path) -> Iterator[pd.DataFrame]:
    """The published trials of a study and how they look, if both are published."""
    trials, endings = published.frame(study, "trials.parquet"), published.frame(study, "endings.parquet")
    if trials is not None and endings is not None:
        refined = [refine(*row) for row in zip(endings["fingerprint"], endings["update_ratio"], strict=True)]
        yield trials.merge(endings[["id"]].assign(cause=refined), on="id", how="inner", validate="one_to_one")


def faults(results: Path, studies: Iterable[str]) -> pd.DataFrame:
    """How networks at chance look, fresh ones, by what is wrong with them.

    Returns:
        index: each planted fault, and `none`; columns: causes; values: trials at chance.
    """
    found = [trials for name in studies for trials in _read(results / name)]
    whole = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["state", "start"])
    own = whole[whole["state"].isin(AT_CHANCE) & (whole["start"] == "fresh")]
    return pd.crosstab(own["fault"], own["cause"]) if len(own) else pd.DataFrame()


def _of(trials: pd.DataFrame) -> Iterator[pd.DataFrame]:
    columns = list(trials.columns)
    factors = columns[columns.index("id") + 1 : columns.index("seed")]
    # A planted fault has one remedy, to mend it, which a network without one cannot try: `faults` tells of them.
    trials = trials[trials["fault"] == "none"]
    trials = trials.assign(loss=trials["loss"].replace(FUSED)).drop_duplicates([*factors, "seed"])
    for factor in factors:
        if factor not in FIXED and len(trials[factor].unique()) > 1:
            yield _changed(trials, factor, [name for name in factors if name != factor])


def _changed(trials: pd.DataFrame, factor: str, others: list[str]) -> pd.DataFrame:
    """The failed trials beside each trial that has another level of the factor, and all else alike."""
    kept = ["id", "study", "task", "start", "cause", "seed", "state", factor]
    own = trials[[*dict.fromkeys(kept)]].assign(others=trials.groupby(others, sort=False).ngroup())
    new = own[["others", "seed", factor, "state"]].rename(columns={factor: "level", "state": "outcome"})
    both = own[own["state"].isin(AT_CHANCE)].merge(new, on=["others", "seed"])
    both = both[both["level"] != both[factor]]
    if factor in SWITCHES:
        both = both[(both["level"] == SWITCHES[factor]) | (both[factor] == SWITCHES[factor])]
    change = both["level"]
    if factor in NUMBERS:
        ratio = both["level"].astype(float) / both[factor].astype(float)
        change = (ratio < 1).map({True: "lower", False: "higher"})
        if factor == "learning_rate":
            # A thousandth more or less than tenfold: 0.002 / 0.02 is not 0.1 in binary.
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
                f"{factor}/{place}/{old}/{new}" for place, old, new in both[["others", factor, "level"]].values
            ],
            "escaped": both["outcome"] == "escaped",
        }
    )

"""What a whole grid of remedies says: what each change gains and loses, which factors matter, which sets are enough."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ablate.report.escape import markdown
from findings import text

SHOWN = 12
"""Terms of the decomposition that are shown."""

BASELINE = {
    "loss": "clipped",
    "learning_rate": "0.05",
    "optimizer": "adam",
    "activation": "leaky_relu",
    "normalization": "off",
    "regularizer": "off",
    "width": "128",
}
"""The level of each factor that the folklore's grid crosses, in its baseline."""


def swaps(trials: pd.DataFrame, baseline: Mapping[str, str] = BASELINE) -> str:
    """Each level instead of the baseline's, all other factors and the seed alike: how many trials it got out, and lost.

    Counts, no intervals: trials of few seeds say much about settings and little about seeds.

    Args:
        trials: of a full grid, with `seed`, `state` and a column a factor.
        baseline: the baseline's level of every factor that varies, in the order of the table.
    """
    rows = []
    for factor, before in baseline.items():
        others = [name for name in baseline if name != factor]
        escaped = trials.assign(out=trials["state"] == "escaped").pivot_table(
            index=[*others, "seed"], columns=factor, values="out", aggfunc="max"
        )
        for level in dict.fromkeys(trials[factor]):
            own = escaped[[before, level]].dropna().astype(bool) if level != before else escaped[[level]].dropna()
            share = f"{own[level].astype(float).mean():.3f}"
            changes = ("-", "-")
            if level != before:
                got, lost = own[level] & ~own[before], own[before] & ~own[level]
                changes = (f"{got.sum():,} of {(~own[before]).sum():,}", f"{lost.sum():,} of {own[before].sum():,}")
            rows.append((markdown(f"{factor}={level}"), share, *changes))
    head = (
        "level",
        "share of all trials that escaped",
        "got out of those at chance before",
        "lost of those out before",
    )
    return text.table(head, rows)


def importance(path: Path) -> str:
    """The largest shares of the variance of the settings' escape rates, from a report's table, with their intervals."""
    found = pd.read_csv(path)
    own = found[(found["counted"] == "escaped") & (found["scale"] == "probability")]
    largest = own.sort_values("share", ascending=False, kind="stable").head(SHOWN)
    rows = (
        (markdown(str(row.term)), f"{row.share:.3f}", f"{row.low:.3f} to {row.high:.3f}")
        for row in largest.itertuples(index=False)
    )
    return text.table(("factor, or factors together", "share of the variance", "95 %"), rows)


def sets(path: Path) -> str:
    """The sets of remedies that a report calls sufficient and minimal: all of one, and how many of two."""
    found = pd.read_csv(path)
    enough = found[(found["verdict"] == "sufficient") & (found["minimal"] == "yes")]
    rows = [
        (markdown(str(row.remedies)), f"{row.escaped} of {row.n}", f"{row.lower_bound:.2f}")
        for row in enough.itertuples(index=False)
    ]
    sizes = pd.crosstab(found["size"], found["verdict"])
    counts = "; ".join(
        f"of {own.sum()} sets of {size} {int(own.get('sufficient', 0))} are sufficient and "
        f"{int(own.get('insufficient', 0))} are not"
        for size, own in sizes.iterrows()
        if size
    )
    return f"{counts[:1].upper()}{counts[1:]}; the others are undecided.\n\n" + text.table(
        ("minimal sufficient set", "escaped", "rate is at least"), rows
    )


def clashes(path: Path) -> str:
    """The sets of two remedies that a report calls insufficient though one of them alone is sufficient."""
    found = pd.read_csv(path)
    alone = set(found.loc[(found["size"] == 1) & (found["verdict"] == "sufficient"), "remedies"])
    rows = []
    for row in found[(found["size"] == 2) & (found["verdict"] == "insufficient")].itertuples(index=False):
        remedies = str(row.remedies).split(" + ")
        enough = [each for each in remedies if each in alone]
        others = [each for each in remedies if each not in alone]
        if enough:
            spoilt = ", ".join(others) or "each of them"
            rows.append((markdown(" and ".join(enough)), markdown(spoilt), f"{row.escaped} of {row.n}"))
    return text.table(("enough alone", "not with", "escaped together"), sorted(rows))


def parts(path: Path) -> str:
    """What each part of a study that is trained in parts has cost, as it was measured."""
    found = pd.read_csv(path)
    return text.table(tuple(found.columns), found.astype(str).itertuples(index=False, name=None))

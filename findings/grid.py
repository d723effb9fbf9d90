"""Write what a grid of remedies shows: what each change gains and loses, which factors matter, which sets suffice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ablate.report.text_escaping import markdown
from findings import published, text

Key = tuple[str, ...]
"""A setting: the level of each factor that varies."""

SHOWN = 12
"""Number of terms of the decomposition that are shown."""

BASELINE = {
    "loss": "clipped",
    "learning_rate": "0.05",
    "optimizer": "adam",
    "activation": "leaky_relu",
    "normalization": "off",
    "regularizer": "off",
    "width": "128",
}
"""Factor of the folklore's grid -> its baseline level."""

ON_BLOBS = {**BASELINE, "learning_rate": "0.1"}
"""Factor of the grid on the second task -> its baseline level."""


def swaps(trials: pd.DataFrame, baseline: Mapping[str, str] = BASELINE) -> str:
    """Count per level how many trials escape with it and not with the baseline's level, and the other way round.

    The two trials of a pair have the same seed and the same levels of all other factors. There are no intervals: with
    few seeds, trials show much about settings and little about seeds.

    Args:
        trials: trials of a full grid, with `seed`, `state` and a column a factor.
        baseline: factor -> baseline level, for every factor that varies, in the order of the table.
    """
    rows = []
    outcomes = trials.assign(escaped=trials["state"] == "escaped").set_index([*baseline, "seed"])["escaped"]
    for factor, before in baseline.items():
        at = {level: outcomes.xs(level, level=factor) for level in dict.fromkeys(trials[factor])}
        for level in at:
            both = pd.DataFrame({name: at[name] for name in (before, level)}).dropna().astype(bool)
            share = f"{both[level].astype(float).mean():.3f}"
            changes = ("-", "-")
            if level != before:
                gained, lost = both[level] & ~both[before], both[before] & ~both[level]
                changes = (
                    f"{gained.sum():,} of {(~both[before]).sum():,}",
                    f"{lost.sum():,} of {both[before].sum():,}",
                )
            rows.append((markdown(f"{factor}={level}"), share, *changes))
    head = (
        "level",
        "share of all trials that escaped",
        "escape with it, of those at chance without it",
        "fail with it, of those that escape without it",
    )
    return text.table(head, rows)


def minimal(trials: pd.DataFrame, baseline: Mapping[str, str] = BASELINE) -> str:
    """Count settings by number of remedies: never fail, minimal, fail although a smaller set never does, always fail.

    `never fail` is about the seeds that were trained; there are no bounds. Below the table, the minimal sets are
    listed.

    Args:
        trials: trials of a full grid, with `seed`, `state` and a column a factor.
        baseline: factor -> baseline level, for every factor that varies.
    """
    escaped = trials.assign(escaped=trials["state"] == "escaped").groupby(list(baseline))["escaped"]
    never: dict[Key, bool] = dict(escaped.all())
    sometimes: dict[Key, bool] = dict(escaped.any())
    part = _part_never_fails(never, tuple(baseline.values()))
    sizes = {key: sum(map(str.__ne__, key, baseline.values())) for key in never}
    frame = pd.DataFrame(
        {
            "settings": True,
            "never fail": never,
            "of these, minimal": {key: never[key] and not part[key] for key in never},
            "fail, although a smaller set of them never does": {key: part[key] and not never[key] for key in never},
            "always fail": {key: not sometimes[key] for key in never},
        }
    )
    counts = frame.groupby(pd.Series(sizes)).sum()
    rows = (
        (str(size), *(f"{int(count):,}" for count in row))
        for size, row in zip(counts.index, counts.to_numpy(), strict=True)
    )
    needed = sorted((key for key in never if never[key] and not part[key]), key=lambda key: (sizes[key], key))
    named = ", ".join(_remedies(key, baseline) for key in needed) or "none"
    table = text.table(("remedies", *counts.columns), rows)
    seeds = trials["seed"].nunique()
    minimal_sets = f"Minimal sets (none failed in the {seeds} seeds trained, but each smaller part of one did)"
    return f"{table}\n{minimal_sets}: {named}.\n"


def _part_never_fails(never: Mapping[Key, bool], before: Key) -> dict[Key, bool]:
    """Return per setting whether it never fails without one or several of its remedies."""
    result: dict[Key, bool] = {}
    for key in sorted(never, key=lambda key: sum(map(str.__ne__, key, before))):
        changed = [axis for axis in range(len(key)) if key[axis] != before[axis]]
        fewer = [(*key[:axis], before[axis], *key[axis + 1 :]) for axis in changed]
        result[key] = any(never.get(other, False) or result.get(other, False) for other in fewer)
    return result


def _remedies(key: Key, baseline: Mapping[str, str]) -> str:
    pairs = zip(baseline.items(), key, strict=True)
    return markdown(
        " + ".join(f"{name}={level}" for (name, before), level in pairs if level != before) or "the baseline"
    )


def importance(path: Path) -> str:
    """Return the largest shares of the variance of the settings' escape rates, from a report's table."""
    terms = pd.read_csv(path)
    terms = terms[(terms["counted"] == "escaped") & (terms["scale"] == "probability")]
    largest = terms.sort_values("share", ascending=False, kind="stable").head(SHOWN)
    rows = (
        (
            markdown(str(row.term)) if row.term != "rest" else "all other interactions",
            f"{row.share:.3f}",
            f"{row.low:.3f} to {row.high:.3f}",
        )
        for row in largest.itertuples(index=False)
    )
    return text.table(("factor, or interaction", "share of the variance", "95 % interval"), rows)


def sets(path: Path) -> str:
    """Return the sets of remedies that a report calls sufficient and minimal, and the verdicts by size of the set."""
    table = pd.read_csv(path)
    enough = table[(table["verdict"] == "sufficient") & (table["minimal"] == "yes")]
    rows = [
        (markdown(str(row.remedies)), f"{row.escaped} of {row.n}", f"{row.lower_bound:.2f}")
        for row in enough.itertuples(index=False)
    ]
    sizes = pd.crosstab(table["size"], table["verdict"])
    counts = "; ".join(
        f"of {count.sum()} sets of size {size}, {int(count.get('sufficient', 0))} are sufficient and "
        f"{int(count.get('insufficient', 0))} are insufficient"
        for size, count in sizes.iterrows()
        if size
    )
    return f"{counts[:1].upper()}{counts[1:]}; the others are undecided.\n\n" + text.table(
        ("minimal sufficient set", "escaped", "rate is at least"), rows
    )


def clashes(path: Path) -> str:
    """Return the sets of two remedies that a report calls insufficient though one of them alone is sufficient."""
    table = pd.read_csv(path)
    alone = set(table.loc[(table["size"] == 1) & (table["verdict"] == "sufficient"), "remedies"])
    rows = []
    for row in table[(table["size"] == 2) & (table["verdict"] == "insufficient")].itertuples(index=False):
        remedies = str(row.remedies).split(" + ")
        enough = [remedy for remedy in remedies if remedy in alone]
        others = [remedy for remedy in remedies if remedy not in alone]
        if enough:
            added = ", ".join(others) or "each other"
            rows.append((markdown(" and ".join(enough)), markdown(added), f"{row.escaped} of {row.n}"))
    return text.table(("sufficient alone", "insufficient with", "escaped together"), sorted(rows))


def search_claims(path: Path, baseline: Mapping[str, str] = BASELINE) -> str:
    """Return the claims of a search of the same space, beside the grid's trials of each of these settings.

    Args:
        path: the search's `search.json`, in a folder beside `folklore`, the grid's folder.
        baseline: factor -> baseline level, for every factor that varies.
    """
    answer = json.loads(path.read_text(encoding="utf-8"))
    trials = published.frame(path.parents[1] / "folklore", "trials.parquet")
    states_of = {} if trials is None else trials.groupby(list(baseline))["state"].agg(list).to_dict()
    rows = []
    for claim in answer["claims"]:
        setting = dict(baseline) | dict(change.split("=", 1) for change in claim["changes"])
        states = states_of.get(tuple(setting.values()), [])
        verdict = {True: "sufficient", False: "not shown"}.get(claim["confirmed"], "not finished")
        cells = (f"{claim['escaped']} of {claim['n']}", f"{claim['low']:.2f}", verdict)
        in_grid = f"{states.count('escaped')} of {len(states)}"
        rows.append((claim["arm"], markdown(" + ".join(claim["changes"]) or "the baseline"), *cells, in_grid))
    arms = "; ".join(_arm(arm) for arm in answer["arms"])
    tried = f"together they tried {answer['unexplored']['tried']:,} of {answer['unexplored']['settings']:,} settings"
    head = ("arm", "set", "fresh seeds that escaped", "rate is at least", "verdict", "escaped in the grid")
    never = sum(set(states) == {"escaped"} for states in states_of.values())
    easy = f"in the grid, {never:,} settings never failed"
    return f"{arms[:1].upper()}{arms[1:]}; {tried}; {easy}.\n\n{text.table(head, rows)}"


def _arm(arm: Mapping[str, Any]) -> str:
    at = "" if arm["confirmed_at"] is None else f", the first after {arm['confirmed_at']:,} trials"
    kind = f"{arm['name']} ({arm['sampler']})"
    return f"{kind}: {arm['trials']:,} trials on {arm['settings']:,} settings, {arm['confirmed']} sets confirmed{at}"


def parts(path: Path) -> str:
    """Return the measured cost of each part of a study that is trained in parts, and how many parts are trained."""
    costs = pd.read_csv(path)
    whole = int(str(costs["part"].iloc[0]).partition("/")[2])
    trained = (
        f"{len(costs)} of {whole} parts are trained; all numbers of this study are theirs. Intervals of means over the "
        "grid count seeds, not pairs: they narrow as parts are added.\n\n"
    )
    table = text.table(tuple(costs.columns), costs.astype(str).itertuples(index=False, name=None))
    return table if len(costs) == whole else trained + table

"""What a whole grid of remedies says: what each change gains and loses, which factors matter, which sets are enough."""

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

ON_BLOBS = {**BASELINE, "learning_rate": "0.1"}
"""The same of the grid on the second task."""


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


def minimal(trials: pd.DataFrame, baseline: Mapping[str, str] = BASELINE) -> str:
    """Settings by their number of remedies: how many never fail, are minimal, spoilt, or always fail.

    Counts, no bounds: `never fails` is said of the seeds that were trained. Then the minimal sets.

    Args:
        trials: of a full grid, with `seed`, `state` and a column a factor.
        baseline: the baseline's level of every factor that varies.
    """
    out = trials.assign(out=trials["state"] == "escaped").groupby(list(baseline))["out"]
    never: dict[Key, bool] = dict(out.all())
    sometimes: dict[Key, bool] = dict(out.any())
    part = _part_never_fails(never, tuple(baseline.values()))
    sizes = {key: sum(own != before for own, before in zip(key, baseline.values(), strict=True)) for key in never}
    frame = pd.DataFrame(
        {
            "settings": True,
            "never fail": never,
            "of these, minimal": {key: never[key] and not part[key] for key in never},
            "fail, though a part of them never does": {key: part[key] and not never[key] for key in never},
            "always fail": {key: not sometimes[key] for key in never},
        }
    )
    counts = frame.groupby(pd.Series(sizes)).sum()
    rows = (
        (str(size), *(f"{int(count):,}" for count in own))
        for size, own in zip(counts.index, counts.to_numpy(), strict=True)
    )
    needed = sorted((key for key in never if never[key] and not part[key]), key=lambda key: (sizes[key], key))
    named = ", ".join(_remedies(key, baseline) for key in needed) or "none"
    table = text.table(("remedies", *counts.columns), rows)
    seeds = trials["seed"].nunique()
    said = f"Minimal sets, none of whose parts suffices, by what never failed in the {seeds} seeds trained"
    return f"{table}\n{said}: {named}.\n"


def _part_never_fails(never: Mapping[Key, bool], before: Key) -> dict[Key, bool]:
    """Whether a setting, with one or several of its remedies taken back, never fails."""
    found: dict[Key, bool] = {}
    for key in sorted(never, key=lambda key: sum(map(str.__ne__, key, before))):
        places = [place for place in range(len(key)) if key[place] != before[place]]
        fewer = [(*key[:place], before[place], *key[place + 1 :]) for place in places]
        found[key] = any(never.get(other, False) or found.get(other, False) for other in fewer)
    return found


def _remedies(key: Key, baseline: Mapping[str, str]) -> str:
    pairs = zip(baseline.items(), key, strict=True)
    return markdown(" + ".join(f"{name}={own}" for (name, before), own in pairs if own != before) or "the baseline")


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


def found(path: Path, baseline: Mapping[str, str] = BASELINE) -> str:
    """What a search of the same space claimed, beside what the grid's own trials say of each of these settings.

    Args:
        path: the search's answer (`search.json`), in a folder beside `folklore`, the grid's.
        baseline: the baseline's level of every factor that varies.
    """
    answer = json.loads(path.read_text(encoding="utf-8"))
    trials = published.frame(path.parents[1] / "folklore", "trials.parquet")
    out = {} if trials is None else trials.groupby(list(baseline))["state"].agg(list).to_dict()
    rows = []
    for claim in answer["claims"]:
        setting = dict(baseline) | dict(change.split("=", 1) for change in claim["changes"])
        states = out.get(tuple(setting.values()), [])
        verdict = {True: "sufficient", False: "not shown"}.get(claim["confirmed"], "not finished")
        cells = (f"{claim['escaped']} of {claim['n']}", f"{claim['low']:.2f}", verdict)
        own = f"{states.count('escaped')} of {len(states)}"
        rows.append((claim["arm"], markdown(" + ".join(claim["changes"]) or "the baseline"), *cells, own))
    arms = "; ".join(_arm(arm) for arm in answer["arms"])
    tried = f"{answer['unexplored']['tried']:,} of {answer['unexplored']['settings']:,} settings were tried"
    head = ("arm", "set", "fresh seeds that escaped", "rate is at least", "verdict", "in the grid")
    never = sum(set(states) == {"escaped"} for states in out.values())
    easy = f"{never:,} of the grid's never failed"
    return f"{arms[:1].upper()}{arms[1:]}; {tried}; {easy}.\n\n{text.table(head, rows)}"


def _arm(arm: Mapping[str, Any]) -> str:
    at = "" if arm["confirmed_at"] is None else f", the first after {arm['confirmed_at']:,}"
    kind = f"{arm['name']} ({arm['sampler']})"
    return f"{kind}: {arm['trials']:,} trials on {arm['settings']:,} settings, sets confirmed: {arm['confirmed']}{at}"


def parts(path: Path) -> str:
    """What each part of a study that is trained in parts has cost, as it was measured, and how many are to come."""
    found = pd.read_csv(path)
    whole = int(str(found["part"].iloc[0]).partition("/")[2])
    said = f"{len(found)} of {whole} parts are trained; what is said of this study is said of them.\n\n"
    table = text.table(tuple(found.columns), found.astype(str).itertuples(index=False, name=None))
    return table if len(found) == whole else said + table

"""The first screen in words: two sentences with numbers and intervals, and what is undecided."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ablate.report.page_parts import Line, link, setting_words
from ablate.report.style import count_rate
from ablate.stats import claims, rates
from ablate.stats.claims import Claim

NAMED = 4
"""So many of equally small changes are named; the rest are counted."""

UNDECIDED = 12
"""So many undecided settings are listed; the rest are counted."""


def judged(settings: pd.DataFrame, claim: Claim) -> np.ndarray:
    """Per setting `sufficient`, `insufficient` or `undecided`."""
    return claims.verdicts(settings["escaped"].to_numpy(), settings["n"].to_numpy(), claim)


def sentences(
    settings: pd.DataFrame, names: list[str], baseline: Mapping[str, str], claim: Claim, title: str
) -> list[str]:
    """Two sentences: what the baseline does, and which settings reach the target.

    Args:
        settings: rows of `results.table` of one question.
        names: the factors that tell them apart.
        baseline: level names by factor.
        claim: which escape rate counts as a remedy, and how it is proven.
        title: of the question.
    """
    if not len(settings):
        return [f"{title}: no trials yet."]
    return [f"{title}: {_baseline(settings, names, baseline)}", _reached(settings, names, baseline, claim)]


def _baseline(settings: pd.DataFrame, names: list[str], baseline: Mapping[str, str]) -> str:
    own = settings
    for name in names:
        own = own[own[name].astype(str) == baseline[name]]
    if not len(own):
        k, n = int(settings["escaped"].sum()), int(settings["n"].sum())
        return f"the baseline itself was not run; over all settings {k} of {n} trials escaped."
    row = own.iloc[0]
    n = int(row["n"])
    low, high = rates.wilson(np.asarray(row["collapsed"]), np.asarray(n))
    return (
        f"the baseline escaped in {count_rate(int(row['escaped']), n, row['low'], row['high'])} of its trials and "
        f"collapsed "
        f"after learning in {count_rate(int(row['collapsed']), n, float(low), float(high))}; {int(row['stuck'])} "
        f"were stuck "
        "from the start."
    )


def _reached(settings: pd.DataFrame, names: list[str], baseline: Mapping[str, str], claim: Claim) -> str:
    verdicts = judged(settings, claim)
    counts = {word: int((verdicts == word).sum()) for word in ("sufficient", "insufficient", "undecided")}
    total = (
        f"Of {len(settings)} settings {counts['sufficient']} escape at a rate of at least "
        f"{claim.target:.0%} ({claim.words}), "
        f"{counts['insufficient']} do not, {counts['undecided']} are undecided"
    )
    most = int(settings["n"].max())
    if float(claim.bounds(np.asarray(most), np.asarray(most))[0]) < claim.target:
        total += f" (with {most} trials a setting even {most} of {most} cannot show it)"
    differs = np.stack([(settings[name].astype(str) != baseline[name]).to_numpy() for name in names])
    # Of equals, a change of the study's first factor comes first.
    # No factor's name ends in a space.
    own = {"changes ": differs.sum(axis=0), "first ": differs.argmax(axis=0), "verdict ": verdicts}
    order = settings.assign(**own)
    good = order[order["verdict "] == "sufficient"]
    if not len(good):
        best = order.sort_values(["escape_rate", "changes "], ascending=[False, True], kind="stable").head(1)
        return f"{total}; the best is {_named(best, names, baseline)}."
    least = good[good["changes "] == good["changes "].min()]
    least = least.sort_values(["escape_rate", "first "], ascending=[False, True], kind="stable")
    if len(least) == 1:
        return f"{total}; the smallest change that does is {_named(least, names, baseline)}."
    more = f", and {len(least) - NAMED} more" if len(least) > NAMED else ""
    listed = "; ".join(_named(least.iloc[at : at + 1], names, baseline) for at in range(min(NAMED, len(least))))
    return f"{total}; the smallest changes that do, {len(least)} in all: {listed}{more}."


def _named(row: pd.DataFrame, names: list[str], baseline: Mapping[str, str]) -> str:
    """One setting by what it changes, with its rate."""
    best = row.iloc[0]
    words = setting_words({name: str(best[name]) for name in names}, baseline)
    return f"{words} {count_rate(int(best['escaped']), int(best['n']), best['low'], best['high'])}"


def undecided(
    settings: pd.DataFrame, names: list[str], keys: list[str], baseline: Mapping[str, str], claim: Claim
) -> list[Line]:
    """The undecided settings, those with fewest changes first, each with a link to its trials."""
    open_rows = settings[judged(settings, claim) == "undecided"]
    if not len(open_rows):
        return []
    changes = np.stack([(open_rows[name].astype(str) != baseline[name]).to_numpy() for name in names]).sum(axis=0)
    needs = claims.needed(open_rows["escaped"].to_numpy(), open_rows["n"].to_numpy(), claim)
    lines = []
    for _, row in (
        open_rows.assign(changes=changes, needs=needs).sort_values("changes", kind="stable").head(UNDECIDED).iterrows()
    ):
        words = setting_words({name: str(row[name]) for name in names}, baseline)
        text = f"{words}: {count_rate(int(row['escaped']), int(row['n']), row['low'], row['high'])}"
        seeds = (
            f"decided at about {row['needs']:.0f} seeds"
            if np.isfinite(row["needs"])
            else "too close to the target to be decided"
        )
        lines.append(Line(cells=(f"{text}; {seeds}",), link=link(*((key, str(row[key])) for key in keys)), what=words))
    if len(open_rows) > UNDECIDED:
        lines.append(Line(cells=(f"and {len(open_rows) - UNDECIDED} more.",)))
    return lines

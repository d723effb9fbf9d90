"""Write the first screen in words: what the baseline does, which settings are enough, and which are undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ablate.remedies import problems
from ablate.report.page_parts import Line, levels_by_name, link, setting_words
from ablate.report.remedy_rows import proven_settings
from ablate.report.section_inputs import Inputs
from ablate.report.style import count_rate, percent
from ablate.report.trial_groups import TrialGroup
from ablate.results import accuracies
from ablate.stats import claims, rates
from ablate.stats.claims import Claim

NAMED = 4
"""Of the smallest sufficient changes, at most this many are named; the rest are counted."""

UNDECIDED = 12
"""The most undecided settings that are listed; the rest are counted."""


def sentences(inputs: Inputs, group: TrialGroup) -> list[str]:
    """Say what the baseline does, and which settings reach the target.

    Args:
        inputs: the settings, the baseline and the claim.
        group: the trials that are judged.
    """
    settings, claim = inputs.settings_of(group), inputs.claim
    if not len(settings):
        return [f"{group.title}: no trials yet."]
    changes = _changes(settings, group.varying, inputs.baseline)
    ranked = settings.assign(
        # These names end in a space, so that none of them is a factor's name.
        **{"changes ": changes.sum(axis=0), "first ": changes.argmax(axis=0)},
        **{"proven ": proven_settings(inputs, settings)},
        **{"verdict ": claims.verdicts(settings["escaped"].to_numpy(), settings["n"].to_numpy(), claim)},
    )
    target = _target_sentence(ranked, group.varying, inputs.baseline, claim)
    return [f"{group.title}: {_baseline_sentence(ranked)}", target]


def _changes(settings: pd.DataFrame, names: Sequence[str], baseline: Mapping[str, str]) -> np.ndarray:
    """Return [names, settings] whether a setting is not at the baseline's level."""
    return np.stack([(settings[name].astype(str) != baseline[name]).to_numpy() for name in names])


def _baseline_sentence(ranked: pd.DataFrame) -> str:
    unchanged = ranked[ranked["changes "] == 0]
    if not len(unchanged):
        k, n = int(ranked["escaped"].sum()), int(ranked["n"].sum())
        return f"the baseline itself was not run; over all settings {k} of {n} trials escaped."
    row = unchanged.iloc[0]
    n = int(row["n"])
    low, high = rates.wilson(np.asarray(row["collapsed"]), np.asarray(n))
    collapsed = count_rate(int(row["collapsed"]), n, float(low), float(high))
    others = [f"{row[state]:.0f} {state}" for state in ("stuck", "unclear", "slow", "diverged", "failed") if row[state]]
    rest = f" The other trials: {', '.join(others)}." if others else ""
    end = _accuracy(row, "; at the end ")
    return f"the baseline escaped in {_rate(row)} of its trials and collapsed in {collapsed}{end}.{rest}"


def _rate(row: pd.Series) -> str:
    return count_rate(int(row["escaped"]), int(row["n"]), row["low"], row["high"])


def _accuracy(row: pd.Series, before: str) -> str:
    """Return the accuracy at the end, after a word; nothing if no trial was evaluated."""
    words = accuracies.words(*(row[name] for name in accuracies.COLUMNS))
    return f"{before}{words}" if words else ""


def _target_sentence(ranked: pd.DataFrame, names: Sequence[str], baseline: Mapping[str, str], claim: Claim) -> str:
    counts = ranked["verdict "].value_counts()
    total = (
        f"Of {len(ranked)} settings {counts.get('sufficient', 0)} escape at a rate of at least {percent(claim.target)} "
        f"({claim.words} for each alone), {counts.get('insufficient', 0)} do not, {counts.get('undecided', 0)} are "
        "undecided"
    )
    most = np.asarray(int(ranked["n"].max()))
    if most == 1:
        total += " (each setting has a single trial, which shows no rate)"
    elif float(claim.bounds(most, most)[0]) < claim.target:
        total += f" (with {most} trials a setting even {most} of {most} cannot show it)"
    # Other data or a planted bug is no change that a reader could make.
    remedied = [(ranked[name].astype(str) == baseline[name]).to_numpy() for name in names if name in problems()]
    own = ranked[np.logical_and.reduce(remedied)] if remedied else ranked
    sufficient = own[own["verdict "] == "sufficient"]
    if not len(sufficient):
        best = (
            (own if len(own) else ranked)
            .sort_values(["escape_rate", "changes "], ascending=[False, True], kind="stable")
            .head(1)
        )
        return f"{total}; the best is {_named(best, names, baseline)[0]}."
    # Of equally good changes, that of the study's first factor comes first.
    least = sufficient[sufficient["changes "] == sufficient["changes "].min()]
    least = least.sort_values(["escape_rate", "first "], ascending=[False, True], kind="stable")
    listed = "; ".join(_named(least.head(NAMED), names, baseline))
    if len(least) == 1:
        return f"{total}; the smallest change that does is {listed}{_choice(least, len(ranked))}."
    more = f", and {len(least) - NAMED} more" if len(least) > NAMED else ""
    return f"{total}; the smallest changes that do, {len(least)} in all: {listed}{more}{_choice(least, len(ranked))}."


def _choice(least: pd.DataFrame, settings: int) -> str:
    """Say what the choice of the smallest among all settings, by these very trials, leaves of the claim."""
    if settings == 1:
        return ""
    count = int(least["proven "].sum())
    if count == len(least):
        proof = "proven for all of them together (Holm, 95 %)"
    else:
        which = "not proven" if not count else f"only {count} of {len(least)} proven"
        proof = f"{which} if that choice is counted (Holm, 95 %): test it on fresh seeds"
    return f" (chosen among {settings} settings by these trials, so its rate is likely too high; {proof})"


def _named(rows: pd.DataFrame, names: Sequence[str], baseline: Mapping[str, str]) -> list[str]:
    """Name each setting by its changes, with its rate."""
    settings = levels_by_name(rows, names)
    return [
        f"{setting_words(levels, baseline)} {_rate(row)}{_accuracy(row, ', ')}"
        for levels, (_, row) in zip(settings, rows.iterrows(), strict=True)
    ]


def undecided(inputs: Inputs, group: TrialGroup) -> list[Line]:
    """List the undecided settings, those with fewest changes first, each with a link to its trials.

    Args:
        inputs: the settings, the baseline and the claim.
        group: the trials that are judged.
    """
    settings, names, baseline, claim = inputs.settings_of(group), group.varying, inputs.baseline, inputs.claim
    verdicts = claims.verdicts(settings["escaped"].to_numpy(), settings["n"].to_numpy(), claim)
    rows = settings[verdicts == claims.UNDECIDED]
    if not len(rows):
        return []
    needs = claims.needed(rows["escaped"].to_numpy(), rows["n"].to_numpy(), claim)
    rows = rows.assign(changes=_changes(rows, names, baseline).sum(axis=0), needs=needs)
    rows = rows.sort_values("changes", kind="stable")
    shown = rows.head(UNDECIDED)
    where = f"{group.title}: " if len(inputs.groups) > 1 else ""
    lines = []
    for name, levels, needed in zip(
        _named(shown, names, baseline), levels_by_name(shown, inputs.keys), shown["needs"], strict=True
    ):
        seeds = (
            f"about {needed:.0f} seeds, planned from the start, would decide it"
            if np.isfinite(needed)
            else "too close to the target to be decided"
        )
        lines.append(Line(cells=(f"{where}{name}; {seeds}",), link=link(*levels.items()), about=name))
    if len(rows) > UNDECIDED:
        lines.append(Line(cells=(f"{where}and {len(rows) - UNDECIDED} more.",)))
    return lines

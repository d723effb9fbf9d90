"""The section on causes: why trials ended at chance, by state and by setting."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pandas as pd

from ablate.core import filesystem
from ablate.report.page_parts import (
    Conclusion,
    Section,
    Table,
    TableFile,
    collect,
    levels_by_name,
    link,
    setting_words,
    table,
)
from ablate.report.section_inputs import NO_CURVES, Inputs
from ablate.report.trial_groups import TrialGroup
from ablate.results.study_results import Results
from ablate.stats import causes, guide
from ablate.stats import endings as trial_ends

MOST = 20_000
"""Read at most so many trials. The baseline's come first, because the section *Why* is about them. Then come the first
by id, which are a fair sample, because ids are hashes."""

SETTINGS = 40
"""The most settings that the page lists: those with most trials at chance. tables/sights.csv has all."""

TITLE = "Which causes hold which settings at chance?"

LEAD = (
    "At chance are here the trials that collapsed, stayed stuck, were slow or diverged; one that collapsed may end "
    "above the chance level, if it lost most of its gain. Their last signals show the cause, with n and Wilson "
    "intervals per state. A second table counts the causes setting by setting. The last table says what removes each "
    "cause that occurs, with the counts of the published studies; `ablate list documents` prints where the whole guide "
    "is."
)


def section(inputs: Inputs, ends: pd.DataFrame) -> Section:
    """Make the section on the causes of plateaus.

    Args:
        inputs: what every section is made from.
        ends: the trials' last signals, of `endings`.
    """
    if not inputs.results.complete and not len(ends):
        return Section(anchor="plateau", title=TITLE, lead=NO_CURVES)
    parts = list(_parts(inputs, ends))
    return collect("plateau", TITLE, LEAD if parts else "No trial ended at chance.", parts)


def _parts(inputs: Inputs, ends: pd.DataFrame) -> Iterator[Table | TableFile | Conclusion | str]:
    occurring: set[str] = set()
    for group in inputs.groups:
        by_state, note = _state_table(ends, group)
        if note:
            yield note
        if not len(by_state):
            continue
        yield _conclusion(by_state, group.title)
        yield TableFile(name="plateaus", caption="Causes of the plateaus of trials at chance", frame=by_state)
        links = [link(*group.within, ("state", state)) for state in by_state["state"]]
        shown = by_state.drop(columns="stratum")
        yield table(shown, f"{group.title}: causes by state", links=links)
        by_setting = _setting_table(ends, group)
        if len(by_setting):
            # Counts stay whole numbers where another group of trials has no such column.
            whole = {name: "Int64" for name in causes.NAMES if name in by_setting}
            frame = by_setting.assign(stratum=group.title).astype(whole)
            yield TableFile(name="sights", caption="Settings with trials at chance, and the causes", frame=frame)
            yield _settings(by_setting, group, inputs.baseline)
            occurring |= set(by_setting.columns) & set(causes.NAMES)
    if occurring:
        yield _removals(occurring)


def _conclusion(by_state: pd.DataFrame, title: str) -> Conclusion:
    """Name the most frequent cause of a group's plateaus."""
    counts = by_state.groupby("fingerprint", sort=False)["count"].sum().sort_values(ascending=False, kind="stable")
    return Conclusion(f"{title}: {counts.index[0]} in {counts.iloc[0]} of {counts.sum()} trials at chance.")


def endings(results: Results) -> pd.DataFrame:
    """Return the cause and the last signals of trials by id, as `ablate.stats.endings.table` does.

    The signals are read from the curves of MOST trials, or else from the published endings.
    """
    if results.complete:
        rows = _sample(results)
        curves = results.curves(rows["id"])
        parts = []
        for task, chance in sorted(results.manifest.chance.items()):
            read = [curves[name] for name in rows.loc[rows["task_hash"] == task, "id"] if name in curves]
            parts += [trial_ends.table(read, chance.classes)] if read else []
    else:
        folders = [results.folder / "parts" / name for name in results.parts] or [results.folder / "report"]
        paths = [folder / "endings.parquet" for folder in folders]
        files = [io.BytesIO(filesystem.read(path)) for path in paths if filesystem.is_file(path)]
        parts = [pd.read_parquet(file, use_threads=False) for file in files]
    return pd.concat(parts, ignore_index=True).sort_values("id", ignore_index=True) if parts else pd.DataFrame()


def _sample(results: Results) -> pd.DataFrame:
    """Return the trials of the baseline, and of the others so many that there are MOST in all."""
    trials, baseline = results.trials, dict(results.study.baseline)
    changed = np.zeros(len(trials), dtype=bool)
    for name in results.varying:
        changed |= (trials[name].astype(str) != baseline[name].name).to_numpy()
    return trials.assign(changed=changed).sort_values(["changed", "id"]).head(MOST)


def _state_table(ends: pd.DataFrame, group: TrialGroup) -> tuple[pd.DataFrame, str]:
    """Count the causes among the trials at chance, per state; a sentence says if only a sample was read."""
    rows = group.trials.loc[group.trials["state"].isin(causes.AT_CHANCE), ["id", "state"]]
    if not len(rows):
        return pd.DataFrame(), ""
    read = ends.reindex(columns=["id", "fingerprint"])  # without any curve, the table has neither row nor column
    known = rows.merge(read.astype(object), on="id", validate="one_to_one")
    said = f"Read from {len(known)} of {len(rows)} trials: the baseline's and the first by id."
    note = said if len(known) < len(rows) else ""
    counts = causes.table(known)
    counts.insert(2, "meaning", counts["fingerprint"].map(causes.MEANINGS))
    counts.insert(0, "stratum", group.title)
    return counts, note


def _setting_table(ends: pd.DataFrame, group: TrialGroup) -> pd.DataFrame:
    """Count, per setting with a trial at chance, those trials and their causes; the settings with most come first.

    Besides the levels, columns are `n` (trials), `at_chance` (trials at chance) and each cause that occurs (trials
    whose curves were read and show it).
    """
    names = list(group.varying)
    if not names or not len(ends):
        return pd.DataFrame()
    refined = [causes.refine(*row) for row in zip(ends["fingerprint"], ends["update_ratio"], strict=True)]
    by_trial = pd.DataFrame({"id": ends["id"], "cause": refined})
    rows = group.trials[[*names, "id", "state"]].merge(by_trial, on="id", how="left", validate="one_to_one")
    stuck = rows["state"].isin(causes.AT_CHANCE)
    columns = {"at_chance": stuck} | {name: stuck & (rows["cause"] == name) for name in causes.NAMES}
    columns = {name: values for name, values in columns.items() if values.any()}
    if not columns:
        return pd.DataFrame()
    counts = rows[names].astype(str).assign(n=1, **columns).groupby(names, as_index=False, sort=False).sum()
    counts = counts[counts["at_chance"] > 0]
    return counts.sort_values(["at_chance", *names], ascending=[False, *[True] * len(names)], ignore_index=True)


def _removals(occurring: Collection[str]) -> Table:
    """Return what the guide says against the causes that occur."""
    rows = [row for row in guide.everything() if row.cause in occurring and row.why]
    shown = [
        (row.cause, guide.PHASES[row.phase], row.change, row.why, row.counted if row.share is not None else "-")
        for row in rows
    ]
    header = ["cause", "from", "change", "why", "escaped in the published studies [95 %]"]
    return table(pd.DataFrame(shown, columns=header), "What removes these causes")


def _settings(counts: pd.DataFrame, group: TrialGroup, baseline: Mapping[str, str]) -> Table:
    """Turn the counts of _setting_table into a table of the page; a setting is named by its changes from baseline."""
    levels = list(levels_by_name(counts, group.varying))
    shown = counts.drop(columns=list(group.varying))
    shown.insert(0, "setting", [setting_words(setting, baseline) for setting in levels])
    links = [link(*group.within, *setting.items()) for setting in levels]
    return table(shown, f"{group.title}: settings with trials at chance", links=links, limit=SETTINGS)

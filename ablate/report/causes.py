"""Find the causes of the plateaus on which trials ended at chance, from their curves."""

from __future__ import annotations

import io

import pandas as pd

from ablate.core import filesystem
from ablate.report.strata import Stratum
from ablate.results.study_results import Results
from ablate.stats import causes
from ablate.stats import endings as ends

MOST = 20_000
"""So many trials are read at most, the first by id: a fair sample, since ids are hashes."""


def endings(results: Results) -> pd.DataFrame:
    """How trials looked when they ended, as `ablate.stats.endings.table`, by id; the first MOST by id."""
    if not results.complete:
        return _published(results)
    rows = results.trials.sort_values("id").head(MOST)
    curves = results.curves(rows["id"])
    parts = []
    for task, chance in sorted(results.manifest.chance.items()):
        own = [curves[name] for name in rows.loc[rows["task_hash"] == task, "id"] if name in curves]
        if own:
            parts.append(ends.table(own, chance.classes))
    return pd.concat(parts, ignore_index=True).sort_values("id", ignore_index=True) if parts else pd.DataFrame()


def _published(results: Results) -> pd.DataFrame:
    """Return the endings that were published with these trials; empty if there are none."""
    folders = [results.folder / "parts" / name for name in results.parts] or [results.folder / "report"]
    paths = [folder / "endings.parquet" for folder in folders]
    frames = [
        pd.read_parquet(io.BytesIO(filesystem.read(path)), use_threads=False)
        for path in paths
        if filesystem.is_file(path)
    ]
    return pd.concat(frames, ignore_index=True).sort_values("id", ignore_index=True) if frames else pd.DataFrame()


def table(seen: pd.DataFrame, stratum: Stratum) -> tuple[pd.DataFrame, str]:
    """One row a state and fingerprint that occurs, and a sentence if only a sample was read.

    Args:
        seen: the `endings` of the results.
        stratum: whose trials at chance are counted.

    Returns:
        A table of `stratum`, `state`, `fingerprint`, `meaning`, `count`, `n`, `share`, `low`, `high` (Wilson).
    """
    rows = stratum.trials.loc[stratum.trials["state"].isin(causes.AT_CHANCE), ["id", "state"]]
    if not len(rows):
        return pd.DataFrame(), ""
    looks = seen.reindex(columns=["id", "fingerprint"])  # nothing was read: no row and no column
    own = rows.merge(looks.astype(object), on="id", validate="one_to_one")
    note = f"Read from {len(own)} of {len(rows)} trials, the first by id." if len(own) < len(rows) else ""
    found = causes.table(own)
    found.insert(2, "meaning", found["fingerprint"].map(causes.MEANINGS))
    found.insert(0, "stratum", stratum.title)
    return found, note


def by_setting(seen: pd.DataFrame, stratum: Stratum) -> pd.DataFrame:
    """Count how often the trials of each setting ended at chance, and from which cause.

    Args:
        seen: the `endings` of the results.
        stratum: whose settings are listed.

    Returns:
        One row a setting with a trial at chance, the most of them first: its level of each factor that varies, `n`
        trials, `at_chance` of them, and a column for each cause that occurs (`ablate.stats.causes.NAMES`): the number
        of trials whose curves were read and show it.
    """
    names = list(stratum.varying)
    if not names or not len(seen):
        return pd.DataFrame()
    refined = [causes.refine(*row) for row in zip(seen["fingerprint"], seen["update_ratio"], strict=True)]
    ends = pd.DataFrame({"id": seen["id"], "cause": refined})
    rows = stratum.trials[[*names, "id", "state"]].merge(ends, on="id", how="left", validate="one_to_one")
    stuck = rows["state"].isin(causes.AT_CHANCE)
    wanted = {"at_chance": stuck} | {name: stuck & (rows["cause"] == name) for name in causes.NAMES}
    counted = {name: own for name, own in wanted.items() if own.any()}
    if not counted:
        return pd.DataFrame()
    found = rows[names].astype(str).assign(n=1, **counted).groupby(names, as_index=False, sort=False).sum()
    found = found[found["at_chance"] > 0]
    return found.sort_values(["at_chance", *names], ascending=[False, *[True] * len(names)], ignore_index=True)

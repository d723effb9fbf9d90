"""Which plateau it was: the fingerprints of the trials that ended at chance, from their curves."""

from __future__ import annotations

import pandas as pd

from ablate.report.strata import Stratum
from ablate.results import Results
from ablate.stats import endings as ends
from ablate.stats import fingerprint
from ablate.stats.rates import wilson

MOST = 20_000
"""So many trials are read at most, the first by id: a fair sample, since ids are hashes."""

AT_CHANCE = ("stuck", "slow", "collapsed", "diverged")

MEANINGS = {
    "non_finite": "a loss, gradient or weight is not finite",
    "symmetric": "all units of a layer are copies of one",
    "data_fault": "it learns its training data, but not what the probe asks",
    "clip_trap": "the loss passes no gradient back",
    "dead_units": "a layer is silent for every input",
    "uniform_output": "the same output for every input, loss near ln N",
    "other": "none of these",
}


def endings(results: Results) -> pd.DataFrame:
    """How trials looked when they ended, as `ablate.stats.endings.table`, by id; the first MOST by id."""
    rows = results.trials.sort_values("id").head(MOST)
    curves = results.curves(rows["id"])
    parts = []
    for task, measured in sorted(results.manifest.chance.items()):
        own = [curves[name] for name in rows.loc[rows["task_hash"] == task, "id"] if name in curves]
        if own:
            parts.append(ends.table(own, measured.read().classes))
    return pd.concat(parts, ignore_index=True).sort_values("id", ignore_index=True) if parts else pd.DataFrame()


def table(results: Results, stratum: Stratum) -> tuple[pd.DataFrame, str]:
    """One row a state and fingerprint that occurs, and a sentence if only a sample was read.

    Columns: `stratum`, `state`, `fingerprint`, `meaning`, `count`, `n`, `share`, `low`, `high` (Wilson).
    """
    rows = stratum.trials[stratum.trials["state"].isin(AT_CHANCE)].sort_values("id")
    note = f"Read from {MOST} of {len(rows)} trials, the first by id." if len(rows) > MOST else ""
    rows = rows.head(MOST)
    states = dict(zip(rows["id"], rows["state"].astype(str), strict=True))
    curves = results.curves(rows["id"])
    parts = []
    for task, measured in sorted(results.manifest.chance.items()):
        ids = rows.loc[rows["task_hash"] == task, "id"]
        own = [curves[name] for name in ids if name in curves]
        if own:
            parts.append(fingerprint.table(states, own, measured.read().classes))
    if not parts:
        return pd.DataFrame(), note
    whole = pd.concat(parts).groupby(["state", "fingerprint"], sort=False)[["count", "n"]].sum().reset_index()
    whole = whole[whole["count"] > 0].reset_index(drop=True)
    low, high = wilson(whole["count"].to_numpy(), whole["n"].to_numpy())
    whole = whole.assign(share=whole["count"] / whole["n"], low=low, high=high)
    whole.insert(2, "meaning", whole["fingerprint"].map(MEANINGS))
    whole.insert(0, "stratum", stratum.title)
    return whole, note

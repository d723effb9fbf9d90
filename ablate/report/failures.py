"""Trials that failed or diverged, with their reasons."""

from __future__ import annotations

import pandas as pd

from ablate.report.page_parts import setting_words
from ablate.results.study_results import Results


def listed(results: Results) -> pd.DataFrame:
    """One row a failed or diverged trial: `id`, `seed`, `setting`, `state`, `step`, `after_escape`, `reason`."""
    rows = results.trials[results.trials["state"].isin(["failed", "diverged"])]
    baseline = {name: level.name for name, level in results.study.baseline}
    names = list(results.varying)
    settings = [
        setting_words(dict(zip(names, map(str, levels), strict=True)), baseline)
        for levels in rows[names].itertuples(index=False, name=None)
    ]
    step = rows["bad_step"].astype(float).where(rows["bad_step"] >= 0)
    frame = pd.DataFrame(
        {
            "id": rows["id"],
            "seed": rows["seed"],
            "setting": settings,
            "state": rows["state"].astype(str),
            "step": step,
            "after_escape": rows["after_escape"].map({True: "yes", False: "no"}),
            "reason": _reasons(rows),
        }
    )
    return frame.sort_values(["state", "reason", "id"], kind="stable", ascending=[False, True, True]).reset_index(
        drop=True
    )


def counted(listing: pd.DataFrame) -> pd.DataFrame:
    """One row a reason: `state`, `reason`, `n`, `first` (the first trial's id), most frequent first."""
    groups = listing.groupby(["state", "reason"], sort=False)["id"].agg(n="size", first="first").reset_index()
    return groups.sort_values(["state", "n"], ascending=[False, False], kind="stable").reset_index(drop=True)


def _reasons(rows: pd.DataFrame) -> list[str]:
    return [
        message if message else f"{tensor or 'a tensor'} is not finite"
        for message, tensor in zip(rows["message"].astype(str), rows["bad_tensor"].astype(str), strict=True)
    ]

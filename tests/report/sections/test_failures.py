from __future__ import annotations

from pathlib import Path

import pandas as pd

from ablate.results import study_results


def test_every_failed_or_diverged_trial_is_listed_with_its_reason(small_folder: Path) -> None:
    trials = study_results.load(small_folder).trials
    listed = pd.read_csv(small_folder / "report" / "tables" / "failures.csv")
    assert set(listed["id"]) == set(trials.loc[trials["state"].isin(["failed", "diverged"]), "id"])
    reasons = listed.groupby("state")["reason"].unique()
    assert set(reasons.index) == {"failed", "diverged"}
    assert list(reasons["diverged"]) == ["weight dense_1/kernel is not finite"]
    assert reasons["failed"][0].startswith("ValueError: <b>bad</b>")
    assert set(listed["setting"]) == {"loss=mse"}

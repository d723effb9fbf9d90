"""The section on trials that failed or diverged, with their reasons."""

from __future__ import annotations

import pandas as pd

from ablate.report.page_parts import Section, TableFile, collect, levels_by_name, link, setting_words, table
from ablate.report.section_inputs import Inputs
from ablate.results.study_results import Results

LIMIT = 100
"""The most rows of each table of the page."""


def section(inputs: Inputs) -> Section:
    """Make the section on failed and diverged trials."""
    listed = _listed(inputs.results)
    lead = "Failed and diverged trials count in the n of every rate, like every planned trial."
    file = TableFile(name="failures", caption="Failed and diverged trials", frame=listed)
    if not len(listed):
        return collect("failures", "Failed and diverged", f"None. {lead}", [file])
    reasons = listed.groupby(["state", "reason"], sort=False)["id"].agg(n="size", first="first").reset_index()
    reasons = reasons.sort_values(["state", "n"], ascending=[False, False], kind="stable")
    trials = inputs.results.trials.set_index("id").loc[listed["id"]]
    settings = [link(*levels.items()) for levels in levels_by_name(trials, inputs.results.varying)]
    tables = (
        table(reasons, "By reason", links=[link(("state", state)) for state in reasons["state"]], limit=LIMIT),
        table(listed, "Trial by trial", links=settings, limit=LIMIT, note="`ablate show ID` draws a trial."),
    )
    return collect("failures", "Failed and diverged", lead, [*tables, file])


def _listed(results: Results) -> pd.DataFrame:
    """Return one row a failed or diverged trial, by state and reason."""
    rows = results.trials[results.trials["state"].isin(["failed", "diverged"])]
    baseline = {name: level.name for name, level in results.study.baseline}
    reasons = [
        message or f"{tensor or 'a tensor'} is not finite"
        for message, tensor in zip(rows["message"].astype(str), rows["bad_tensor"].astype(str), strict=True)
    ]
    frame = pd.DataFrame(
        {
            "id": rows["id"],
            "seed": rows["seed"],
            "setting": [setting_words(levels, baseline) for levels in levels_by_name(rows, results.varying)],
            "state": rows["state"].astype(str),
            "step": rows["bad_step"].astype(float).where(rows["bad_step"] >= 0),
            "after_escape": rows["after_escape"].map({True: "yes", False: "no"}),
            "reason": reasons,
        }
    )
    order = ["state", "reason", "id"]
    return frame.sort_values(order, kind="stable", ascending=[False, True, True], ignore_index=True)

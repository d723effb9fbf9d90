"""The section on trials that failed or diverged, with their reasons."""

from __future__ import annotations

import pandas as pd

from ablate.report.page_parts import (
    Conclusion,
    Section,
    TableFile,
    collect,
    levels_by_name,
    link,
    setting_words,
    table,
)
from ablate.report.provenance import ranges
from ablate.report.section_inputs import Inputs
from ablate.report.text_escaping import plain
from ablate.results.study_results import Results

NOTE = "`ablate show ID` draws the example; tables/failures.csv lists every trial."

LIMIT = 100
"""The most rows of each table of the page."""


def section(inputs: Inputs) -> Section:
    """Make the section on failed and diverged trials."""
    listed = _listed(inputs.results)
    lead = "Failed and diverged trials count in the n of every rate, like every planned trial."
    title = "Which trials failed or diverged, and why?"
    file = TableFile(name="failures", caption="Failed and diverged trials", frame=listed)
    if not len(listed):
        return collect("failures", title, lead, [Conclusion("None did."), file])
    reasons = listed.groupby(["state", "reason"], sort=False)["id"].agg(n="size", first="first").reset_index()
    reasons = reasons.sort_values(["state", "n"], ascending=[False, False], kind="stable")
    by_setting, links = _by_setting(inputs.results, listed)
    tables = (
        table(reasons, "By reason", links=[link(("state", state)) for state in reasons["state"]], limit=LIMIT),
        table(by_setting, "By reason and setting", links=links, limit=LIMIT, note=NOTE),
    )
    most = reasons.sort_values("n", ascending=False, kind="stable").iloc[0]
    counts = listed["state"].value_counts()
    says = " and ".join(f"{counts[state]} {state}" for state in ("failed", "diverged") if state in counts)
    conclusion = Conclusion(
        f"{says}; the most frequent reason, in {most['n']} trials: {plain(str(most['reason']))[:120]}."
    )
    return collect("failures", title, lead, [conclusion, *tables, file])


def _by_setting(results: Results, listed: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return one row a state, reason and setting, most trials first, and the links to their trials."""
    trials = results.trials.set_index("id").loc[listed["id"]]
    links = [link(*levels.items()) for levels in levels_by_name(trials, results.varying)]
    groups = listed.assign(links=links).groupby(["state", "reason", "setting"], sort=False)
    frame = groups.agg(
        n=("id", "size"),
        seeds=("seed", lambda seeds: ranges(tuple(map(int, seeds)))),
        median_step=("step", "median"),
        example=("id", "first"),
        links=("links", "first"),
    ).reset_index()
    frame = frame.sort_values(["state", "n"], ascending=[False, False], kind="stable", ignore_index=True)
    return frame.drop(columns="links"), list(frame["links"])


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

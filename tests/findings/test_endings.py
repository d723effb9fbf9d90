"""The published endings: that they were read by the rules as they are now, and that each report counts them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate.stats.causes import AT_CHANCE, FINGERPRINTS, RULES

RESULTS = Path(__file__).parents[2] / "results" / "published"
REPORTS = sorted(path.parent for path in RESULTS.glob("*/report/endings.parquet"))

NEAR = 2e-3
"""Signals are published with four digits: so close to a rule's figure either side may be right."""


def test_there_are_published_endings() -> None:
    assert len(REPORTS) >= 13


@pytest.mark.parametrize("report", REPORTS, ids=lambda path: path.parent.name)
def test_fingerprints_are_those_of_the_rules_now(report: Path) -> None:
    ends = pd.read_parquet(report / "endings.parquet")
    ends = ends[~ends["fingerprint"].isin(["non_finite", "symmetric"])]  # seen in the curves alone
    ln = np.log(ends["classes"].astype(float))
    low = 1 - ends["train_loss"] / ln - RULES.near_chance
    apart = (ends["loss"] - ends["train_loss"]) / ln - RULES.loss_gap
    expected = ((low > 0) & (apart > 0)) | (ends["loss"] < 0)
    sure = (low.abs() > NEAR) & (apart.abs() > NEAR)
    assert sure.mean() > 0.9
    assert ((ends["fingerprint"] == "data_fault") == expected)[sure].all()
    others = ends[~expected & sure]
    no_gradient = others["zero_gradient_share"] >= RULES.no_gradient
    assert ((others["fingerprint"] == "clip_trap") == no_gradient)[
        (others["zero_gradient_share"] - RULES.no_gradient).abs() > NEAR
    ].all()
    flat = (others["loss"] / ln[others.index] - 1).abs()
    rest = others[(others["fingerprint"] == "uniform_output") | (others["fingerprint"] == "other")]
    far = (flat[rest.index] - RULES.near_chance).abs() > NEAR
    assert ((rest["fingerprint"] == "uniform_output") == (flat[rest.index] <= RULES.near_chance))[far].all()


@pytest.mark.parametrize("report", REPORTS, ids=lambda path: path.parent.name)
def test_a_report_counts_the_fingerprints_of_its_trials(report: Path) -> None:
    trials = pd.read_parquet(report / "trials.parquet")
    ends = pd.read_parquet(report / "endings.parquet")
    own = trials[["id", "state"]].merge(ends[["id", "fingerprint"]], on="id", validate="one_to_one")
    own = own[own["state"].isin(AT_CHANCE)]
    counted = pd.read_csv(report / "tables" / "plateaus.csv")
    assert set(counted["fingerprint"]) <= set(FINGERPRINTS)
    expected = own.groupby(["state", "fingerprint"], observed=True).size()
    found = counted.groupby(["state", "fingerprint"])["count"].sum()
    assert (found <= expected.reindex(found.index)).all()  # what answers no question is not in the table
    assert found.sum() >= 0.8 * expected.sum()

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from ablate.core.study import Contrast
from ablate.report import comparisons
from ablate.report.comparisons import Family
from ablate.report.sections import effects
from ablate.report.trial_groups import trial_groups
from ablate.results.study_results import Results


def test_a_contrast_is_made_in_the_group_of_trials_it_names(whole: Results) -> None:
    (own,) = trial_groups(whole)
    fresh, rescued = (
        dataclasses.replace(own, within=(("start", start),), trials=own.trials.assign(start=start))
        for start in ("fresh", "collapsed")
    )
    there = Contrast(factor="loss", level="fused", against="clipped", at={"start": ["collapsed"]}, expect="more")
    anywhere = Contrast(factor="loss", level="mse", against="clipped")
    asking = dataclasses.replace(whole.study, contrasts=(there, anywhere))
    frame, missing = comparisons.declared(fresh, asking, "escaped")
    assert (frame["level"].tolist(), missing) == (["mse"], [])
    frame, missing = comparisons.declared(rescued, asking, "escaped")
    assert (frame["level"].tolist(), missing) == (["fused", "mse"], [])
    assert frame["expect"].tolist() == ["more", ""]


def test_a_difference_that_survives_its_correction_is_marked() -> None:
    row = {"difference": 0.5, "low": 0.3, "high": 0.7, "pairs": 20, "adjusted_p": 0.002}
    one, other = (effects.difference_row("x", {**row, "adjusted_p": p}) for p in (0.002, 0.2))
    (equal,) = (effects.difference_row("x", {**row, "adjusted_rates_p": 0.2}),)
    assert not equal.holds, "the levels are not exchangeable, but their rates may be equal"
    assert (one.numbers, one.holds) == ("+.50 [+.30, +.70], 20 pairs *", True)
    assert (other.numbers, other.holds) == ("+.50 [+.30, +.70], 20 pairs", False)


def test_the_conclusion_counts_what_both_tests_show_and_names_the_largest() -> None:
    rows = [("a", "x", 0.2, 0.01, 0.049), ("a", "y", -0.4, 0.04, 0.04), ("b", "z", 0.9, 0.05, 0.01)]
    frame = pd.DataFrame(rows, columns=["factor", "level", "estimate", "adjusted_p", "adjusted_rates_p"])
    frame = frame.assign(low=frame["estimate"] - 0.1, high=frame["estimate"] + 0.1)
    said = effects._conclusion(frame, "t").text
    assert said.startswith("t: 2 of 3 levels change the escape rate beyond noise; most of all a=y, by ")
    assert effects._conclusion(frame[2:], "t").text == "t: 0 of 1 levels change the escape rate beyond noise."


def test_a_difference_that_just_reaches_the_level_is_not_marked() -> None:
    row = {"difference": 0.5, "low": 0.3, "high": 0.7, "pairs": 20}
    pairs = [(0.05, 0.01), (0.01, 0.05), (0.049, 0.049)]
    rows = [effects.difference_row("x", {**row, "adjusted_p": p, "adjusted_rates_p": q}) for p, q in pairs]
    assert [made.holds for made in rows] == [False, False, True]


@pytest.mark.parametrize(
    ("family", "at", "expected"),
    [
        (Family(kind="screen", here=True), "", "start=fresh&width=64&loss=fused&loss=clipped"),
        (Family(kind="screen", here=True, whole=True), "", "start=fresh&loss=fused&loss=clipped"),
        (Family(kind="screen"), "", "start=fresh&loss=fused&loss=clipped"),
        (Family(kind="declared", here=True), "width=8", "start=fresh&loss=fused&loss=clipped"),
    ],
)
def test_a_row_links_to_the_settings_that_it_compares(family: Family, at: str, expected: str) -> None:
    """At the baseline, the other factors that vary are at their baseline's levels."""
    inputs: Any = SimpleNamespace(baseline={"loss": "clipped", "width": "64"})
    group: Any = SimpleNamespace(within=(("start", "fresh"),), varying=("loss", "width"))
    row = {"factor": "loss", "level": "fused", "against": "clipped", "at": at}
    assert effects._link(inputs, group, family, row) == expected

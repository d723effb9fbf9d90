"""Fingerprints: the confusion matrix of planted cases, and each rule by itself.

`planted.npz` holds the signals of trials on digits (clipped loss, seeds 10-15) that did not escape: each `fault`, the
starts `saturated`, `dead` and `symmetric`, and a network that is flat because it is deep, sigmoid or tanh, and hardly
initialized.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate.outcomes.curves import Curves
from ablate.stats import causes

PLANTED = np.load(Path(__file__).parent / "planted.npz")
CASES = [
    (
        str(case),
        str(truth),
        Curves(id=str(place), signals=dict(zip(PLANTED["names"], own, strict=True)), bad_step=int(bad)),
    )
    for place, (case, truth, own, bad) in enumerate(
        zip(PLANTED["case"], PLANTED["truth"], PLANTED["signals"], PLANTED["bad_step"], strict=True)
    )
]


def born_dead(curves):
    """Whether a layer is silent from the first look: copies of a dead unit are dead units as well."""
    return any(float(values[0]) == 1 for name, values in curves.signals.items() if name.startswith("dead_share"))


def test_planted_cases_are_told_apart():
    kept = [(truth, curves) for _, truth, curves in CASES if not (truth == "symmetric" and born_dead(curves))]
    rows = [(truth, causes.recognise(curves, 10)) for truth, curves in kept]
    confusion = pd.DataFrame(rows, columns=["truth", "read"])
    matrix = pd.crosstab(confusion["truth"], confusion["read"])
    assert set(matrix.index) == set(causes.FINGERPRINTS) - {"other"}
    assert all(matrix.loc[truth].sum() == matrix.loc[truth, truth] for truth in matrix.index), f"\n{matrix}"
    assert matrix.to_numpy().sum() > 45


def test_copies_of_a_dead_unit_are_read_as_dead():
    found = [causes.recognise(curves, 10) for _, truth, curves in CASES if truth == "symmetric" and born_dead(curves)]
    assert set(found) == {"dead_units"}


def flat(looks=6, **changed):
    signals = {
        "loss": np.full(looks, np.log(10)),
        "train_loss": np.array([np.nan, *[np.log(10)] * (looks - 1)]),
        "zero_gradient_share": np.zeros(looks),
        "top_share": np.ones(looks),
        "prediction_entropy": np.zeros(looks),
        "finite": np.ones(looks),
        "dead_share_1": np.full(looks, 0.2),
    }
    return Curves(id="x", signals={**signals, **{name: np.asarray(value) for name, value in changed.items()}})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "uniform_output"),
        ({"loss": np.full(6, 3.0)}, "other"),
        ({"loss": [2.3, 2.3, np.nan, np.nan, np.nan, np.nan]}, "non_finite"),
        ({"finite": [1, 1, 1, 0, 0, 0]}, "non_finite"),
        ({"loss": np.full(6, -5.0)}, "data_fault"),
        ({"train_loss": [np.nan, 2.3, 2.2, 2.0, 1.5, 1.0]}, "data_fault"),
        ({"train_loss": [np.nan, 2.3, 2.3, 2.0, 2.0, 2.0], "loss": np.full(6, 7.0)}, "data_fault"),
        ({"train_loss": [np.nan, 5.0, 3.0, 2.4, 2.3, 2.3]}, "uniform_output"),
        ({"train_loss": [np.nan, 9.0, 7.0, 3.0, 3.0, 3.0], "loss": np.full(6, 4.0)}, "other"),
        ({"train_loss": np.full(6, 0.09), "loss": np.full(6, 0.09)}, "other"),
        ({"zero_gradient_share": np.full(6, 0.9)}, "clip_trap"),
        ({"zero_gradient_share": np.full(6, 0.8)}, "uniform_output"),
        ({"dead_share_1": np.ones(6)}, "dead_units"),
        ({"dead_share_1": [1, 1, 1, 1, 1, 0.5]}, "uniform_output"),
        ({"unit_spread_1": np.zeros(6)}, "symmetric"),
        ({"unit_spread_1": np.full(6, 0.1), "dead_share_1": np.ones(6)}, "dead_units"),
        ({"unit_spread_1": np.zeros(6), "dead_share_1": np.ones(6)}, "dead_units"),
        ({"unit_spread_1": np.zeros(6), "dead_share_1": [0, 0, 1, 1, 1, 1]}, "symmetric"),
        ({"unit_spread_1": np.zeros(6), "dead_share_1": np.ones(6), "unit_spread_2": np.zeros(6)}, "symmetric"),
    ],
)
def test_each_rule(changed, expected):
    assert causes.recognise(flat(**changed), 10) == expected


def test_a_share_of_dead_units_that_just_reaches_the_limit_counts() -> None:
    rules = replace(causes.RULES, dead=0.5)
    assert causes.recognise(flat(dead_share_1=np.full(6, 0.5)), 10, rules) == "dead_units"
    assert causes.recognise(flat(dead_share_1=np.full(6, 0.4)), 10, rules) == "uniform_output"


def test_without_a_specific_sign_the_cause_is_the_size_of_the_last_updates():
    slow, fast = np.array([1, 1, 1, 1e-5, 1e-5, 1e-5]), np.array([0, 0, 0, 0.1, 0.1, 0.1])
    assert causes.cause_of(flat(update_ratio=slow), 10) == "small_steps"
    assert causes.cause_of(flat(update_ratio=fast, loss=np.full(6, 3.0)), 10) == "large_steps"
    assert causes.cause_of(flat(update_ratio=slow, dead_share_1=np.ones(6)), 10) == "dead_units"
    assert causes.cause_of(Curves(id="x", signals={}), 10) == "large_steps"


def test_updates_of_the_limit_are_not_small():
    limit = causes.RULES.small_step
    assert [causes.refine("other", size) for size in (0.99 * limit, limit)] == ["small_steps", "large_steps"]


def test_a_probe_that_learns_as_well_is_no_data_fault():
    falling = np.linspace(2.3, 1.5, 6)
    assert causes.recognise(flat(train_loss=falling, loss=falling), 10) == "other"


def test_without_signals_there_is_no_fingerprint():
    assert causes.recognise(Curves(id="x", signals={}), 10) == "other"


def test_the_table_has_shares_of_each_state_and_leaves_the_escaped_out():
    rows = [("stuck", "uniform_output"), ("stuck", "dead_units"), ("collapsed", "uniform_output"), ("escaped", "other")]
    found = causes.table(pd.DataFrame(rows, columns=["state", "fingerprint"]))
    rows = found.set_index(["state", "fingerprint"])
    assert (rows.loc[("stuck", "dead_units"), "count"], rows.loc[("stuck", "dead_units"), "n"]) == (1, 2)
    assert rows.loc[("collapsed", "uniform_output"), "share"] == 1
    assert rows.loc[("collapsed", "uniform_output"), "low"] < 0.3
    assert list(found["state"]) == ["collapsed", "stuck", "stuck"]


def test_a_table_of_none_at_chance_is_empty():
    assert causes.table(pd.DataFrame({"state": ["escaped"], "fingerprint": ["other"]})).empty
    assert causes.table(pd.DataFrame({"state": [], "fingerprint": []})).empty


@pytest.mark.parametrize(("gap", "read"), [(0.11, "other"), (0.12, "data_fault")])
def test_a_data_fault_is_a_gap_of_a_twentieth_of_the_loss_of_a_guess(gap, read):
    last = {"loss": 1.5 + gap, "train_loss": 1.5, "finite": 1.0, "zero_gradient_share": 0.0, "dead_share_1": 0.2}
    last |= {"top_share": 0.5, "prediction_entropy": 1.0}
    signals = {name: np.full(4, value) for name, value in last.items()}
    assert causes.recognise(Curves(id="x", signals=signals), 10) == read
    assert causes.recognise(Curves(id="x", signals=signals, bad_step=0), 10) == "non_finite"


HALF = replace(causes.RULES, no_gradient=0.5, dead=0.5, near_chance=0.5, loss_gap=0.25)
"""Thresholds that sums of binary fractions reach exactly."""


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"loss": np.zeros(6)}, "other"),
        ({"zero_gradient_share": np.full(6, 0.5)}, "clip_trap"),
        ({"zero_gradient_share": np.full(6, 0.4)}, "uniform_output"),
        ({"loss": np.full(6, 0.5 * np.log(16))}, "uniform_output"),
        ({"loss": np.full(6, 1.5 * np.log(16))}, "uniform_output"),
        ({"loss": np.full(6, 1.6 * np.log(16))}, "other"),
        ({"train_loss": np.full(6, 0.5 * np.log(16)), "loss": np.full(6, np.log(16))}, "uniform_output"),
        ({"train_loss": np.full(6, 0.25 * np.log(16)), "loss": np.full(6, 0.5 * np.log(16))}, "uniform_output"),
        ({"train_loss": np.full(6, 0.25 * np.log(16)), "loss": np.full(6, 0.6 * np.log(16))}, "data_fault"),
    ],
)
def test_a_number_that_just_reaches_its_limit_counts_as_the_meaning_of_the_limit_says(changed, expected):
    assert causes.recognise(flat(**{"loss": np.full(6, np.log(16)), **changed}), 16, HALF) == expected


def test_without_a_layer_whose_units_are_counted_none_are_dead():
    signals = {name: values for name, values in flat().signals.items() if not name.startswith("dead_share")}
    assert causes.recognise(Curves(id="x", signals=signals), 10) == "uniform_output"
    assert causes.recognise(Curves(id="x", signals={**signals, "unit_spread_1": np.zeros(6)}), 10) == "symmetric"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "symmetric"),
        ({"dead_share_1": [0, 1, 1, 1, 1, 1]}, "symmetric"),
        ({"dead_share_1": [1, 0, 0, 0, 0, 0]}, "uniform_output"),
        ({"dead_share_1": [0, 0.5, 0, 0, 0, 0]}, "uniform_output"),
        ({"dead_share_2": [1, 0, 0, 0, 0, 0]}, "uniform_output"),
        ({"top_share": [1, 1, 0.9, 1, 1, 1]}, "symmetric"),
        ({"top_share": np.full(6, 0.99)}, "uniform_output"),
        ({"prediction_entropy": [0, 0, 0.5 * np.log(16), 0, 0, 0]}, "symmetric"),
        ({"prediction_entropy": [0, 0, 0.6 * np.log(16), 0, 0, 0]}, "uniform_output"),
    ],
)
def test_without_a_spread_copies_are_layers_that_die_together_and_pass_on_a_single_number(changed, expected):
    alike = {"dead_share_1": np.zeros(6), "top_share": np.full(6, 0.9)}
    alike |= {name: np.full(6, np.log(16)) for name in ("loss", "train_loss")}
    assert causes.recognise(flat(**{**alike, **changed}), 16) == expected

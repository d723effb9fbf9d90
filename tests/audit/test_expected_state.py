from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate import audit
from ablate.engine.inspection.records import Inspection

CHANCE: dict[str, Any] = {
    "train": 0.5,
    "train_mode": 0.5,
    "validation": 0.5,
    "reported_validation": 0.5,
    "best_cut": 0.55,
    "slope": 0.0,
}


@pytest.mark.parametrize(
    ("state", "changes"),
    [
        ("healthy", {}),
        ("healthy", {"train": 0.5, "validation": 0.5, "train_mode": 0.9}),
        ("stuck", {"train": 0.9, "validation": 0.5, "best_cut": 0.5, "slope": 0.0}),
        ("healthy", {"train": 0.1, "train_mode": 0.1, "validation": 0.1, "apart": 0.8}),
        ("stuck", {**CHANCE, "best_cut": 0.9, "apart": 0.01}),
        ("stuck", {**CHANCE, "best_cut": 0.9, "apart": 0.4, "update": 0.0}),
        ("stuck", CHANCE),
        ("diverged", {**CHANCE, "bad_step": 7}),
        ("failed", {"error": "ValueError: no"}),
        ("slow", {**CHANCE, "slope": 5.0, "complete": False}),
        ("unknown", {**CHANCE, "complete": False, "steps": 20}),
        ("slow", {**CHANCE, "slope": 5.0, "steps": 20}),
        ("stuck", {**CHANCE, "slope": 5.0, "steps": 200}),
    ],
)
def test_state(inspection: Inspection, state: str, changes: dict[str, Any]) -> None:
    assert inspection.rehearsal is not None
    assert audit.state(replace(inspection, rehearsal=replace(inspection.rehearsal, **changes))) == state


def test_validation_rows_of_other_classes_judge_nothing(inspection: Inspection) -> None:
    assert inspection.rehearsal is not None
    other = replace(inspection.labels, absent=0.67, sorted_share=0.99)
    ended = replace(inspection.rehearsal, validation=0.0, best_cut=None)
    assert audit.state(replace(inspection, labels=other, rehearsal=ended)) == "healthy"


def test_more_steps_do_not_help_where_labels_have_nothing_to_do_with_the_inputs(inspection: Inspection) -> None:
    assert inspection.rehearsal is not None
    assert inspection.reference is not None
    falls = replace(inspection.rehearsal, **{**CHANCE, "slope": 5.0, "complete": False})
    nothing = replace(inspection.reference, accuracy=0.51, p_value=0.4)
    assert audit.state(replace(inspection, rehearsal=falls, reference=nothing)) == "stuck"


def test_gathered_gradients_are_few_steps_and_slow(inspection: Inspection) -> None:
    assert inspection.rehearsal is not None
    steps = replace(inspection.steps, settings={"gradient_accumulation_steps": 60})
    falls = replace(inspection.rehearsal, **{**CHANCE, "slope": 5.0})
    gathered = replace(inspection, steps=steps, rehearsal=falls)
    assert audit.state(gathered) == "slow"
    assert next((one.code, one.cause) for one in audit.findings(gathered)) == ("few_updates", "few_steps")


def test_labels_that_change_partners_leave_a_network_stuck(inspection: Inspection) -> None:
    """Whatever it gets right by luck."""
    assert audit.state(replace(inspection, labels=replace(inspection.labels, unpaired=0.67))) == "stuck"


def test_without_a_rehearsal_nothing_is_known(inspection: Inspection) -> None:
    assert audit.state(replace(inspection, rehearsal=None)) == "unknown"

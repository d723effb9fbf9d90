from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.audit import facts, head
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import layer


def changed(inspection: Inspection, **changes: Any) -> Inspection:
    """The inspection with another head, and a rehearsal that stayed at chance."""
    assert inspection.rehearsal is not None
    stuck = replace(inspection.rehearsal, train=0.5, validation=0.5, zero_rows=changes.get("zero_rows", 0.0))
    return replace(inspection, head=replace(inspection.head, **changes), rehearsal=stuck)


def test_a_healthy_head_has_no_finding(inspection: Inspection) -> None:
    assert list(head.findings(inspection)) == []


@pytest.mark.parametrize(
    ("cause", "changes"),
    [
        ("one_softmax", {"activation": "softmax"}),
        ("one_softmax", {"activation": None, "constant": True, "lowest": 1.0, "highest": 1.0}),
        ("loss_mismatch", {"takes": "one_hot", "loss": "categorical_crossentropy"}),
        ("loss_mismatch", {"agreement": 0.1}),
        ("loss_mismatch", {"right": 2.0, "wrong": 1.0, "fused": False}),
        ("logits_as_probabilities", {"activation": "linear", "lowest": -2.0, "fused": False}),
        ("double_softmax", {"units": 3, "before": ("Dense:softmax", "Softmax:"), "sums": 1.0}),
        ("double_softmax", {"from_logits": True, "fused": False}),
        ("wrong_axis", {"units": 3, "sums": 0.1, "column_sums": 1.0}),
        ("logits_as_probabilities", {"takes": "unknown", "loss": "mine", "wants_shares": True, "lowest": -2.0}),
        ("head_cuts", {"activation": "relu"}),
        ("head_cuts", {"activation": "lambda", "flat": 0.6, "lowest": 0.4, "highest": 0.6}),
        ("clip_trap", {"units": 3, "sums": 1.0, "zero_rows": 0.9, "fused": False, "lowest": 0.0, "highest": 1.0}),
    ],
)
def test_each_fault_of_a_head_is_an_error_with_a_repair(
    inspection: Inspection, cause: str, changes: dict[str, Any]
) -> None:
    first = next(iter(head.findings(changed(inspection, **changes))))
    assert (first.cause, first.severity) == (cause, "error")
    assert first.repairs
    assert all(repair.keras for repair in first.repairs)


@pytest.mark.parametrize("loss", [{"takes": "binary"}, {"takes": "unknown", "loss": "mse", "activation": "linear"}])
def test_one_output_cannot_name_three_classes(inspection: Inspection, loss: dict[str, Any]) -> None:
    three = replace(changed(inspection, **loss), labels=replace(inspection.labels, classes=3, highest=2))
    (found,) = head.findings(three)
    assert (found.code, found.cause) == ("one_unit_many_classes", "loss_mismatch")
    assert [repair.change.get("units") for repair in found.repairs] == [3, None]
    amounts = replace(three, labels=replace(three.labels, whole=False))
    assert list(head.findings(amounts)) == [], "labels that are amounts are no classes"


def test_a_softmax_that_is_sure_of_many_rows_is_not_cut_off(inspection: Inspection) -> None:
    """Inputs that are not scaled make probabilities of exactly 0."""
    sure = {"activation": "softmax", "units": 3, "sums": 1.0, "flat": 0.5, "lowest": 0.0, "highest": 0.99}
    assert "head_cuts" not in [finding.cause for finding in head.findings(changed(inspection, **sure))]


def test_a_loss_without_gradient_is_no_clip_where_nothing_is_near_0_or_1(inspection: Inspection) -> None:
    flat = changed(inspection, units=3, sums=1.0, zero_rows=1.0, fused=False, lowest=0.2, highest=0.5)
    assert "clip_trap" not in [finding.cause for finding in head.findings(flat)]


def test_a_loss_of_the_users_own_that_clips_is_replaced_by_one_of_keras(inspection: Inspection) -> None:
    shown = {"units": 3, "sums": 1.0, "zero_rows": 0.9, "fused": False, "lowest": 0.0, "highest": 1.0}
    own = changed(inspection, takes="unknown", loss="clipped", **shown)
    (trap,) = (finding for finding in head.findings(own) if finding.cause == "clip_trap")
    assert trap.repairs[0].keras == (
        "keras.layers.Dense(3)  # the last layer, without softmax",
        "loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
    )


def test_raw_outputs_that_learn_all_the_same_are_a_note(inspection: Inspection) -> None:
    raw = replace(inspection, head=replace(inspection.head, activation="linear", lowest=-2.0, fused=False))
    assert [finding.severity for finding in head.findings(raw)] == ["note"]


@pytest.mark.parametrize(("accuracy", "trapped"), [(0.4, True), (0.9, False)])
def test_a_network_that_falls_back_is_trapped_while_it_is_still_above_chance(
    inspection: Inspection, accuracy: float, *, trapped: bool
) -> None:
    """Rows that are sure and right need no gradient; rows that are sure and wrong do."""
    shown = {"units": 3, "sums": 1.0, "fused": False, "lowest": 0.0, "highest": 1.0}
    assert inspection.rehearsal is not None
    seen = replace(inspection.rehearsal, train=accuracy, chance=0.1, zero_rows=0.99)
    one = replace(inspection, head=replace(inspection.head, **shown), rehearsal=seen)  # type: ignore[arg-type]
    assert facts.learns(one)
    assert ("clip_trap" in [finding.cause for finding in head.findings(one)]) is trapped


@pytest.mark.parametrize(("place", "found"), [(0, 0), (2, 1)])
def test_a_softmax_over_time_counts_behind_the_last_weights(inspection: Inspection, place: int, found: int) -> None:
    """Attention is such a softmax, too, with weights behind it."""
    softmax = layer("softmax", kind="Softmax", weights=0, trained=False, shared=1)
    layers = (layer("first"), layer("scores"), layer("mean", weights=0))
    seen = changed(inspection, units=4, sums=1.0)
    seen = replace(seen, layers=(*layers[:place], softmax, *layers[place:]))
    assert [one.cause for one in head.findings(seen)] == ["wrong_axis"] * found

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.audit import labels
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import stuck


def test_healthy_labels_have_no_finding(inspection: Inspection) -> None:
    assert list(labels.findings(inspection)) == []


SAME: dict[str, Any] = {"takes": "unknown", "agreement": 0.3, "right": 2.0, "wrong": 2.0}
"""A loss of the user's own that is the same for right and wrong predictions."""


@pytest.mark.parametrize(
    ("cause", "code", "head", "changes"),
    [
        ("label_range", "labels_not_finite", {}, {"bad_rows": 3}),
        ("label_range", "single_class", {}, {"classes": 1}),
        ("label_range", "range_of_labels", {"units": 3, "takes": "sparse"}, {"lowest": 1, "highest": 3, "classes": 3}),
        ("label_range", "range_of_labels", {"units": 3, "takes": "sparse"}, {"whole": False, "classes": 3}),
        ("label_range", "range_of_labels", {}, {"lowest": 1, "highest": 2}),
        ("label_form", "form_of_labels", {"units": 3, "takes": "sparse"}, {"shape": (3,), "one_hot": True}),
        ("label_form", "form_of_labels", {"units": 3, "takes": "one_hot"}, {"classes": 3}),
        ("label_form", "form_of_labels", {"units": 3, **SAME}, {"classes": 3}),
        ("labels_unrelated", "labels_count_rows", {}, {"counter": True, "classes": 400}),
        ("labels_unrelated", "labels_change_partners", {}, {"unpaired": 0.9}),
    ],
)
def test_each_fault_of_labels_is_an_error_with_a_repair(
    inspection: Inspection, cause: str, code: str, head: dict[str, Any], changes: dict[str, Any]
) -> None:
    faulty = replace(inspection, labels=replace(inspection.labels, **changes), head=replace(inspection.head, **head))
    first = next(iter(labels.findings(faulty)))
    assert (first.cause, first.code, first.severity) == (cause, code, "error")
    assert first.repairs


def test_signs_as_labels_suit_a_head_of_tanh(inspection: Inspection) -> None:
    signs = replace(inspection.labels, lowest=-1)
    assert not list(
        labels.findings(replace(inspection, labels=signs, head=replace(inspection.head, activation="tanh")))
    )


def test_labels_with_gaps_are_in_range_if_there_are_units_enough(inspection: Inspection) -> None:
    gaps = replace(inspection.labels, lowest=3, highest=33, classes=4)
    head = replace(inspection.head, units=40, takes="sparse")
    assert not list(labels.findings(replace(inspection, labels=gaps, head=head)))


def test_unrelated_labels_need_classifiers_and_network_at_chance(inspection: Inspection) -> None:
    assert inspection.reference is not None
    assert inspection.rehearsal is not None
    guess = replace(inspection.reference, accuracy=0.53, p_value=0.4)
    stuck = replace(inspection.rehearsal, validation=0.5)
    (finding,) = labels.findings(replace(inspection, reference=guess, rehearsal=stuck))
    assert finding.cause == "labels_unrelated"
    assert not list(labels.findings(replace(inspection, reference=guess)))
    assert not list(labels.findings(replace(inspection, rehearsal=stuck)))


def test_without_validation_rows_a_little_above_chance_is_no_proof_that_labels_are_related(
    inspection: Inspection,
) -> None:
    assert inspection.reference is not None
    assert inspection.rehearsal is not None
    guess = replace(inspection.reference, accuracy=0.53, p_value=0.4)
    for train, named in ((0.6, 1), (0.9, 0)):
        seen = replace(inspection.rehearsal, validation=None, train=train, chance=0.5)
        assert len(list(labels.findings(replace(inspection, reference=guess, rehearsal=seen)))) == named


def test_labels_that_are_texts_are_said_to_be(inspection: Inspection) -> None:
    texts = replace(inspection.labels, dtype="<U5", lowest=0, highest=0)
    (found,) = labels.findings(replace(inspection, labels=texts))
    assert found.what == "Labels are texts, and the loss takes class numbers."


def test_validation_rows_alone_may_have_related_labels(inspection: Inspection) -> None:
    assert inspection.reference is not None
    at_chance = stuck(inspection)
    for train, found in ((0.6, ["labels_unrelated"]), (1e-9, [])):
        pooled = replace(inspection.reference, p_value=1e-4, train_p_value=train, validation_p_value=1e-8)
        judged = labels.findings(replace(at_chance, reference=pooled))
        assert [finding.code for finding in judged] == found


@pytest.mark.parametrize(("trained", "severity"), [(0.5, "error"), (0.97, "note")])
def test_a_loss_that_compares_each_label_with_each_output(
    inspection: Inspection, trained: float, severity: str
) -> None:
    seen = replace(stuck(inspection, train=trained, validation=trained), head=replace(inspection.head, pairs=True))
    (finding,) = labels.findings(seen)
    assert (finding.cause, finding.severity) == ("label_form", severity)
    assert finding.repairs[0].keras == ("y = y[:, None]",)


@pytest.mark.parametrize("head", [{"right": 9.0, "wrong": 1.0}, {"right": 0.02, "wrong": 3.9}, {"wants_shares": True}])
def test_a_loss_that_tells_classes_apart_reads_their_numbers(inspection: Inspection, head: dict[str, Any]) -> None:
    """It may ask for the wrong ones, or take the logarithm of raw outputs: the form of the labels is right."""
    faulty = replace(stuck(inspection), labels=replace(inspection.labels, classes=3))
    faulty = replace(faulty, head=replace(inspection.head, units=3, **{**SAME, **head}))
    assert "form_of_labels" not in [one.code for one in labels.findings(faulty)]

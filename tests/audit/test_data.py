from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.audit import data
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import probe


def stuck(inspection: Inspection, **inputs: Any) -> Inspection:
    assert inspection.rehearsal is not None
    assert inspection.inputs is not None
    rehearsal = replace(inspection.rehearsal, train=0.5, train_mode=0.5, validation=0.5)
    return replace(inspection, rehearsal=rehearsal, inputs=replace(inspection.inputs, **inputs))


def test_healthy_inputs_have_no_finding(inspection: Inspection) -> None:
    assert list(data.findings(inspection)) == []
    assert list(data.findings(stuck(inspection))) == []


@pytest.mark.parametrize(
    ("cause", "changes"),
    [
        ("bad_inputs", {"bad_rows": 2}),
        ("no_information", {"constant": 1.0}),
        ("input_scale", {"widest": 300.0}),
        ("input_scale", {"widest": 0.001, "narrowest": 0.0005}),
        ("input_scale", {"narrowest": 1e-5}),
    ],
)
def test_each_fault_of_inputs_is_an_error(inspection: Inspection, cause: str, changes: dict[str, Any]) -> None:
    first = next(iter(data.findings(stuck(inspection, **changes))))
    assert (first.cause, first.severity) == (cause, "error")
    assert first.repairs


def test_large_inputs_of_a_network_that_learns_are_no_finding(inspection: Inspection) -> None:
    assert inspection.inputs is not None
    assert not list(data.findings(replace(inspection, inputs=replace(inspection.inputs, widest=300.0))))


def test_the_scale_is_surer_if_scaled_inputs_are_learned(inspection: Inspection) -> None:
    large = stuck(inspection, widest=300.0)
    helped = replace(large, probes={"adam": probe(0.5), "scaled": probe(1.0)})
    useless = replace(large, probes={"adam": probe(0.5), "scaled": probe(0.5)})
    weights = [next(iter(data.findings(one))).weight for one in (useless, large, helped)]
    assert weights == sorted(set(weights))


def test_names_are_an_error_only_where_reading_them_as_names_helps(inspection: Inspection) -> None:
    names = stuck(inspection, names=True, highest=400)
    assert names.reference is not None
    better = replace(names, reference=replace(names.reference, tokens=0.9))
    assert [finding.severity for finding in data.findings(names)] == ["note"]
    assert [finding.severity for finding in data.findings(better)] == ["error"]


def ended(inspection: Inspection, loss: float) -> Inspection:
    """The inspection of a rehearsal that ended with this loss over all rows."""
    assert inspection.rehearsal is not None
    return replace(inspection, rehearsal=replace(inspection.rehearsal, loss=loss))


@pytest.mark.parametrize(
    ("code", "changes", "shuffled"),
    [
        ("validation_of_unseen_classes", {"unseen": 1.0}, True),
        ("validation_of_few_classes", {"absent": 0.8, "sorted_share": 1.0}, True),
        ("batches_of_one_class", {"sorted_share": 1.0}, False),
        ("batches_of_one_class", {"sorted_share": 0.7, "loss": 0.9}, False),
    ],
)
def test_sorted_rows(inspection: Inspection, code: str, changes: dict[str, Any], shuffled: bool) -> None:
    changes, loss = {**changes}, changes.get("loss", 0.15)
    changes.pop("loss", None)
    sick = ended(stuck(inspection), loss)
    sick = replace(sick, labels=replace(sick.labels, **changes), steps=replace(sick.steps, shuffled=shuffled))
    (finding,) = data.findings(sick)
    assert (finding.code, finding.severity) == (code, "error")


def test_sorted_rows_that_are_shuffled_are_no_finding(inspection: Inspection) -> None:
    assert not list(data.findings(replace(inspection, labels=replace(inspection.labels, sorted_share=1.0))))


def test_rows_in_half_an_order_are_no_fault_where_batches_are_not_learned_apart(inspection: Inspection) -> None:
    sick = ended(stuck(inspection), 0.3)
    order = replace(sick.labels, sorted_share=0.7)
    assert not list(data.findings(replace(sick, labels=order, steps=replace(sick.steps, shuffled=False))))


@pytest.mark.parametrize(("rounding", "found"), [(0.01, 0), (0.16, 1)])
def test_numbers_that_the_models_input_rounds_are_an_error(inspection: Inspection, rounding: float, found: int) -> None:
    """Numbers of towns above 40,000 as float16."""
    codes = [one.code for one in data.findings(stuck(inspection, rounding=rounding))]
    assert codes == ["inputs_rounded"] * found

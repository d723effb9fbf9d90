from __future__ import annotations

from dataclasses import replace

from ablate import audit
from ablate.audit import rules
from ablate.engine.inspection.records import Inspection
from ablate.stats.cause_list import ALL, KINDS


def test_a_healthy_model_has_no_finding_and_is_healthy(inspection: Inspection) -> None:
    assert audit.findings(inspection) == ()
    assert audit.state(inspection) == "healthy"


def test_errors_come_first_and_the_likeliest_of_them_first(inspection: Inspection) -> None:
    assert inspection.inputs is not None
    faulty = replace(
        inspection,
        inputs=replace(inspection.inputs, bad_rows=1, widest=300.0, names=True),
        head=replace(inspection.head, activation="linear", lowest=-2.0, fused=False),
    )
    found = audit.findings(faulty)
    assert [finding.severity for finding in found] == sorted(
        (finding.severity for finding in found), key=rules.ORDER.index
    )
    errors = [finding.weight for finding in found if finding.severity == "error"]
    assert len(errors) >= 1
    assert errors == sorted(errors, reverse=True)


def test_the_one_list_has_every_kind_and_no_name_twice() -> None:
    assert {cause.kind for cause in ALL.values()} == set(KINDS)
    assert all(cause.meaning and cause.sign and cause.label for cause in ALL.values())

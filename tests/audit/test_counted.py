from __future__ import annotations

from dataclasses import replace

from ablate.audit import counted
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import stuck


def test_weights_that_give_all_to_one_class_are_an_error(inspection: Inspection) -> None:
    weighed = replace(stuck(inspection), steps=replace(inspection.steps, heaviest=1.0, row_weights=0.5))
    (finding,) = counted.findings(weighed)
    assert (finding.code, finding.cause, finding.weight) == ("rows_count_nothing", "loss_mismatch", 0.94)
    assert "100%" in finding.what


def test_rows_that_count_nothing_are_counted(inspection: Inspection) -> None:
    (finding,) = counted.findings(replace(stuck(inspection), steps=replace(inspection.steps, row_weights=0.4)))
    assert "40%" in finding.what


def test_weights_that_even_out_rare_classes_are_no_finding(inspection: Inspection) -> None:
    fair = replace(inspection.steps, class_weights=12.0, heaviest=0.5, row_weights=0.0)
    assert not list(counted.findings(replace(stuck(inspection), steps=fair)))


def test_a_loss_that_falls_without_the_errors_is_an_error(inspection: Inspection) -> None:
    (finding,) = counted.findings(stuck(inspection, losses=(0.7, 0.1, 0.01)))
    assert finding.code == "loss_falls_alone"
    assert not list(counted.findings(stuck(inspection, losses=(0.7, 0.6, 0.55))))
    assert not list(counted.findings(stuck(inspection, losses=(0.003, 0.003, 0.0029)))), "weights make it small"


def test_outputs_that_are_asked_one_by_one_have_a_smaller_loss_of_guessing(inspection: Inspection) -> None:
    ten = replace(inspection, labels=replace(inspection.labels, classes=10), head=replace(inspection.head, units=10))
    assert not list(counted.findings(stuck(ten, losses=(0.63, 0.4, 0.33))))
    assert list(counted.findings(stuck(ten, losses=(0.63, 0.1, 0.05))))


def test_another_loss_may_be_small_from_the_start(inspection: Inspection) -> None:
    squares = replace(inspection, head=replace(inspection.head, loss="mean_squared_error"))
    assert not list(counted.findings(stuck(squares, losses=(0.25, 0.1, 0.01))))


def test_a_network_that_learns_has_no_finding(inspection: Inspection) -> None:
    assert not list(counted.findings(replace(inspection, steps=replace(inspection.steps, heaviest=1.0))))

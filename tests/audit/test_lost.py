from __future__ import annotations

from dataclasses import replace

from ablate.audit import lost
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import layer, probe


def stuck(inspection: Inspection, readable: float, **changes: object) -> Inspection:
    assert inspection.rehearsal is not None
    layers = (layer("first"), layer("pool", readable=readable, width=1, **changes), layer("output"))
    ended = replace(inspection.rehearsal, train=0.5, train_mode=0.5, validation=0.5)
    return replace(inspection, layers=layers, rehearsal=ended, probes={"adam": probe(0.5)})


def test_a_layer_from_which_nothing_can_be_read_is_an_error(inspection: Inspection) -> None:
    (finding,) = lost.findings(stuck(inspection, 0.5))
    assert (finding.cause, finding.severity) == ("information_lost", "error")
    assert "`pool`" in finding.what


def test_a_layer_that_passes_on_enough_is_no_finding(inspection: Inspection) -> None:
    assert not list(lost.findings(stuck(inspection, 0.85)))


def test_dead_or_frozen_layers_are_left_to_their_own_rules(inspection: Inspection) -> None:
    assert not list(lost.findings(stuck(inspection, 0.5, dead=1.0)))
    assert not list(lost.findings(stuck(inspection, 0.5, trained=False)))


def test_what_the_network_gets_right_can_be_read_from_its_layers(inspection: Inspection) -> None:
    behind = stuck(inspection, 0.5)
    assert behind.rehearsal is not None
    better = replace(behind.rehearsal, train=0.74, train_mode=0.74, validation=0.74)
    assert not list(lost.findings(replace(behind, rehearsal=better)))


def test_a_huge_column_explains_what_an_untrained_layer_passes_on(inspection: Inspection) -> None:
    assert inspection.inputs is not None
    uneven = replace(inspection.inputs, narrowest=0.01, widest=1e4)
    (finding,) = lost.findings(replace(stuck(inspection, 0.5), inputs=uneven))
    assert finding.weight == 0.6


def test_a_network_that_learns_has_no_finding(inspection: Inspection) -> None:
    assert not list(lost.findings(replace(stuck(inspection, 0.5), rehearsal=inspection.rehearsal)))


def test_inputs_far_from_zero_or_names_explain_it_too(inspection: Inspection) -> None:
    assert inspection.inputs is not None
    for change in ({"offset": 900.0}, {"names": True}):
        (finding,) = lost.findings(replace(stuck(inspection, 0.5), inputs=replace(inspection.inputs, **change)))
        assert finding.weight == 0.6


def test_nothing_is_lost_that_standardized_inputs_bring_back(inspection: Inspection) -> None:
    freed = replace(stuck(inspection, 0.5), probes={"adam": probe(0.5), "scaled": probe(1.0)})
    assert not list(lost.findings(freed))


def test_a_recurrent_layer_forgets_by_its_gradient(inspection: Inspection) -> None:
    (finding,) = lost.findings(stuck(inspection, 0.5, kind="LSTM"))
    assert (finding.code, finding.cause) == ("sequence_forgotten", "vanishing_gradient")


def test_an_output_that_ignores_its_inputs_before_and_after_training(inspection: Inspection) -> None:
    readable = stuck(inspection, 0.93)
    assert readable.rehearsal is not None
    constant = replace(readable.head, constant=True, units=3)
    ended = replace(readable.rehearsal, layers=(layer("output", spread=0.0),))
    (finding,) = lost.findings(replace(readable, head=constant, rehearsal=ended))
    assert finding.code == "output_ignores_inputs"
    learned = replace(readable.rehearsal, layers=(layer("output", spread=0.4),))
    assert not list(lost.findings(replace(readable, head=constant, rehearsal=learned)))


def test_a_layer_that_gives_0_for_every_row_loses_everything_unless_it_is_a_relu(inspection: Inspection) -> None:
    norm = {"dead": 1.0, "kind": "LayerNormalization", "settings": {}}
    (finding,) = lost.findings(stuck(inspection, 0.5, **norm))
    assert finding.weight == 0.9


def test_what_a_layer_passes_on_is_not_judged_while_the_network_learns(inspection: Inspection) -> None:
    behind = stuck(inspection, 0.5)
    assert behind.rehearsal is not None
    for complete, severity in ((False, "note"), (True, "warning")):
        rising = replace(behind.rehearsal, train=0.62, validation=0.55, slope=9.0, complete=complete)
        (finding,) = lost.findings(replace(behind, rehearsal=rising, probes={"adam": probe(1.0)}))
        assert finding.severity == severity

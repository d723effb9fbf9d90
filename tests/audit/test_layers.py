from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.audit import layers
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import layer, probe, stuck

USUAL = (layer("first"), layer("second"), layer("output", width=1, rank=1))


def causes(inspection: Inspection) -> list[str]:
    return [finding.cause for finding in layers.findings(inspection)]


def test_a_network_that_learns_has_no_finding(inspection: Inspection) -> None:
    assert causes(inspection) == []
    assert causes(stuck(inspection)) == []


@pytest.mark.parametrize(
    ("cause", "changes"),
    [
        ("symmetric", {"copies": True}),
        ("symmetric", {"zero": True}),
        ("dead_units", {"dead": 1.0}),
        ("heavy_dropout", {"kind": "Dropout", "settings": {"rate": 0.99}, "weights": 0, "trained": False}),
        ("vanishing_gradient", {"gradient": 1e-6}),
        ("large_start", {"saturated": 0.99}),
    ],
)
def test_each_fault_of_a_layer(inspection: Inspection, cause: str, changes: dict[str, Any]) -> None:
    assert causes(replace(stuck(inspection), layers=(replace(USUAL[0], **changes), *USUAL[1:])))[0] == cause


def test_penalties_count_only_with_regularizers(inspection: Inspection) -> None:
    heavy = replace(stuck(inspection), steps=replace(inspection.steps, penalty=50.0))
    assert causes(heavy) == []
    held = layer("first", settings={"kernel_regularizer": "l2"})
    assert causes(replace(heavy, layers=(held, *USUAL[1:]))) == ["regularizer"]


def test_units_that_died_in_training_are_found(inspection: Inspection) -> None:
    assert causes(stuck(inspection, layers=(layer("first", dead=1.0), layer("output")))) == ["dead_units"]


def test_weights_that_no_gradient_reaches_are_no_copies(inspection: Inspection) -> None:
    cut = replace(stuck(inspection), layers=(layer("a", zero=True, connected=False), layer("b"), layer("c")))
    assert not [finding for finding in layers.findings(cut) if finding.cause == "symmetric"]


def test_a_constraint_that_leaves_weights_no_size_is_an_error(inspection: Inspection) -> None:
    for bound, codes in ((1e-4, ["weights_held_small"]), (3.0, [])):
        held = layer("a", settings={"kernel_constraint": {"max_value": bound, "axis": 0}})
        found = layers.findings(replace(stuck(inspection), layers=(held, layer("b"), layer("c"))))
        assert [finding.code for finding in found] == codes


@pytest.mark.parametrize(("held", "free", "found"), [(0.5, 1.0, 1), (1.0, 1.0, 0), (0.5, 0.5, 0)])
def test_a_penalty_is_in_the_way_if_rows_are_learned_without_it_alone(
    inspection: Inspection, held: float, free: float, found: int
) -> None:
    probes = {**inspection.probes, "adam": probe(held), "free": probe(free)}
    codes = [one.code for one in layers.findings(replace(stuck(inspection), probes=probes))]
    assert codes == ["penalty_in_the_way"] * found


def test_a_layer_is_not_dead_whose_inputs_are_the_same_for_every_row(inspection: Inspection) -> None:
    silent = layer("norm", kind="LayerNormalization", settings={}, spread=0.0, readable=None)
    dead = layer("relu", dead=1.0, spread=0.0)
    for before, found in (((), 1), ((silent,), 0)):
        seen = replace(stuck(inspection), layers=(*before, dead, layer("output")))
        assert [one.code for one in layers.findings(seen)] == ["dead_from_start"] * found


@pytest.mark.parametrize(("held", "found"), [(0.5, 1), (1.0, 0)])
def test_noise_drowns_rows_that_are_learned_without_it_alone(inspection: Inspection, held: float, found: int) -> None:
    probes = {**inspection.probes, "adam": probe(held), "quiet": probe(1.0)}
    codes = [one.code for one in layers.findings(replace(stuck(inspection), probes=probes))]
    assert codes == ["noise_drowns"] * found

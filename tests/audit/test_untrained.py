from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.audit import untrained
from ablate.audit.finding import Finding
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import layer


def stuck(inspection: Inspection, steps: dict[str, Any] | None = None, **rehearsal: Any) -> Inspection:
    assert inspection.rehearsal is not None
    ended = replace(inspection.rehearsal, **{"train": 0.5, "train_mode": 0.5, "validation": 0.5, **rehearsal})
    return replace(inspection, rehearsal=ended, steps=replace(inspection.steps, **(steps or {})))


def first(inspection: Inspection) -> Finding:
    return next(iter(untrained.findings(inspection)))


def test_a_network_that_is_trained_has_no_finding(inspection: Inspection) -> None:
    assert list(untrained.findings(inspection)) == []
    assert list(untrained.findings(stuck(inspection))) == []


@pytest.mark.parametrize(
    ("code", "layers"),
    [
        ("nothing_trained", (layer("a", trained=False, gradient=None),)),
        ("frozen_empty", (layer("a", trained=False, gradient=None, zero=True), layer("b"))),
        ("frozen_empty", (layer("a", trained=False, gradient=None, spread=0.0), layer("b"))),
        ("frozen_layers", (layer("a", trained=False, gradient=None), layer("b"))),
    ],
)
def test_frozen_layers(inspection: Inspection, code: str, layers: tuple[Any, ...]) -> None:
    assert first(replace(stuck(inspection), layers=layers)).code == code
    assert first(replace(stuck(inspection), layers=layers)).cause == "frozen"


def test_frozen_layers_of_a_network_that_learns_are_no_finding(inspection: Inspection) -> None:
    layers = (layer("a", trained=False, gradient=None), layer("b"))
    assert not list(untrained.findings(replace(inspection, layers=layers)))


def test_a_frozen_layer_is_a_note_where_more_than_half_is_learned(inspection: Inspection) -> None:
    layers = (layer("a", trained=False, gradient=None), layer("b"))
    for accuracy, severity in ((0.76, "note"), (0.65, "warning"), (0.5, "warning")):
        half = stuck(inspection, train=accuracy, train_mode=accuracy, validation=accuracy)
        assert first(replace(half, layers=layers)).severity == severity


def test_layers_without_a_gradient(inspection: Inspection) -> None:
    loose = replace(stuck(inspection), layers=(layer("a", connected=False, gradient=0.0), layer("b")))
    assert (first(loose).cause, first(loose).severity) == ("no_gradient", "error")
    refused = stuck(inspection, error="ValueError: No gradients provided for any variable.")
    assert first(refused).cause == "no_gradient"


def test_half_precision_is_an_error_where_training_fails(inspection: Inspection) -> None:
    half = {"precision": "float16"}
    assert first(stuck(inspection, half, bad_step=3)).cause == "precision"
    assert (first(stuck(inspection, half)).severity, first(stuck(inspection, half)).code) == ("error", "half_precision")
    mixed = {"precision": "mixed_float16"}
    assert first(stuck(inspection, mixed, bad_step=3)).severity == "error"
    assert (first(stuck(inspection, mixed)).severity, first(stuck(inspection, mixed)).weight) == ("warning", 0.4)
    assert not list(untrained.findings(replace(inspection, steps=replace(inspection.steps, **half))))


def test_half_precision_counts_where_a_network_had_learned_first(inspection: Inspection) -> None:
    assert inspection.rehearsal is not None
    ended = replace(inspection, rehearsal=replace(inspection.rehearsal, bad_step=90))
    assert first(replace(ended, steps=replace(ended.steps, precision="float16"))).cause == "precision"


def test_weights_that_no_layer_holds_are_not_trained(inspection: Inspection) -> None:
    loose = replace(stuck(inspection), head=replace(inspection.head, untracked=800))
    assert (first(loose).code, first(loose).cause) == ("weights_not_tracked", "frozen")
    assert "800 weights" in first(loose).what
    assert not list(untrained.findings(replace(inspection, head=loose.head)))

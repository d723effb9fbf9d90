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


def test_a_usual_rate_beside_large_weights_is_not_the_first_cause(inspection: Inspection) -> None:
    slow = stuck(inspection, {"optimizer": "SGD", "rates": (0.01,) * 4}, first_update=1e-6, update=1e-6)
    large = replace(slow, layers=(layer("a", saturated=0.99), *slow.layers[1:]))
    assert [first(one).weight for one in (slow, large)] == [0.95, 0.5]
    tiny = replace(large, steps=replace(large.steps, rates=(1e-5,) * 4))
    assert first(tiny).weight == 0.95


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


@pytest.mark.parametrize(
    ("cause", "steps", "update"),
    [
        ("small_rate", {"rates": (0.0,) * 4}, 0.0),
        ("small_rate", {"rates": (1e-6,) * 4}, 1e-6),
        ("decayed_rate", {"rates": (0.01, 1e-4, 1e-9, 1e-12), "schedule": "ExponentialDecay"}, 1e-3),
        ("clipped_away", {"settings": {"clipvalue": 1e-6}}, 1e-7),
    ],
)
def test_rates_near_zero(inspection: Inspection, cause: str, steps: dict[str, Any], update: float) -> None:
    found = first(stuck(inspection, steps, first_update=update, update=update))
    assert (found.cause, found.severity) == (cause, "error")


def test_half_precision_is_an_error_where_training_fails(inspection: Inspection) -> None:
    half = {"precision": "float16"}
    assert first(stuck(inspection, half, bad_step=3)).cause == "precision"
    assert (first(stuck(inspection, half)).severity, first(stuck(inspection, half)).code) == ("error", "half_precision")
    mixed = {"precision": "mixed_float16"}
    assert first(stuck(inspection, mixed, bad_step=3)).severity == "error"
    assert (first(stuck(inspection, mixed)).severity, first(stuck(inspection, mixed)).weight) == ("warning", 0.4)
    assert not list(untrained.findings(replace(inspection, steps=replace(inspection.steps, **half))))


def test_a_rate_that_a_callback_lowers_is_read_from_the_training(inspection: Inspection) -> None:
    falls = stuck(inspection, {"rates": (0.02,) * 4}, rates=(0.02,) * 5 + (2e-6,) * 20)
    assert first(falls).code == "rate_decays"
    assert first(falls).what.startswith("A callback lowers the rate from 0.02")
    late = stuck(inspection, {"rates": (0.02,) * 4}, rates=(0.02,) * 15 + (2e-6,) * 10)
    assert not list(untrained.findings(late))


def test_a_train_step_that_clips_is_told_from_a_small_rate(inspection: Inspection) -> None:
    own = {"optimizer": "SGD", "rates": (0.05,) * 4, "custom_step": True}
    held = stuck(inspection, own, first_update=1e-9, update=1e-9)
    assert [finding.code for finding in untrained.findings(held)] == ["clipped_in_train_step", "rate_too_small"]
    small = stuck(inspection, {**own, "rates": (1e-8,) * 4}, first_update=1e-9, update=1e-9)
    assert first(small).cause == "small_rate"


def test_half_precision_counts_where_a_network_had_learned_first(inspection: Inspection) -> None:
    assert inspection.rehearsal is not None
    ended = replace(inspection, rehearsal=replace(inspection.rehearsal, bad_step=90))
    assert first(replace(ended, steps=replace(ended.steps, precision="float16"))).cause == "precision"

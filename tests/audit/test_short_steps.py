from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.audit import short_steps
from ablate.audit.finding import Finding
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import layer, probe


def stuck(inspection: Inspection, steps: dict[str, Any] | None = None, **rehearsal: Any) -> Inspection:
    assert inspection.rehearsal is not None
    ended = replace(inspection.rehearsal, **{"train": 0.5, "train_mode": 0.5, "validation": 0.5, **rehearsal})
    return replace(inspection, rehearsal=ended, steps=replace(inspection.steps, **(steps or {})))


def first(inspection: Inspection) -> Finding:
    return next(iter(short_steps.findings(inspection)))


def test_a_usual_rate_beside_large_weights_is_not_the_first_cause(inspection: Inspection) -> None:
    slow = stuck(inspection, {"optimizer": "SGD", "rates": (0.01,) * 4}, first_update=1e-6, update=1e-6)
    large = replace(slow, layers=(layer("a", saturated=0.99), *slow.layers[1:]))
    assert [first(one).weight for one in (slow, large)] == [0.95, 0.5]
    tiny = replace(large, steps=replace(large.steps, rates=(1e-5,) * 4))
    assert first(tiny).weight == 0.95


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


def test_nothing_is_said_of_steps_that_nobody_saw(inspection: Inspection) -> None:
    unseen = {"first_update": None, "update": None}
    assert not list(short_steps.findings(stuck(inspection, {"rates": (0.01,) * 4}, **unseen)))
    assert first(stuck(inspection, {"rates": (0.0,) * 4}, **unseen)).cause == "small_rate"


def test_a_rate_that_a_callback_lowers_is_read_from_the_training(inspection: Inspection) -> None:
    falls = stuck(inspection, {"rates": (0.02,) * 4}, rates=(0.02,) * 5 + (2e-6,) * 20)
    assert first(falls).code == "rate_decays"
    assert first(falls).what.startswith("A callback lowers the rate from 0.02")
    late = stuck(inspection, {"rates": (0.02,) * 4}, rates=(0.02,) * 15 + (2e-6,) * 10)
    assert not list(short_steps.findings(late))


def test_a_train_step_that_clips_is_told_from_a_small_rate(inspection: Inspection) -> None:
    own = {"optimizer": "SGD", "rates": (0.05,) * 4, "custom_step": True}
    held = stuck(inspection, own, first_update=1e-9, update=1e-9)
    assert [finding.code for finding in short_steps.findings(held)] == ["clipped_in_train_step", "rate_too_small"]
    small = stuck(inspection, {**own, "rates": (1e-8,) * 4}, first_update=1e-9, update=1e-9)
    assert first(small).cause == "small_rate"


def test_gradients_that_are_gathered_for_longer_than_fit_lasts(inspection: Inspection) -> None:
    rare = stuck(inspection, {"settings": {"gradient_accumulation_steps": 300}}, first_update=0.0, update=0.0)
    assert (first(rare).code, first(rare).cause) == ("few_updates", "small_rate")
    assert not list(short_steps.findings(stuck(inspection, {"settings": {"gradient_accumulation_steps": 4}})))


@pytest.mark.parametrize(("compiled", "told"), [(0.5, ["rate_too_small"]), (1.0, [])])
def test_steps_are_short_where_adam_alone_learns_a_few_rows(
    inspection: Inspection, compiled: float, told: list[str]
) -> None:
    slow = stuck(inspection, {"optimizer": "SGD", "rates": (0.001,) * 4}, first_update=4e-4, update=4e-4)
    probes = {"adam": probe(1.0), "compiled": probe(compiled)}
    assert [finding.code for finding in short_steps.findings(replace(slow, probes=probes))] == told
    longer = stuck(inspection, {"optimizer": "SGD", "rates": (0.001,) * 4}, first_update=2e-3, update=2e-3)
    assert not list(short_steps.findings(replace(longer, probes=probes)))

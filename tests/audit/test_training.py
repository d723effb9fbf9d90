from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ablate.audit import training
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import probe, stuck


def causes(inspection: Inspection) -> list[str]:
    return [finding.cause for finding in training.findings(inspection)]


def test_a_network_that_learns_has_no_finding(inspection: Inspection) -> None:
    assert causes(inspection) == []
    assert causes(stuck(inspection)) == []


@pytest.mark.parametrize(
    ("cause", "steps"),
    [
        ("weight_decay", {"settings": {"weight_decay": 80.0}}),
        ("large_steps", {"rates": (1.0,) * 4}),
    ],
)
def test_each_fault_of_the_optimizer(inspection: Inspection, cause: str, steps: dict[str, Any]) -> None:
    assert causes(replace(stuck(inspection), steps=replace(inspection.steps, **steps))) == [cause]


@pytest.mark.parametrize(
    ("steps", "what", "value"),
    [
        ({"rates": (1.0,) * 4}, "Adam has a rate of 1. Rates above 0.03 are large for it.", 1.0),
        (
            {"optimizer": "SGD", "rates": (0.5,), "settings": {"momentum": 0.75}},
            "SGD has a rate of 0.5, which its momentum makes 2. Rates above 1 are large for it.",
            2.0,
        ),
    ],
)
def test_a_large_rate_whose_updates_nobody_measured_is_named_by_the_rate(
    inspection: Inspection, steps: dict[str, Any], what: str, value: float
) -> None:
    unseen = stuck(replace(inspection, steps=replace(inspection.steps, **steps)), first_update=None)
    (finding,) = training.findings(unseen)
    assert finding.what == what
    assert [(one.name, one.value) for one in finding.evidence] == [("learning rate", value)]
    (seen,) = training.findings(stuck(unseen, first_update=0.5))
    assert "changes the weights by 0.5 of their norm" in seen.what


def test_numbers_that_are_not_finite_have_the_rate_as_first_cause_if_it_is_large(inspection: Inspection) -> None:
    assert causes(stuck(inspection, bad_step=4)) == ["non_finite"]
    large = replace(stuck(inspection, bad_step=4), steps=replace(inspection.steps, rates=(1.0,) * 4))
    assert causes(large) == ["large_steps", "non_finite"]


def test_few_steps_are_a_note(inspection: Inspection) -> None:
    falls = stuck(inspection, slope=6.0)
    (finding,) = training.findings(replace(falls, steps=replace(inspection.steps, steps=40)))
    assert (finding.cause, finding.severity) == ("few_steps", "note")


@pytest.mark.parametrize(("rate", "large"), [(0.1, False), (0.2, True)])
def test_the_usual_rate_of_sgd_is_not_large_although_unscaled_inputs_make_large_steps(
    inspection: Inspection, rate: float, *, large: bool
) -> None:
    """Keras keeps a rate as float32, which is a little above .1."""
    seen = stuck(inspection, first_update=4.4)
    rates = (float(np.float32(rate)),) * 4
    assert training.large_rate(replace(seen, steps=replace(inspection.steps, optimizer="SGD", rates=rates))) is large


def test_large_updates_of_huge_inputs_are_not_the_rates_fault(inspection: Inspection) -> None:
    assert inspection.inputs is not None
    fast = stuck(replace(inspection, steps=replace(inspection.steps, rates=(0.005,) * 4)), first_update=0.9)
    assert training.large_rate(fast)
    assert not training.large_rate(replace(fast, inputs=replace(inspection.inputs, largest=1e5)))


def test_a_callback_that_ends_fit_too_early_is_an_error(inspection: Inspection) -> None:
    ended = stuck(inspection, slope=6.0, steps=12, complete=True)
    (finding,) = training.findings(ended)
    assert (finding.cause, finding.severity) == ("few_steps", "error")
    assert "after 12 of 250 steps" in finding.what
    assert finding.repairs[0].part == "callbacks"
    above = stuck(inspection, slope=6.0, steps=12, complete=True, train=0.7)
    assert [one.severity for one in training.findings(above)] == ["note"]


@pytest.mark.parametrize(("compiled", "large"), [(0.5, True), (1.0, False)])
def test_huge_updates_at_a_usual_rate_are_large_where_adam_alone_learns(
    inspection: Inspection, compiled: float, *, large: bool
) -> None:
    """A loss that is multiplied by 10,000 makes steps of SGD large."""
    steps = replace(inspection.steps, optimizer="SGD", rates=(0.05,) * 4)
    probes = {"adam": probe(1.0), "compiled": probe(compiled)}
    seen = replace(stuck(inspection, first_update=126.0), steps=steps, probes=probes)
    assert training.large_rate(seen) is large

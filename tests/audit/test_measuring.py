from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ablate.audit import measuring
from ablate.engine.inspection.records import Inspection
from tests.audit.conftest import layer


def rehearsed(inspection: Inspection, **changes: Any) -> Inspection:
    assert inspection.rehearsal is not None
    return replace(inspection, rehearsal=replace(inspection.rehearsal, **changes))


def test_figures_that_agree_have_no_finding(inspection: Inspection) -> None:
    assert list(measuring.findings(inspection)) == []


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("metric_differs", {"reported_validation": 0.0}),
        ("metric_differs", {"validation": None, "reported_validation": None, "reported": 0.1}),
        (
            "metric_inverted",
            {"train": 0.03, "train_mode": 0.03, "validation": 0.03, "reported_validation": 0.03, "apart": 0.8},
        ),
    ],
)
def test_a_metric_that_lies(inspection: Inspection, code: str, changes: dict[str, Any]) -> None:
    (finding,) = measuring.findings(rehearsed(inspection, **changes))
    assert (finding.code, finding.cause, finding.severity) == (code, "wrong_metric", "error")


def test_a_network_without_metric_is_not_judged(inspection: Inspection) -> None:
    assert not list(measuring.findings(rehearsed(inspection, metric="", reported_validation=0.0)))


APART = {"train": 0.5, "validation": 0.5, "reported_validation": 0.5, "best_cut": None}


def test_lagging_averages_are_those_of_batch_normalization(inspection: Inspection) -> None:
    apart = rehearsed(inspection, **APART)
    (other,) = measuring.findings(apart)
    assert (other.code, other.cause) == ("modes_differ", "mode_gap")
    moving = layer("moving", kind="BatchNormalization", settings={"momentum": 0.99})
    (finding,) = measuring.findings(replace(apart, layers=(moving, *apart.layers)))
    assert (finding.code, finding.cause) == ("moving_averages_lag", "mode_gap")
    assert finding.repairs[0].change == {"value": 0.9, "layers": ["moving"]}


@pytest.mark.parametrize(
    ("momentum", "steps", "total", "told"),
    [(0.99, 100, 1000, 0), (0.99, 100, 150, 1), (0.99, 400, 1000, 1), (0.999, 100, 1000, 1)],
)
def test_averages_that_will_catch_up_are_no_fault(
    inspection: Inspection, momentum: float, steps: int, total: int, told: int
) -> None:
    moving = layer("moving", kind="BatchNormalization", settings={"momentum": momentum})
    apart = rehearsed(inspection, **APART, complete=False, steps=steps)
    whole = replace(apart, layers=(moving, *apart.layers), steps=replace(apart.steps, steps=total))
    assert len(list(measuring.findings(whole))) == told


def test_a_figure_of_training_mode_is_no_wrong_metric(inspection: Inspection) -> None:
    """`fit` reports .97 in training mode where inference gives .82: the figure is right."""
    without = {"validation": None, "reported_validation": None, "reported": 0.97, "train": 0.83, "best_cut": None}
    assert not list(measuring.findings(rehearsed(inspection, **{**without, "train": 0.80, "train_mode": 0.94})))
    (finding,) = measuring.findings(rehearsed(inspection, **{**without, "train": 0.80, "train_mode": 0.80}))
    assert finding.code == "metric_differs"


def test_an_output_that_hardly_moves_is_no_inverted_metric(inspection: Inspection) -> None:
    ordered = {"train": 0.5, "validation": 0.5, "reported_validation": 0.5, "best_cut": 0.95, "apart": 1e-4,
               "train_mode": 0.5}  # fmt: skip
    assert list(measuring.findings(rehearsed(inspection, **ordered))) == []


def test_rows_learned_by_heart_invert_no_metric(inspection: Inspection) -> None:
    """The cut that separates the training rows says nothing of validation rows at chance."""
    by_heart = {"train": 1.0, "validation": 0.5, "reported_validation": 0.5, "best_cut": 1.0, "apart": 0.8}
    assert list(measuring.findings(rehearsed(inspection, **by_heart))) == []


def test_an_average_of_the_weights_that_lags(inspection: Inspection) -> None:
    for momentum, codes in ((0.9999, ["average_of_weights_lags"]), (0.9, [])):
        settings = {"use_ema": True, "ema_momentum": momentum}
        averaged = rehearsed(inspection, train=0.5, validation=0.5, metric="", best_cut=None, train_mode=0.5)
        steps = replace(inspection.steps, settings=settings)
        assert [finding.code for finding in measuring.findings(replace(averaged, steps=steps))] == codes

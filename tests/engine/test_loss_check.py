"""The loss check: each loss has the gradient of its name, and a study whose losses are others is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ablate.core.errors import LossCheckError
from ablate.core.study import Json
from ablate.engine import loss_check
from ablate.remedies import fault, loss
from tests.engine import small

ZERO, RIGHT = (0.0, 0.0), (-1.0, 1.0)


@pytest.fixture(scope="module")
def records() -> dict[str, Json]:
    """Check every loss level; return the records by the level's name."""
    names = small.files("loss")
    by_text = {str(small.level("loss", name).text): name for name in names}
    records = loss_check.check([small.trial(loss=name) for name in names])
    return {by_text[small.level("loss", record["loss"]).text]: record for record in records}


def test_every_loss_passes(records: dict[str, Json]) -> None:
    assert set(records) == set(small.files("loss"))


@pytest.mark.parametrize(
    ("name", "gap", "gradient"),
    [
        ("clipped", 16.118 + 24, ZERO),
        ("clipped_1e-3", 6.908 + 24, ZERO),
        ("clipped_1e-12", 27.631 + 24, ZERO),
        ("clipped_1e-30", 69.078 + 24, ZERO),
        ("keras_logits_lost", 40.0, ZERO),
        ("fused", 40.0, RIGHT),
        ("keras", 40.0, RIGHT),
        ("post", 40.0, RIGHT),
    ],
)
def test_the_gradient_is_what_the_formula_says(
    records: dict[str, Json], name: str, gap: float, gradient: tuple[float, float]
) -> None:
    record = records[name]
    assert math.isclose(record["gap"], gap, abs_tol=1e-3)
    if gradient == ZERO:
        assert record["gradient"] == [0.0, 0.0, 0.0]
    else:
        np.testing.assert_allclose(record["gradient"], [*gradient, 0.0], atol=1e-6)


def test_naive_logarithm_is_no_number_there(records: dict[str, Json]) -> None:
    eps = small.trial(loss="clipped").setting["loss"].params["eps"]
    assert loss.check_slope({"kind": "naive"}) is None
    assert loss.check_gap({"kind": "clipped", "eps": eps}) > -math.log(eps)
    assert records["naive"]["gradient"] != records["clipped"]["gradient"]


@pytest.mark.usefixtures("new_programs")
@pytest.mark.parametrize(
    ("named", "trained"),
    [
        ("clipped", loss.fused),
        ("keras_logits_lost", loss.keras_today),
        ("keras", loss.keras_logits_lost),
        ("fused", loss.clipped),
    ],
)
def test_another_loss_than_the_named_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, named: str, trained: object
) -> None:
    monkeypatch.setitem(loss.FUNCTIONS, named, trained)
    with pytest.raises(LossCheckError, match=rf"failed for `loss={named}`: .* its gradient must begin with"):
        loss_check.check([small.trial(loss=named)])


@pytest.mark.usefixtures("new_programs")
def test_a_loss_that_cannot_be_computed_is_left_to_its_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: Any) -> Any:
        raise ArithmeticError("no such loss")

    monkeypatch.setattr(loss_check, "slope", raises)
    (record,) = loss_check.check([small.trial(loss="fused")])
    assert "no such loss" in record["error"]
    assert record["loss"]["kind"] == "fused"


@pytest.mark.usefixtures("new_programs")
def test_a_loss_averaged_over_slots_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    right = loss.value_and_slope

    def averaged(*tensors: Any) -> Any:
        value, slope = right(*tensors)
        return value, slope / 64

    monkeypatch.setattr(loss, "value_and_slope", averaged)
    with pytest.raises(LossCheckError, match=r"Received: \[-0.0156"):
        loss_check.check([small.trial(loss="fused")])


@pytest.mark.usefixtures("new_programs")
def test_training_itself_refuses_another_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    from ablate.engine import training

    trials = [
        small.trial(loss="fused", depth=0, steps=1, looks=1),
        small.trial(loss="clipped", depth=0, steps=1, looks=1),
    ]
    monkeypatch.setitem(loss.FUNCTIONS, "clipped", loss.fused)
    with pytest.raises(LossCheckError, match=r"\[0, 40.1181, 0, ...\]"):
        training.train(small.only(trials))


@pytest.mark.parametrize("kind", [kind for kind in fault.KINDS if kind != "none"])
def test_a_planted_fault_is_no_false_alarm(kind: str) -> None:
    wrong = np.array([0.5, 0.5, 0.5])
    loss_check.verify(small.trial(loss="clipped", fault=kind), wrong)
    with pytest.raises(LossCheckError):
        loss_check.verify(small.trial(loss="clipped"), wrong)

"""Offers of optimizer and rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ablate.try_remedies.changes import training
from tests.try_remedies.changes.situations import situation, stack


@pytest.mark.parametrize(("rate", "first", "ten_times"), [(1e-3, "0.0001", 0.35), (1e-7, "0.001", 0.07)])
def test_a_rate_far_from_the_usual_one_is_first_set_to_it(rate: float, first: str, ten_times: float) -> None:
    at = situation(*stack())
    adam = replace(at.facts, optimizer="Adam", optimizer_text="keras.optimizers.Adam()", rate=rate)
    offers = {one.name: one for one in training.optimizer_changes(replace(at, facts=adam))}
    rates = [one for name, one in offers.items() if name.startswith("learning_rate")]
    assert rates[0].name == f"learning_rate={first}"
    assert offers[f"learning_rate={10 * rate:g}"].weight == pytest.approx(ten_times)


def test_the_rate_that_a_program_has_is_not_offered() -> None:
    """A compiled rate is read as float32."""
    at = situation(*stack())
    adam = replace(at.facts, optimizer="Adam", optimizer_text="keras.optimizers.Adam()", rate=float(np.float32(1e-3)))
    offered = {one.name for one in training.optimizer_changes(replace(at, facts=adam))}
    rates = {name for name in offered if name.startswith("learning_rate")}
    assert rates == {f"learning_rate={rate:g}" for rate in (1e-5, 1e-4, 1e-2, 0.1)}


@pytest.mark.parametrize(("bound", "offered"), [(0.05, True), (0.15, False), (0.5, False)])
@pytest.mark.parametrize("name", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_only_tight_clipping_is_taken_out(name: str, bound: float, *, offered: bool) -> None:
    at = situation(*stack())
    clipped = replace(
        at.facts, optimizer="SGD", optimizer_text="keras.optimizers.SGD()", optimizer_arguments={name: str(bound)}
    )
    offers = {one.name for one in training.optimizer_changes(replace(at, facts=clipped))}
    assert ("clipping=none" in offers) == offered

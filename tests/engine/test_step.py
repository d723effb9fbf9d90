"""A step that makes a weight NaN from finite gradients is noted with that weight."""

from __future__ import annotations

import pytest

from ablate.engine import training
from tests.engine import small

pytestmark = pytest.mark.usefixtures("short_switches")


def test_a_weight_that_is_nan_is_named_before_it_spoils_the_loss() -> None:
    """Adam without epsilon divides 0 by 0 where a pixel is never on and its gradients are 0."""
    adam = {"kind": "adam", "beta_1": 0.9, "beta_2": 0.999, "epsilon": 0.0}
    wild = small.trial(seed=1, optimizer=adam, input_scale="raw")
    (curves,) = training.train(small.only([wild]))
    assert (curves.bad_step, curves.bad_tensor) == (1, "weight dense_1/kernel")


def test_a_weight_that_turns_nan_in_the_last_step_is_named_at_the_look_after_it() -> None:
    adam = {"kind": "adam", "beta_1": 0.9, "beta_2": 0.999, "epsilon": 0.0}
    wild = small.trial(seed=1, optimizer=adam, input_scale="raw", steps=1, looks=1)
    (curves,) = training.train(small.only([wild]))
    assert (curves.bad_step, curves.bad_tensor) == (1, "weight dense_1/kernel")

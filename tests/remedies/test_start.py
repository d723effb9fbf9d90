"""Traps: each sets its weights and nothing else, and a first phase is checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ablate.core.errors import ConfigError
from ablate.core.study import MOST_STEPS, Json
from ablate.remedies import checked, start

NAMES = ["dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias", "output/kernel", "output/bias"]
RNG = np.random.default_rng(0)
WEIGHTS = [RNG.normal(size=shape) for shape in ((4, 3), (3,), (3, 5), (5,), (5, 3), (3,))]
SCORES = np.array([[1.0, 4.0, -3.0], [2.0, 2.0, 2.0], [0.0, 3.0, 1.0], [5.0, 4.0, 1.0]])
TRUTH = np.array([0, 1, 2, 2])
PHASE = {"setting": {"optimizer": {"kind": "sgd"}}, "steps": 5}


def trapped(params: Json, seed: int = 0) -> dict[str, np.ndarray]:
    """Return the weights with the trap set, by name."""
    before = [weight.copy() for weight in WEIGHTS]
    result = start.trap(params, WEIGHTS, NAMES, lambda _: SCORES, TRUTH, seed)
    assert all(map(np.array_equal, before, WEIGHTS)), "the arrays given stay as they are"
    return dict(zip(NAMES, result, strict=True))


def changed(weights: dict[str, np.ndarray]) -> list[str]:
    return [name for name, before in zip(NAMES, WEIGHTS, strict=True) if not np.array_equal(weights[name], before)]


@pytest.mark.parametrize(("seed", "raised"), [(0, 20 + 1), (1, 20 - 2), (2, 20 + 4), (5, 20 + 4)])
def test_a_saturated_network_predicts_the_class_of_its_seed_by_the_gap(seed: int, raised: float) -> None:
    """The rows of other classes have a least gap of -1 for class 0, of 2 for class 1, and of -4 for class 2."""
    weights = trapped({"kind": "saturated", "gap": 20.0}, seed)
    assert changed(weights) == ["output/bias"]
    added = weights["output/bias"] - WEIGHTS[-1]
    assert np.flatnonzero(added).tolist() == [seed % 3]
    assert added[seed % 3] == pytest.approx(raised, abs=1e-3)
    others = np.flatnonzero(seed % 3 != TRUTH)
    gaps = (SCORES + added)[others, seed % 3] - SCORES[others, TRUTH[others]]
    assert 20.0 < gaps.min() < 20.001


def test_a_gap_that_is_there_is_left() -> None:
    assert changed(trapped({"kind": "saturated", "gap": -9.0})) == []


def test_a_dead_network_has_all_hidden_biases_lowered() -> None:
    weights = trapped({"kind": "dead", "bias": 10.0})
    assert changed(weights) == ["dense_1/bias", "dense_2/bias"]
    np.testing.assert_allclose(weights["dense_2/bias"], WEIGHTS[3] - 10.0)


def test_units_of_a_symmetric_network_are_copies_of_the_first() -> None:
    weights = trapped({"kind": "symmetric"})
    assert changed(weights) == NAMES[:-1], "the bias of the output stays"
    np.testing.assert_array_equal(weights["dense_1/kernel"], WEIGHTS[0][:, :1].repeat(3, 1))
    np.testing.assert_array_equal(weights["dense_1/bias"], WEIGHTS[1][:1].repeat(3))
    np.testing.assert_array_equal(weights["dense_2/kernel"], np.full((3, 5), WEIGHTS[2][0, 0]))
    np.testing.assert_array_equal(weights["output/kernel"], WEIGHTS[4][:1].repeat(5, 0))


@pytest.mark.parametrize("kind", ["fresh", "collapsed"])
def test_other_starts_set_no_trap(kind: str) -> None:
    assert changed(trapped({"kind": kind})) == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"after": 3}, r"must be null or \{setting, steps\}. Received: 3"),
        ({"after": {"steps": 3}}, "must be null or"),
        ({"after": {**PHASE, "steps": 0}}, "a whole number from 1 to"),
        ({"after": {**PHASE, "steps": MOST_STEPS + 1}}, "a whole number from 1 to"),
        ({"after": {**PHASE, "steps": 1.5}}, "a whole number from 1 to"),
        ({"optimizer": "old"}, "must be fresh or kept. Received: 'old'"),
        ({"optimizer": "kept"}, "can be kept only after a first phase"),
    ],
)
def test_a_first_phase_that_cannot_be_is_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        checked("start", {"kind": "dead", **params})


def test_a_first_phase_is_taken() -> None:
    for steps in (1, MOST_STEPS):
        assert checked("start", {"kind": "dead", "after": {**PHASE, "steps": steps}})["after"]["steps"] == steps
    assert checked("start", {"kind": "dead"})["after"] is None
    assert checked("start", {"kind": "dead", "after": PHASE, "optimizer": "kept"})["optimizer"] == "kept"
    assert start.phase({"kind": "fresh"}) is None
    assert start.phase({"kind": "dead", "after": PHASE, "optimizer": "kept"}) == {**PHASE, "optimizer": "kept"}


@pytest.mark.parametrize(
    ("kept", "now", "keeps"), [("kept", "sgd", True), ("fresh", "sgd", False), ("kept", "adam", False)]
)
def test_variables_of_the_optimizer_are_kept_where_it_is_the_same(kept: str, now: str, keeps: bool) -> None:
    params = {"start": {"kind": "dead", "after": PHASE, "optimizer": kept}, "optimizer": {"kind": now}}
    assert start.keeps_optimizer(params) is keeps

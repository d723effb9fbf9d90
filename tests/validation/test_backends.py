"""The same lines under `fit` on several back ends: which case is trained, and how a network's curve is read."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from validation import backends


def test_a_curve_says_whether_a_network_learned_fell_or_was_stuck() -> None:
    trained = {"backend": "jax", "loss": "softmax", "learning_rate": 0.05, "width": 128, "seed": 3}
    row = backends.row(trained | {"accuracy": [0.1, 0.84, 0.1], "loss_curve": [2.0, 14.5]})
    assert [row[name] for name in ("start", "best", "end", "end_loss", "state", "curve")] == [
        0.1,
        0.84,
        0.1,
        14.5,
        "fell",
        "0.100 0.840 0.100",
    ]
    assert backends.state([0.1, 0.3, 0.1]) == "stuck"
    assert backends.state([0.1, 0.9, 0.3]) == "learned"


def test_each_case_is_trained_once_with_each_loss() -> None:
    cases = backends.cases(*backends.BASELINE, 3)
    assert len({json.dumps(case) for case in cases}) == len(cases) == 6
    assert {case["loss"] for case in cases} == set(backends.LOSSES)


def test_a_process_without_this_project_trains_and_answers(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.eye(10, dtype="float32")[np.arange(64) % 10]
    x = (y @ rng.normal(size=(10, 8))).astype("float32")
    np.savez(tmp_path / "d.npz", x=x, y=y, x_val=x, y_val=y)
    case = {"loss": "softmax", "learning_rate": 0.05, "width": 16, "seed": 0}
    [row] = backends.run("tensorflow", sys.executable, [case], tmp_path / "d.npz")
    assert row["state"] == "learned"
    assert len(row["curve"].split()) == 10


def test_a_process_that_cannot_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="back end tensorflow"):
        list(backends.run("tensorflow", sys.executable, [{}], tmp_path / "absent.npz"))

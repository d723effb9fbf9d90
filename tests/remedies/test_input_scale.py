"""Every scale is its formula over the training rows, without the numbers that are not finite."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from ablate import tasks
from ablate.remedies import input_scale

INPUTS = np.random.default_rng(0).normal(3.0, 2.0, size=(9, 4)).astype("float32")
INPUTS[:, 0] = 7.0
TRAIN = np.arange(6)
MEAN, DEVIATION = INPUTS[:6].mean(0, dtype=float), np.array([1.0, *INPUTS[:6, 1:].std(0, dtype=float)])
LOW, HIGH = float(INPUTS[:6].min()), float(INPUTS[:6].max())
UNIT = (INPUTS - LOW) / (HIGH - LOW)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("standardized", (INPUTS - MEAN) / DEVIATION),
        ("raw", UNIT),
        ("x255", UNIT * 255),
        ("scaled_twice", UNIT / 255),
        ("huge_column", (INPUTS - MEAN) / DEVIATION * [1, 1e4, 1, 1]),
        ("as_is", INPUTS),
    ],
)
def test_a_scale_is_its_formula(kind: str, wanted: np.ndarray) -> None:
    scaled = input_scale.scale({"kind": kind}, INPUTS.copy(), TRAIN)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, wanted, rtol=1e-4, atol=1e-5)


def test_numbers_that_are_missing_do_not_count_and_stay_missing() -> None:
    holed = INPUTS.copy()
    holed[2, 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for kind in ("standardized", "raw"):
            scaled = input_scale.scale({"kind": kind}, holed, TRAIN)
            assert np.argwhere(np.isnan(scaled)).tolist() == [[2, 1]]
    constant = np.full((4, 2), 5.0, "float32")
    assert not input_scale.scale({"kind": "raw"}, constant, TRAIN[:2]).any()


@pytest.mark.parametrize("kind", list(input_scale.KINDS))
def test_the_lines_of_a_program_compute_the_same(kind: str) -> None:
    names = {"inputs": INPUTS[:, 1:].astype(float), "train_inputs": INPUTS[:6, 1:].astype(float)}
    exec("\n".join(input_scale.REMEDY.lines({"kind": kind}).inputs), names)  # noqa: S102 - our own text
    wanted = input_scale.scale({"kind": kind}, INPUTS[:, 1:].copy(), TRAIN)
    np.testing.assert_allclose(names["inputs"], wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("low", "high", "kind", "offered"),
    [
        (0, 1, "as_is", ("standardized",)),
        (0, 2, "as_is", ("standardized", "raw")),
        (0.5, 1, "as_is", ("standardized", "raw")),
        (0, 1, "x255", ("standardized", "raw")),
    ],
)
def test_the_range_is_not_offered_to_inputs_that_have_it(
    monkeypatch: pytest.MonkeyPatch, low: float, high: float, kind: str, offered: tuple[str, ...]
) -> None:
    class Task:
        inputs, train_rows = np.array([[low, 0.7], [high, 0.7], [-9.0, 9.0]]), np.array([0, 1])

    monkeypatch.setattr(tasks, "load", lambda _: Task)
    assert input_scale.REMEDY.candidates({"input_scale": {"kind": kind}, "task": {}}) == offered


@pytest.mark.parametrize("kind", ["raw", "x255", "scaled_twice", "standardized"])
def test_inputs_that_are_all_equal_become_zero(kind: str) -> None:
    scaled = input_scale.scale({"kind": kind}, np.full((9, 2), 5.0, "float32"), TRAIN)
    assert not scaled.any()

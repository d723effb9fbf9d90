"""The record of a program before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ablate.engine.as_is.program import Rows
from ablate.engine.as_is.records import Ending
from ablate.try_remedies import program_record
from ablate.try_remedies.given import Given
from ablate.try_remedies.patch import Call
from ablate.try_remedies.record import Record
from tests.try_remedies.changes.situations import ROWS, situation, stack
from tests.try_remedies.fake_lab import ending

SORTED = np.sort(np.arange(ROWS) % 3)
LAST = np.array([2] * 24)


def made(y: np.ndarray, y_val: np.ndarray, *, splits: bool = False, seeds: int = 5) -> tuple[Record, list[str]]:
    """Return the record of a program with these labels, and what is told of its trials."""
    told: list[str] = []
    at = replace(situation(*stack(), y=y), splits=splits)
    rows = Rows(x=np.zeros((len(y), 4)), y=y, x_val=np.zeros((len(y_val), 4)), y_val=y_val)
    given = Given(rows=rows, call=Call(arguments={"epochs": "3"}), notes=("a note",), left_out=("a part",))
    crew: Any = None
    return program_record.made(given, at, crew, "file", 9.0, seeds, told.append), told


def test_a_record_begins_with_what_is_given() -> None:
    one, _ = made(np.arange(ROWS) % 3, np.arange(30) % 3, seeds=3)
    assert (one.lab.path, one.lab.until, one.notes, one.left_out) == ("file", 9.0, ["a note"], ["a part"])
    assert one.fresh == (100, 101, 102)
    assert [change.weight for change in one.offers] == sorted((change.weight for change in one.offers), reverse=True)
    assert one.base == ()
    assert "epochs=3" in one.lab.write(()).call


def test_the_bar_is_that_of_the_rows_that_trials_are_judged_on() -> None:
    one, _ = made(np.arange(ROWS) % 3, np.array([0] * 21 + [1] * 9))
    assert (one.bar.rows, one.bar.majority) == (30, pytest.approx(0.7))


@pytest.mark.parametrize(
    ("y", "splits", "majority", "base"),
    [(SORTED, True, 1 / 3, 1), (SORTED, False, 1.0, 0), (np.arange(ROWS) % 3, True, 1.0, 0)],
)
def test_rows_that_are_shuffled_before_the_split_are_judged_on_all_classes(
    y: np.ndarray, splits: bool, majority: float, base: int
) -> None:
    one, _ = made(y, LAST, splits=splits)
    assert (one.bar.rows, one.bar.majority) == (24, pytest.approx(majority))
    assert [change.name for change in one.base] == ["rows=shuffled"] * base


def test_the_first_and_the_last_of_sorted_rows_are_among_the_judged() -> None:
    one, _ = made(np.array([0] + [1] * (ROWS - 2) + [2]), np.array([2, 2, 2, 2, 2]), splits=True)
    assert (one.bar.rows, one.bar.chance.classes) == (5, 3)


def test_the_end_of_a_trial_is_told() -> None:
    one, told = made(np.arange(ROWS) % 3, np.arange(100) % 3)
    one.lab.told(((), 4), ending(0.9, seconds=2.6))
    one.lab.told((("a", "b"), 0), Ending(error="E" * 95, seconds=1.0))
    assert told == [
        "  as it is, seed 4: escaped, accuracy 0.90 (3 s)",
        f"  a and b, seed 0: error: {'E' * 90} (1 s)",
    ]

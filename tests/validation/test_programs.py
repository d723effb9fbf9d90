from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from validation.programs.program import Program, case

HERE = Path(__file__).parents[2] / "validation" / "programs"


def test_the_last_quarter_of_the_rows_is_validated_on() -> None:
    made = case(None, (np.arange(8), np.arange(8) % 2), 3, 2)
    assert (made.x.tolist(), made.fit["validation_data"][0].tolist()) == ([0, 1, 2, 3, 4, 5], [6, 7])
    assert (made.fit["epochs"], made.fit["batch_size"]) == (3, 2)
    pair = case(None, ([np.arange(8), np.arange(8) * 2], np.arange(8) % 2))
    assert [part.tolist() for part in pair.fit["validation_data"][0]] == [[6, 7], [12, 14]]


def test_a_split_is_left_to_fit() -> None:
    made = case(None, (np.arange(8), np.arange(8)), validation_split=0.25)
    assert len(made.x) == 8
    assert "validation_data" not in made.fit


def test_the_part_of_a_program_depends_on_its_name_alone() -> None:
    names = [f"p{number}" for number in range(200)]
    parts = [
        Program(id=name, kind="head", state="stuck", cause="one_softmax", make=lambda: None, repaired=True).part  # type: ignore[arg-type,return-value]
        for name in names
    ]
    assert set(parts) == {"seen", "left_out"}
    assert 60 < parts.count("seen") < 140


@pytest.mark.parametrize(("name", "least"), [("audited", 100), ("verified", 150)])
def test_the_tables_were_measured(name: str, least: int) -> None:
    with (HERE / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= least
    assert {row["part"] for row in rows} == {"seen", "left_out"}

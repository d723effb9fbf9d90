"""Programs that know nothing are told from those that have learned; the published table says how well."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ablate.outcomes import null_networks
from tests.validation.test_chance import HARD
from validation import chance, program_chance

TABLE = Path(__file__).parents[2] / "results" / "published" / "validation" / "program_chance.csv"


def test_a_small_run_has_a_row_with_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_networks, "NETWORKS", 40)
    for name, count in {"UNTRAINED": 4, "PROBES": 1, "LABELLINGS": 2, "RIGHT": 3}.items():
        monkeypatch.setattr(program_chance, name, count)
    monkeypatch.setattr(program_chance, "PROGRAMS", program_chance.PROGRAMS[1:2])
    (row,) = program_chance.rows({"lamps_24": program_chance.tasks()["lamps_24"]})
    assert tuple(row) == program_chance.COLUMNS
    assert [row[kind] for kind in program_chance.NOTHING] == [4, 2, 2]
    assert [row[f"{kind}_escaped"] for kind in program_chance.NOTHING] == [0, 0, 0]
    assert row["level"] == "1.000", "luck is right about all rows"
    assert row["escaped_90"] == row["learned_90"] == 3


def test_the_published_table_bears_out_what_the_rule_promises() -> None:
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["task"] for row in rows] == list(program_chance.tasks())
    for kind in program_chance.NOTHING:
        escaped, total = (sum(int(row[name]) for row in rows) for name in (f"{kind}_escaped", kind))
        assert escaped <= total / 200
    assert sum(int(row["unrelated_by_heart"]) for row in rows) > 100
    told = [row for row in rows if row["task"] not in HARD]
    escaped, learned = (sum(int(row[name]) for row in told) for name in ("escaped_80", "learned_80"))
    assert escaped >= 0.99 * learned
    assert {row["task"] for row in rows if row["held_out"] == "1"} == set(chance.HELD_OUT)

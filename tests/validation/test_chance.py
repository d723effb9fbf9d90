"""The judge's networks tell luck from learning; the table that the documents quote says how well."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ablate.outcomes import null_networks
from validation import chance
from validation.small_networks import RECIPES, Recipe, trained

TABLE = Path(__file__).parents[2] / "results" / "published" / "validation" / "chance.csv"
COUNTS = ("untrained", "untrained_escaped", "shuffled", "shuffled_escaped")
HARD = ("diabetes_halves", "exclusive_or")
"""Tasks on which luck comes near to what can be learned."""


@pytest.mark.parametrize("recipe", [RECIPES[1], RECIPES[4]])
def test_a_network_learns_right_labels_and_not_shuffled_ones(recipe: Recipe) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 90)
    inputs = (rng.normal(size=(90, 5)) + 2 * labels[:, None]).astype(np.float32)
    probe = inputs[60:], labels[60:]
    every = np.stack([labels[:60], rng.permutation(labels[:60])])
    right, loss, fitted = trained(recipe, inputs[:60], every, probe, [0, 100, 150], rng)
    assert right.shape == loss.shape == (2, 3)
    assert right[0, -1] >= 28 > right[1, -1]
    assert loss[0, -1] < loss[0, 0]
    assert fitted[0] >= 57 > fitted[1] >= 30


def test_a_small_run_has_a_row_with_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_networks, "NETWORKS", 40)
    monkeypatch.setattr(chance, "RECIPES", RECIPES[1:3])
    monkeypatch.setattr(chance, "LONGER", 2)
    (row,) = chance.rows({"iris": chance.tasks()["iris"]}, shuffled=6, right=4)
    assert tuple(row) == chance.COLUMNS
    assert (row["untrained"], row["shuffled"], row["rows"]) == (12, 12, 50)
    assert row["untrained_escaped"] == 0
    assert row["escaped_80"] == row["learned_80"] >= 4


def test_the_published_table_bears_out_what_the_level_promises() -> None:
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["task"] for row in rows] == list(chance.tasks())
    total = {name: sum(int(row[name]) for row in rows) for name in COUNTS}
    assert total["untrained_escaped"] + total["shuffled_escaped"] <= (total["untrained"] + total["shuffled"]) / 200
    assert all(int(row["shuffled_escaped"]) <= 0.01 * int(row["shuffled"]) for row in rows)
    told = [row for row in rows if row["task"] not in HARD]
    assert all(int(row["escaped_90"]) >= 0.99 * int(row["learned_90"]) for row in told)
    clear = [row for row in rows if not row["unclear_from"]]
    assert len(clear) >= 10
    assert all(int(row["escaped_80"]) >= 0.99 * int(row["learned_80"]) for row in clear)
    assert {row["task"] for row in rows if row["held_out"] == "1"} == set(chance.HELD_OUT)

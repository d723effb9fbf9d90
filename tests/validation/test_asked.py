"""Networks from public questions: the changes that they allow, and that the published table fits the guide."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from validation import asked, nets

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published" / "validation" / "asked.csv"
BASE = {
    "learning_rate": 0.3,
    "width": 20,
    "depth": 6,
    "loss": {"kind": "keras"},
    "optimizer": {"kind": "sgd"},
    "regularizer": {"kind": "l2"},
    "activation": {"kind": "relu"},
}
OPEN = ("width", "depth", "regularizer", "activation")


def test_what_the_layers_do_not_leave_open_is_asked_of_the_builder() -> None:
    assert asked.override("regularizer", "off", BASE, (), ("regularizer",)) == "model.arguments.regularizer=off"
    assert asked.override("depth", "lower", BASE, (), ("depth",)) == "model.arguments.depth=2"
    assert asked.override("depth", "lower", {"depth": 2}, (), ("depth",)) == ""


@pytest.mark.parametrize(
    ("factor", "change", "opened", "expected"),
    [
        ("learning_rate", "far lower", (), "learning_rate=0.03"),
        ("learning_rate", "somewhat lower", (), "learning_rate=0.1"),
        ("learning_rate", "far higher", (), "learning_rate=3"),
        ("width", "lower", OPEN, "width=5"),
        ("width", "higher", OPEN, "width=80"),
        ("width", "higher", (), ""),
        ("depth", "lower", OPEN, "depth=2"),
        ("depth", "higher", OPEN, ""),
        ("loss", "fused", (), ""),
        ("optimizer", "adam", (), "optimizer=adam"),
        ("optimizer", "sgd", (), ""),
        ("regularizer", "off", OPEN, "regularizer=off"),
        ("activation", "leaky_relu", OPEN, "activation=leaky_relu"),
        ("activation", "leaky_relu", ("width",), ""),
    ],
)
def test_a_change_becomes_a_word_where_the_network_can_make_it(
    factor: str, change: str, opened: tuple[str, ...], expected: str
) -> None:
    assert asked.override(factor, change, BASE, opened) == expected


def published() -> dict[str, list[dict[str, str]]]:
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row for row in rows if row["network"] == name] for name in nets.ASKED}


def test_every_network_that_was_asked_about_is_published() -> None:
    for name, rows in published().items():
        assert rows, name
        assert {row["asked"] for row in rows} == {nets.ASKED[name]}
        assert [row["place"] for row in rows] in ([""], *([str(place) for place in range(1, n + 1)] for n in (1, 2, 3)))
        assert all(0 <= int(row["at_chance"]) <= int(row["of"]) == asked.SEEDS for row in rows)


def test_what_was_tried_is_what_the_guide_says_now() -> None:
    advice = asked.advised(ROOT / "results" / "published")
    for name, rows in published().items():
        tried = [row["change"] for row in rows if row["change"]]
        if tried:
            assert tried == asked.first(name, advice[rows[0]["sight"]]), f"run `python -m validation.asked`: {name}"

"""`validation/losspaths.py`: the ends of a model that are known to keep or lose the logits, and what is published."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from validation import losspaths

PUBLISHED = Path(__file__).parents[2] / "results" / "published" / "validation" / "losspaths.csv"


@pytest.mark.parametrize(
    ("edit", "eager", "expected"),
    [
        ("softmax layer", False, "fused"),
        ("reshape after it", False, "clipped"),
        ("TensorFlow's softmax", False, "fused"),
        ("TensorFlow's softmax", True, "clipped"),
        ("written out", False, "clipped"),
    ],
)
def test_an_end_has_the_loss_it_is_published_with(edit: str, eager: bool, expected: str) -> None:
    _, head = losspaths.heads()[edit]
    assert losspaths.path(losspaths.slope(head, eager=eager)) == expected
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        (row,) = [
            row
            for row in csv.DictReader(file)
            if (row["edit"], row["mode"]) == (edit, "eager" if eager else "compiled")
        ]
    assert row["path"] == expected

"""`validation/repeats.py`: what is compared with what, and what is published."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from validation import repeats

PUBLISHED = Path(__file__).parents[2] / "results" / "published" / "validation" / "repeats.csv"
ROW = {"factor": "loss", "level": "fused", "against": "clipped", "at": "", "stratum": "Prevention"}


def numbers(difference: float, low: float, high: float) -> dict[str, str]:
    return {**ROW, "difference": str(difference), "low": str(low), "high": str(high), "pairs": "20"}


def test_only_declared_comparisons_of_escape_are_read(tmp_path: Path) -> None:
    table = tmp_path / "contrasts.csv"
    kinds = (("declared", "escaped"), ("declared", "collapsed"), ("screen", "escaped"))
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["family", "counted", *numbers(0, 0, 0)])
        writer.writeheader()
        writer.writerows({"family": a, "counted": b, **numbers(0.5, 0, 1)} for a, b in kinds)
    assert list(repeats.declared(table)) == [tuple(ROW.values())]


def test_a_repeat_is_covered_by_the_published_interval_and_not_by_its_own() -> None:
    key, other = tuple(ROW.values()), ("width",)
    near, far = numbers(0.7, -1.0, 1.0), numbers(0.0, -0.1, 0.1)
    published = {key: numbers(0.5, 0.3, 0.6), other: numbers(0, 0, 0)}
    (row,) = repeats.beside("loss", published, {key: near})
    assert (row["repeat"], row["covered"], repeats.disjoint(row)) == ("0.7", "False", False)
    (row,) = repeats.beside("loss", published, {key: far})
    assert repeats.disjoint(row)


@pytest.mark.parametrize(("pairs", "again"), [(20, 20), (40, 64)])
def test_a_repeat_lies_outside_as_often_as_said(pairs: int, again: int) -> None:
    rng = np.random.default_rng(5)
    one, other = (rng.normal(0, 1 / np.sqrt(count), 100_000) for count in (pairs, again))
    outside = np.abs(other - one) > 1.96 / np.sqrt(pairs)
    assert outside.mean() == pytest.approx(repeats.outside(pairs, again), abs=0.004)


def test_no_published_repeat_contradicts_its_study() -> None:
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["study"] for row in rows} == set(repeats.STUDIES)
    assert not [row for row in rows if repeats.disjoint(row)]
    inside = [float(row["low"]) <= float(row["repeat"]) <= float(row["high"]) for row in rows]
    assert [row["covered"] for row in rows] == list(map(str, inside)), "what is not covered is not called so"

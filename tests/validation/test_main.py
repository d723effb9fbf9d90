"""`python -m validation`: its parts, and what is published of each."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from validation import __main__ as whole

PUBLISHED = Path(__file__).parents[2] / "results" / "published" / "validation" / "validation.csv"


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_a_part_replaces_its_own_rows_and_gives_the_same_twice(tmp_path: Path) -> None:
    path = tmp_path / "validation.csv"
    path.write_text("part,check,value,low,high,ok\nsingle,old,1,0,1,True\nodds,other,1,0,1,True\n")
    assert whole.main(tmp_path, ["single"]) == 0
    first = rows(path)
    assert [row["part"] for row in first] == ["single"] * 3 + ["odds"]
    assert "old" not in {row["check"] for row in first}
    whole.main(tmp_path, ["single"])
    assert rows(path) == first


def test_a_check_that_fails_is_written_and_ends_with_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = whole.coverage.Check(check="too low", value=0.5, low=0.93, high=1.0)
    monkeypatch.setitem(whole.PARTS, "single", lambda *_: [wrong])
    assert whole.main(tmp_path, ["single"]) == 1
    assert [row["ok"] for row in rows(tmp_path / "validation.csv")] == ["False"]
    assert capsys.readouterr().out.startswith("NOT  0.5000 in 0.93..1  too low")


def test_what_is_published_passed() -> None:
    published = rows(PUBLISHED)
    assert {row["part"] for row in published} <= set(whole.PARTS)
    assert {row["ok"] for row in published} == {"True"}

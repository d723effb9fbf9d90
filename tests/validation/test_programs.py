from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from ablate.stats.cause_list import ALL
from validation.programs import audited, draws, tried
from validation.programs.drawn_faults import FAULTS
from validation.programs.program import Program, case, half

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
    parts = [half("head", name) for name in names]
    assert set(parts) == {"seen", "left_out"}
    assert 60 < parts.count("seen") < 140


@pytest.mark.parametrize(("name", "least"), [("audited", 100), ("verified", 150)])
def test_the_tables_were_measured(name: str, least: int) -> None:
    with (HERE / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= least
    assert {row["part"] for row in rows} >= {"seen", "left_out"}


def program(name: str, part: str, *, state: str = "stuck", repaired: bool = True) -> Program:
    """A program that is never made."""
    return Program(
        id=name, kind="head", state=state, cause="one_softmax", make=pytest.fail, repaired=repaired, part=part
    )


def test_the_newest_programs_are_tried_first_and_of_a_part_those_with_a_way_out() -> None:
    some = [program("a", "seen"), program("b", "fresh", state="healthy"), program("c", "fresh")]
    some += [program("d", "left_out"), program("e", "fresh", repaired=False)]
    assert [one.id for one in tried.ordered(some)] == ["c", "e", "b", "d", "a"]


def test_what_rules_said_first_of_a_program_is_kept(tmp_path: Path) -> None:
    text = ",".join(audited.COLUMNS) + "\np,head,fresh,stuck,one_softmax,stuck,one_softmax,,,1,1,2.0\n"
    (tmp_path / "unseen.csv").write_text(text)
    audited.unseen([program("p", "fresh"), program("q", "left_out")], tmp_path, tmp_path)
    assert (tmp_path / "unseen.csv").read_text() == text
    with (tmp_path / "unseen_scores.csv").open(encoding="utf-8") as file:
        scores = {row["score"]: row["right"] for row in csv.DictReader(file) if row["part"] == "fresh"}
    assert (scores["state"], scores["cause first"], scores["alarm on all without a fault"]) == ("1", "1", "0")


def test_a_program_that_cannot_be_judged_counts_as_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "p.pickle").write_bytes(b"no pickle")
    audited.unseen([program("p", "fresh")], tmp_path, tmp_path / "kept")
    assert "p: " in capsys.readouterr().out
    with (tmp_path / "unseen.csv").open(encoding="utf-8") as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["refused"]


def test_each_fault_can_be_drawn_and_a_number_is_always_the_same_program() -> None:
    causes = set()
    for number in range(40):
        (cause, fault, one), (_, same, other) = draws.drawn(number), draws.drawn(number)
        assert (fault, one.task, one.rate, one.epochs) == (same, other.task, other.rate, other.epochs)
        causes.add(cause)
    assert causes == {*FAULTS} <= {*ALL}

"""The parts of a paper, and remedies over tasks, written into the user's results."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import ablate
from ablate.report import generalization
from tests.commands.conftest import Said


def test_a_paper_is_written_beside_the_study(said: Said, results: Path, place: str) -> None:
    status, out, _ = said("export", "fake", "--paper", place)
    assert status == 0
    assert out.startswith(f"Paper: {results / 'fake' / 'paper' / 'paper.tex'}")
    assert said("export", "fake", place)[2] == (
        "ablate: `ablate export` must be told what to write: --paper. Received none.\n"
    )


def test_the_same_in_python(results: Path, tmp_path: Path) -> None:
    path = ablate.export(ablate.load("fake", results), tmp_path / "paper")
    assert Path(path).read_text(encoding="utf-8").startswith("\\documentclass")


def test_generalize_names_what_is_missing(said: Said, results: Path, place: str) -> None:
    assert "At least one study must be named" in said("generalize")[2]
    assert "must have been tried on two tasks" in said("generalize", "fake", place)[2]
    with mock.patch.object(generalization, "generalization", return_value="pooled") as called:
        assert ablate.generalize(ablate.load("fake", results)) == "pooled"
    assert [study.study.name for study in called.call_args.args[0]] == ["fake"]

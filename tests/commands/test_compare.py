from __future__ import annotations

from pathlib import Path

import pytest

from ablate.commands.main import main
from tests.synthetic import LOSS, build, factor, study


def make(folder: Path, name: str) -> Path:
    return build(folder, study(name=name, factors=(factor("loss", LOSS),), seeds=(0, 1, 2), contrasts=()))


def test_compare_prints_what_changed_and_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path, "one")
    two = make(tmp_path, "two")
    assert main(["compare", "one", "two", f"results_dir={tmp_path}"]) == 0
    said = capsys.readouterr().out
    assert "9 trials of one and two are pairs" in said
    assert "9 pairs are trials with the same id" in said
    assert (two / "compare-one" / "report.html").is_file()


def test_compare_takes_paths_and_wants_two_studies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = make(tmp_path / "a", "one"), make(tmp_path / "b", "one")
    assert main(["compare", str(one), str(two)]) == 0
    assert main(["compare", str(one)]) == 2
    assert "Exactly two studies" in capsys.readouterr().err

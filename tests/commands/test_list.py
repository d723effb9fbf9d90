"""What there is, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate import configure
from tests.commands.conftest import Said


def test_list_names_studies_factors_and_levels(said: Said, place: str) -> None:
    status, out, _ = said("list", place)
    assert status == 0
    assert "experiment=blog" in out
    assert [line for line in out.splitlines() if line.split() == ["fake", "results"]]
    assert "clipping        4 levels, baseline none" in out
    assert "width           a number, baseline 64" in out


def test_each_level_of_a_factor_is_explained_in_a_line(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    _, out, _ = said("list", "clipping")
    first, *lines = out.splitlines()
    assert first == "clipping: a bound on the gradient; the baseline is none"
    assert [line.split()[0] for line in lines] == ["none", "global_norm", "norm", "value"]
    assert lines[0] == "  none         gradients are used as they are"


def test_a_factor_of_numbers_says_how_to_give_another(said: Said) -> None:
    assert said("list", "width")[1].splitlines()[1] == "  64  or any other number: width=NUMBER, or several with commas"


def test_rows_are_as_wide_as_the_terminal(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = said("list", "loss")
    assert max(map(len, out.splitlines())) <= 80
    assert "\n                     TensorFlow computes them today\n" in out


def test_every_level_file_of_the_package_has_a_remark_of_one_line() -> None:
    files = [path for factor in configure.factors() for path in (configure.folder() / factor).glob("*.yaml")]
    lacking = [path.name for path in files if not path.read_text(encoding="utf-8").startswith("# ")]
    assert len(files) > 80
    assert lacking == []


def test_documents_are_listed_by_paths_that_exist(said: Said) -> None:
    _, out, _ = said("list", "documents")
    paths = [Path(line.strip()) for line in out.splitlines()]
    assert "guide.md" in {path.name for path in paths}
    assert all(path.is_file() for path in paths)

"""What there is, by name."""

from __future__ import annotations

from pathlib import Path

from tests.commands.conftest import Said


def test_list_names_studies_factors_and_levels(said: Said, place: str) -> None:
    status, out, _ = said("list", place)
    assert status == 0
    assert "experiment=blog" in out
    assert [line for line in out.splitlines() if line.split() == ["fake", "results"]]
    assert "clipping        4 levels, baseline none" in out
    assert "width           a number, baseline 64" in out
    _, levels, _ = said("list", "clipping")
    assert levels.split(None, 1)[1].strip() == "none, global_norm, norm, value"


def test_documents_are_listed_by_paths_that_exist(said: Said) -> None:
    _, out, _ = said("list", "documents")
    paths = [Path(line.strip()) for line in out.splitlines()]
    assert "guide.md" in {path.name for path in paths}
    assert all(path.is_file() for path in paths)

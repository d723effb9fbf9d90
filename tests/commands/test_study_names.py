"""Studies are found by name: those trained here first, then the published ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from ablate.commands import study_names
from ablate.core.errors import ConfigError


def study(results: Path, name: str) -> Path:
    folder = results / name
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    return folder


def test_a_published_study_is_found_by_its_name_until_one_is_trained_here(tmp_path: Path) -> None:
    published = study(tmp_path, "published/blog")
    words = ["blog", f"results_dir={tmp_path}"]
    assert study_names.folder(words) == published
    trained = study(tmp_path, "blog")
    assert study_names.folder(words) == trained


def test_a_folder_without_a_manifest_is_no_study(tmp_path: Path) -> None:
    study(tmp_path, "mine")
    (tmp_path / "published" / "bench").mkdir(parents=True)
    assert study_names.studies(tmp_path) == {"mine": tmp_path / "mine"}
    with pytest.raises(ConfigError, match=r"Unknown study in .*: 'bench'\. .*Allowed: mine"):
        study_names.folder(["bench", f"results_dir={tmp_path}"])


def test_words_are_names_or_overrides() -> None:
    assert study_names.split(["blog", "a=1", "~b", "--x=1"])[0] == ["blog"]
    with pytest.raises(ConfigError):
        study_names.only_overrides(["blog"])

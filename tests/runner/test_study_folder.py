from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from ablate.core import filesystem
from ablate.core.study import Execution, Factor, Level, Study
from ablate.runner import study_folder
from ablate.store import manifest
from ablate.store.manifest import Manifest

LOSS = Level(name="clipped", params={"kind": "clipped"})
STUDY = Study(name="s", factors=(Factor(name="loss", levels=(LOSS,), baseline=LOSS),), seeds=(0, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished study with its report."""
    for path in (tmp_path, tmp_path / "report"):
        manifest.write(Manifest(study=STUDY, finished="now", source="design"), path)
    (tmp_path / "report" / "report.html").touch()
    return tmp_path


def published(folder: Path, study: Study = STUDY, source: str = "design") -> bool:
    return study_folder.published(study, folder, manifest.read(folder), source)


def test_a_report_is_of_its_study_whatever_command_and_execution_it_was_run_with(folder: Path) -> None:
    assert published(folder)
    assert published(folder, dataclasses.replace(STUDY, command="again", execution=Execution(workers=3)))
    assert not published(folder, dataclasses.replace(STUDY, seeds=(0, 1, 2)))
    assert not published(folder, source="own"), "a search in the same folder has other trials"
    other = dataclasses.replace(LOSS, name="renamed")
    assert not published(
        folder, dataclasses.replace(STUDY, factors=(Factor(name="loss", levels=(other,), baseline=other),))
    )


@pytest.mark.parametrize("gone", ["report.html", "manifest.json"])
def test_a_report_that_lacks_its_page_or_its_manifest_is_not_published(folder: Path, gone: str) -> None:
    (folder / "report" / gone).unlink()
    assert not published(folder)


def test_a_report_of_another_manifest_or_of_other_shards_is_not_published(folder: Path) -> None:
    (folder / "shards").mkdir()
    (folder / "shards" / f"states-{'1' * 19}-{'a' * 8}-{'b' * 16}.parquet").touch()
    assert not published(folder)
    (folder / "shards").rename(folder / "others")
    manifest.write(Manifest(study=STUDY, finished="later", source="design"), folder)
    assert not published(folder)


def test_a_manifest_that_cannot_be_read_is_said(folder: Path) -> None:
    said: list[str] = []
    assert study_folder.earlier_manifest(folder, said.append) is None, "there are no shards"
    assert said == []
    (folder / "shards").mkdir()
    (folder / "shards" / f"states-{'1' * 19}-{'a' * 8}-{'b' * 16}.parquet").touch()
    assert study_folder.earlier_manifest(folder, said.append) == manifest.read(folder)
    (folder / "manifest.json").write_text("{")
    assert study_folder.earlier_manifest(folder, said.append) is None
    (note,) = said
    assert note.startswith("The manifest cannot be used; this sweep writes a new one. ")


def test_an_addresss_lock_is_a_folder_of_this_machine(tmp_path: Path) -> None:
    address = filesystem.place("s3://bucket/results")
    assert study_folder.lock_folder(tmp_path) == tmp_path
    assert study_folder.lock_folder(address / "a") == study_folder.lock_folder(address / "a")
    assert study_folder.lock_folder(address / "a") != study_folder.lock_folder(address / "b")

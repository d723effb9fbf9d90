"""A sweep that is killed at any moment of its end: the next one leaves what an undisturbed one leaves."""

from __future__ import annotations

import dataclasses
import functools
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, chdir, suppress
from pathlib import Path
from unittest import mock

import pytest

from ablate import store
from ablate.core.study import Study
from ablate.results.study_results import Results
from ablate.runner import finalize, study_folder
from ablate.runner.sweep import sweep
from ablate.store import manifest
from tests.fake_sweep import CHANCE, FAKE, study

WIDER = dataclasses.replace(CHANCE, luck=0.0, majority=0.05)
MOMENTS = 22
"""At least as many as changes of files and folders in the end of a sweep."""


class KilledError(BaseException):
    """The process is no more."""


def fill(folder: Path, results: Results, *_: object, **__: object) -> None:
    """Make a report in no time; its page tells how many trials of which states it is of."""
    (folder / "tables").mkdir(parents=True)
    states = results.trials["state"].astype(str).value_counts().to_dict()
    (folder / "report.html").write_text(f"<body>{len(results.trials)} trials, {states}")
    (folder / "manifest.json").write_bytes(manifest.encoded(results.manifest))


@functools.cache
def asked(seeds: int) -> Study:
    return study(Path(), "learning_rate=1e-3,1e-2", f"seed=range({seeds})")


def run(folder: Path, seeds: int = 4, chance: object = CHANCE) -> None:
    with (
        chdir(folder),  # a copy of the folder is the same study
        mock.patch("ablate.outcomes.chance_level.measure", return_value=chance),
        mock.patch("ablate.report.folder._fill", fill),
        mock.patch("ablate.store.manifest.versions", return_value={}),
        mock.patch("ablate.tasks.check", return_value=()),
    ):
        sweep(asked(seeds), on_event=lambda _: None, engine=FAKE)


def dying(moment: int) -> AbstractContextManager[object]:
    """Let the process die at a certain change of files and folders: from then on it changes nothing any more."""
    left = [moment]

    def deadly(change: Callable[..., None]) -> Callable[..., None]:
        def call(*args: object, **options: object) -> None:
            if not left[0]:
                raise KilledError
            left[0] -= 1
            change(*args, **options)

        return call

    changes = {name: deadly(getattr(os, name)) for name in ("rename", "unlink", "mkdir", "rmdir")}
    return mock.patch.multiple(os, **changes)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with a report of 2 seeds, grown to 4 whose sweep has trained all and not begun to end."""
    folder = tmp_path_factory.mktemp("grown")
    run(folder, seeds=2)
    with mock.patch.object(finalize, "finish", side_effect=KilledError), suppress(KilledError):
        run(folder)
    return folder


@pytest.fixture(scope="module")
def reread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole study whose manifest has lost the chance level, and whose next sweep will measure another one."""
    folder = tmp_path_factory.mktemp("reread")
    run(folder)
    manifest.write(dataclasses.replace(manifest.read(folder / "fake"), chance={}), folder / "fake")
    return folder


def page(folder: Path) -> str:
    return (folder / "fake" / "report" / "report.html").read_text()


@pytest.mark.parametrize("moment", range(MOMENTS))
@pytest.mark.parametrize(("scene", "chance"), [("grown", CHANCE), ("reread", WIDER)])
def test_the_next_sweep_publishes_the_report_and_leaves_no_leftovers(
    tmp_path: Path, request: pytest.FixtureRequest, scene: str, chance: object, moment: int
) -> None:
    folder = request.getfixturevalue(scene)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    before = store.read_curves(tmp_path / "fake")
    with dying(moment), suppress(KilledError):
        run(tmp_path, chance=chance)
    run(tmp_path, chance=chance)
    states = store.read_states(tmp_path / "fake")
    assert page(tmp_path) == f"<body>8 trials, {states['state'].value_counts().to_dict()}"
    assert set(states["state"]) == ({"escaped", "stuck"} if chance is CHANCE else {"escaped"})
    assert {path.name for path in (tmp_path / "fake").iterdir()} == {".lock", "manifest.json", "report", "shards"}
    assert store.foreign(tmp_path / "fake") == []
    assert not list((tmp_path / "fake" / "shards").glob(".*"))
    assert {name: store.digest(curves) for name, curves in store.read_curves(tmp_path / "fake").items()} == {
        name: store.digest(curves) for name, curves in before.items()
    }
    whole = manifest.content(tmp_path / "fake")
    run(tmp_path, chance=chance)
    assert manifest.content(tmp_path / "fake") == whole, "a whole report is not written again"


def test_until_its_sweep_ends_a_page_says_that_it_is_an_earlier_one(grown: Path, tmp_path: Path) -> None:
    assert page(grown).startswith(f"<body>\n{study_folder.OUTDATED}4 trials, ")
    assert manifest.read(grown / "fake").finished == ""
    shutil.copytree(grown, tmp_path, dirs_exist_ok=True)
    run(tmp_path)
    assert "later sweep" not in page(tmp_path)


def test_what_is_finished_is_marked_last(grown: Path, tmp_path: Path) -> None:
    shutil.copytree(grown, tmp_path, dirs_exist_ok=True)
    with mock.patch.object(manifest, "write", side_effect=KilledError), suppress(KilledError):
        run(tmp_path)
    assert manifest.read(tmp_path / "fake").finished == ""
    assert page(tmp_path).startswith("<body>8 trials")


@pytest.mark.parametrize(("scene", "chance"), [("grown", CHANCE), ("reread", WIDER)])
def test_every_moment_is_among_them(tmp_path: Path, request: pytest.FixtureRequest, scene: str, chance: object) -> None:
    shutil.copytree(request.getfixturevalue(scene), tmp_path, dirs_exist_ok=True)
    with dying(MOMENTS - 1):
        run(tmp_path, chance=chance)

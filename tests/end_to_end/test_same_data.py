"""The same rows under other names are the same trials: in plan, store, table, report and comparison alike."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ablate import configure
from ablate.api import training
from ablate.commands.main import main
from ablate.commands.table import table_text
from ablate.core.errors import ConfigError
from ablate.core.study import Study
from ablate.report import study_comparison
from ablate.results import study_results
from ablate.runner import plan as planning
from ablate.runner.sweep import sweep
from tests.fake_sweep import swept

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(300, 4)).astype(np.float32)
Y = np.arange(300) % 3
OTHERS = "stored in this folder are not part of the study as it was last swept"
GRID = ("loss=clipped,fused", "workers=1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a data file and a study of it; the working folder is another one."""
    monkeypatch.setenv("ABLATE_DATA", str(tmp_path / "data"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    np.savez(tmp_path / "d.npz", x=X, y=Y)
    swept(study(f"task=npz path={tmp_path}/d.npz"))
    return tmp_path


def study(data: str, *words: str, name: str = "s", seeds: str = "0,1") -> Study:
    return configure.compose([*data.split(), *GRID, f"seed={seeds}", f"study={name}", "results_dir=out", *words])


def copy(folder: Path) -> str:
    shutil.copy(folder / "d.npz", folder / "work" / "copy.npz")
    return "task=npz path=copy.npz"


def relative(_: Path) -> str:
    return "task=npz path=../d.npz"


def packed(folder: Path) -> str:
    np.savez_compressed(folder / "e.npz", other=X, target=Y.astype(float), data=X.astype(np.float64))
    return f"task=npz path={folder}/e.npz inputs=data labels=target"


def table(folder: Path) -> str:
    pd.DataFrame(X).assign(label=Y).to_csv(folder / "d.csv", index=False)
    return f"task=csv path={folder}/d.csv"


def arrays(_: Path) -> str:
    from ablate import tasks

    return f"task=npz path={tasks.saved((X, Y))['path']}"


@pytest.mark.parametrize("disguise", [copy, relative, packed, table, arrays])
def test_a_study_is_gone_on_with_under_another_spelling(folder: Path, disguise: Callable[[Path], str]) -> None:
    data = disguise(folder)
    if disguise is not relative:
        (folder / "d.npz").unlink()
    again = study(data)
    assert planning.plan(again).stored == 4
    summary, _ = swept(again)
    assert (summary.trained, summary.kept) == (0, 4)
    assert summary.status == ("All 4 planned trials are here: 2 settings, 2 seeds a setting.",)
    results = study_results.load(Path("out/s"))
    assert results.others == 0
    assert set(results.trials["task"]) == {again.baseline["task"].name}, "the name that was given last"
    assert table_text(results).count("\n") == 3
    grown, _ = swept(study(data, seeds="0,1,2"))
    assert (grown.trained, grown.kept) == (2, 6)
    assert study_results.load(Path("out/s")).varying == ("loss",)


def test_a_trial_is_shown_with_the_file_that_was_given_last(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    swept(study(copy(folder)))
    trial = study_results.load(Path("out/s")).trials["id"][0]
    assert main(["show", trial, "results_dir=out"]) == 0
    assert "copy.npz" in capsys.readouterr().out.splitlines()[-2]


def test_a_copy_is_compared_trial_by_trial(folder: Path) -> None:
    swept(study(table(folder), name="other"))
    comparison = study_comparison.compare(*(study_results.load(Path("out") / name) for name in ("s", "other")))
    assert (comparison.apart, comparison.same_ids, comparison.only_first) == ((), 4, 0)


def test_other_rows_in_the_same_file_are_other_data(folder: Path) -> None:
    np.savez(folder / "d.npz", x=X + 1.5, y=Y)
    summary, _ = swept(study(f"task=npz path={folder}/d.npz"))
    assert (summary.trained, summary.kept) == (4, 4)
    assert study_results.load(Path("out/s")).left_out == {"data": 4}


def test_one_study_cannot_have_the_same_rows_twice(folder: Path) -> None:
    copy(folder)
    twice = study(f"task=npz path={folder}/d.npz,copy.npz")
    for command in (planning.plan, sweep):
        with pytest.raises(ConfigError, match=r"hold the same rows: leave one of them out"):
            command(twice)


def test_a_name_by_default_is_that_of_the_data_whatever_they_are_called(folder: Path) -> None:
    forms = [f"task=npz path={folder}/d.npz", copy(folder), table(folder)]
    named = {configure.compose([*form.split(), "loss=clipped,fused"]).name for form in forms}
    assert len(named) == 1
    assert training.composed([], {"data": (X, Y), "loss": ["clipped", "fused"]}).name in named
    assert training.composed([], {"data": (X + 1, Y), "loss": ["clipped", "fused"]}).name not in named
    assert configure.compose(["task=blobs", "task.classes=4", "loss=clipped,fused"]).name == "blobs-classes-4-loss"
    assert configure.compose(["loss=clipped,fused"]).name == "loss"


def test_settings_that_are_taken_out_are_not_counted(folder: Path) -> None:
    data = f"task=npz path={folder}/d.npz"
    wide, _ = swept(study(data, "width=16,32"))
    assert wide.status[0] == "All 8 planned trials are here: 4 settings, 2 seeds a setting."
    narrow, _ = swept(study(data, "width=16,32", "design=one_at_a_time"))
    assert narrow.status == (
        "All 6 planned trials are here: 3 settings, 2 seeds a setting.",
        f"6 other trials {OTHERS}: 4 with other levels, 2 of settings outside the design.",
    )
    fewer, _ = swept(study(data, "width=32,16", seeds="1"))
    assert fewer.status[0] == "All 4 planned trials are here: 4 settings, 1 seed a setting."
    assert fewer.planned == fewer.kept == 4

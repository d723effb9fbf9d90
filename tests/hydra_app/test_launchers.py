"""Hydra's launchers for whole studies, one study a job: each in processes of its own, with made-up training."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ablate import store
from tests.executors import slurm_here

ROOT = Path(__file__).parents[2]
TINY = ("task=words", "looks=10", "width=16", "workers=1", "seed=range(2)")
LAUNCHERS = {"joblib": "hydra_joblib_launcher", "submitit_local": "hydra_submitit_launcher"}
PACKAGES = {**LAUNCHERS, "submitit_slurm": "hydra_submitit_launcher"}


def launched(launcher: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A multirun under the launcher; skips where it is not installed."""
    package = f"hydra_plugins.{PACKAGES[launcher]}"
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed: pip install 'ablate-plateau[launchers]'")
    return subprocess.run(
        [sys.executable, "-m", "tests.hydra_app.fake_multirun", "-m", f"hydra/launcher={launcher}", *TINY, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"},
        cwd=folder,
    )


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_launcher_runs_one_study_a_job(launcher: str, tmp_path: Path) -> None:
    done = launched(launcher, tmp_path, "steps=20,30", "loss=clipped,fused", "hydra.sweep.dir=jobs")
    assert done.returncode == 0, done.stderr
    assert {"words-loss-steps-20: done", "words-loss-steps-30: done"} <= set(done.stdout.splitlines())
    for steps in (20, 30):
        states = store.read_states(tmp_path / "results" / f"words-loss-steps-{steps}")
        assert len(states) == 4
        assert set(states["steps"]) == {steps}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jobs", "results"]


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_launcher_runs_searches_of_a_folder_of_ones_own(launcher: str, tmp_path: Path) -> None:
    (tmp_path / "own" / "loss").mkdir(parents=True)
    (tmp_path / "own" / "loss" / "mild.yaml").write_text("kind: clipped\neps: 0.01\n")
    words = ["--config-dir=own", "hydra/sweeper=ablate_optuna", "hydra.sweeper.n_trials=2", "loss=mild,fused"]
    done = launched(launcher, tmp_path, *words, "steps=20", "hydra.sweep.dir=jobs")
    assert done.returncode == 0, done.stderr
    assert "words-loss: done" in done.stdout
    assert (tmp_path / "results" / "words-loss" / "search.db").is_file()


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_job_that_fails_is_named_and_the_others_are_done(launcher: str, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "b").write_text("a file where the study's folder should be")
    done = launched(launcher, tmp_path, "study=a,b", "steps=20", "loss=clipped,fused", "hydra.sweep.dir=jobs")
    assert done.returncode != 0
    assert "a: done" in done.stdout
    assert len(store.done(tmp_path / "results" / "a")) == 4


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_study_that_cannot_be_is_said_before_any_job(launcher: str, tmp_path: Path) -> None:
    done = launched(launcher, tmp_path, "steps=20,5", "loss=clipped,fused")
    assert done.returncode == 2
    assert "`looks` must be at least 1 and at most `steps`." in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("srun") is not None, reason="Slurm is here")
def test_slurms_launcher_without_slurm_is_refused_in_words(tmp_path: Path) -> None:
    done = launched("submitit_slurm", tmp_path)
    assert done.returncode == 2, done.stderr
    assert "without `srun`" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.slow
def test_slurm_runs_one_study_a_job(tmp_path: Path) -> None:
    """On real slurmctld and slurmd, where Debian's packages are installed."""
    (tmp_path / "slurm").mkdir()
    (tmp_path / "here").mkdir()
    with slurm_here.cluster(tmp_path / "slurm"):
        words = ["steps=20,30", "loss=clipped,fused", "hydra.sweep.dir=jobs"]
        done = launched("submitit_slurm", tmp_path / "here", *words)
    said = (tmp_path / "slurm" / "slurmctld.log").read_text()
    assert len(set(re.findall(r"_job_complete: JobId=(\S+) WEXITSTATUS 0", said))) == 2, said[-2000:]
    assert done.returncode == 0, done.stderr
    for steps in (20, 30):
        states = store.read_states(tmp_path / "here" / "results" / f"words-loss-steps-{steps}")
        assert len(states) == 4
        assert set(states["steps"]) == {steps}
    logs = list((tmp_path / "here" / "jobs").rglob("*_log.out"))
    assert len(logs) == 2
    assert all("completed successfully" in log.read_text() for log in logs)

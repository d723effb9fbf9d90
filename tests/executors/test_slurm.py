"""The Slurm executor on real slurmctld and slurmd, where Debian's packages are installed and submitit is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

import pandas as pd  # before `fake_sweep` restores the modules that were loaded
import pytest

from ablate import store
from ablate.core.errors import AblateError, ConfigError, LossCheckError
from ablate.core.study import Execution
from ablate.executors import slurm
from ablate.executors.pool import Pool, Wanted, start
from tests import fake_engine, fake_sweep
from tests.executors import slurm_here
from tests.executors.test_local import ids, stack

ROOT = Path(__file__).parents[2]
OVERRIDES = ("executor=slurm", "loss=glob(*)", "optimizer=adam,sgd", "seed=range(40)")


def test_elements_hold_stacks_of_one_program_and_are_few() -> None:
    stacks = [stack(number, program="ab"[number % 2]) for number in range(100)]
    alone = slurm.parts(stacks)
    assert sorted(each[0].trials[0].seed for each in alone) == list(range(100))
    assert {len(each) for each in alone} == {1}
    few = slurm.parts(stacks, elements=10)
    assert len(few) == 10
    assert sorted(one.trials[0].seed for each in few for one in each) == list(range(100))
    assert all(len({one.program for one in each}) == 1 for each in few)


def test_a_machine_without_slurm_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="needs Slurm's `sbatch`"):
        slurm._executor(None, tmp_path)


def test_a_controller_that_does_not_answer_is_no_word_about_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = tmp_path / "squeue"
    queue.write_text("#!/bin/sh\necho 7_1\nexit $SAYS\n")
    queue.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SAYS", "0")
    assert slurm._listed_jobs() == {"7_1"}
    monkeypatch.setenv("SAYS", "1")
    assert slurm._listed_jobs() is None


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    pytest.importorskip("submitit", reason="the extra `slurm` is not installed")
    with pytest.MonkeyPatch.context() as patch, slurm_here.cluster(tmp_path_factory.mktemp("slurm")):
        patch.setenv("PYTHONPATH", f"{ROOT}:{os.environ.get('PYTHONPATH', '')}")
        patch.setattr(slurm, "GRACE", 1.0)
        patch.setattr(slurm, "EVERY", 0.5)
        yield


@pytest.fixture
def pool(cluster: None, tmp_path: Path) -> Iterator[Pool]:
    del cluster
    with start(Wanted(execution=Execution(executor="slurm"), workers=2, warm="", folder=tmp_path)) as own:
        yield own
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_stacks_come_back_with_their_own_curves_or_their_error(pool: Pool) -> None:
    found = {
        done.stack.trials[0].seed: done
        for done in pool.drain(deque(stack(n) for n in range(4)), fake_engine.train_but_seed_1_raises)
    }
    assert found[1].error == "ArithmeticError: seed 1 cannot be trained"
    assert not found[1].lost
    assert [ids(found[seed]) for seed in (0, 2, 3)] == [[f"{seed:016x}"] for seed in (0, 2, 3)]


@pytest.mark.slow
def test_an_element_that_dies_costs_its_stacks_alone(pool: Pool) -> None:
    found = {
        done.stack.trials[0].seed: done
        for done in pool.drain(deque(stack(n) for n in range(3)), fake_engine.train_but_seed_1_kills)
    }
    assert [seed for seed, done in sorted(found.items()) if done.lost] == [1]
    assert "ended without a result" in found[1].error


@pytest.mark.slow
def test_a_call_answers_or_raises_as_it_would_here(pool: Pool) -> None:
    assert pool.call(fake_engine.check_losses, [1, 2, 3]) == {"trials": 3}
    with pytest.raises(LossCheckError, match="agree on 2 trials"):
        pool.call(fake_engine.refuse_losses, [1, 2])
    with pytest.raises(AblateError, match=r"lost twice: job .* ended without a result"):
        pool.call(fake_engine.die)


@pytest.mark.slow
def test_a_killed_parent_leaves_no_job_and_the_same_command_finishes_what_is_missing(
    tmp_path: Path, cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del cluster
    traces = tmp_path / "traces"
    traces.mkdir()
    monkeypatch.setenv(fake_engine.TRACES, str(traces))
    monkeypatch.setenv(fake_engine.SECONDS, "1")
    monkeypatch.setattr("ablate.store.writing.TRIALS", 64)
    words = [sys.executable, "-m", "tests.fake_sweep", str(tmp_path), *OVERRIDES]
    parent = subprocess.Popen(words, cwd=ROOT)
    end = time.monotonic() + 120
    while len(store.done(tmp_path / "fake")) < 256 and time.monotonic() < end:
        time.sleep(0.2)
    parent.kill()
    parent.wait()
    there = store.done(tmp_path / "fake")
    before = {path.name: len(path.read_text().split()) for path in traces.iterdir()}
    assert slurm._listed_jobs(), "its jobs go on, as Slurm's do"
    own = fake_sweep.study(tmp_path, *OVERRIDES)
    assert there
    summary, _ = fake_sweep.swept(own)
    assert summary.kept == summary.planned
    assert summary.trained == summary.planned - len(there)
    assert not slurm._listed_jobs()
    again = Counter({path.name: len(path.read_text().split()) for path in traces.iterdir()})
    assert all(again[name] == before[name] for name in there), "what was stored is not trained again"
    monkeypatch.delenv(fake_engine.TRACES)
    fake_sweep.swept(fake_sweep.study(tmp_path / "local", *OVERRIDES, "executor=local"))
    one, other = (
        store.read_states(place / "fake").drop(columns=["wall_seconds"]) for place in (tmp_path, tmp_path / "local")
    )
    pd.testing.assert_frame_equal(one, other)

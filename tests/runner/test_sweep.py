from __future__ import annotations

import dataclasses
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pandas as pd
import pyarrow as pa
import pytest

from ablate import store
from ablate.core.errors import ConflictError, LossCheckError, StoreError, TaskError, TrialError
from ablate.engine.program import Stack
from ablate.outcomes.curves import Curves
from ablate.runner.progress import Event, Progress
from ablate.store import manifest, shards
from ablate.tasks import Finding
from tests import fake_engine
from tests.fake_sweep import CHANCE, FAKE, other_bits, study, swept

ROOT = Path(__file__).parents[2]
GRID = ("width=16,32", "learning_rate=1e-3,1e-2", "seed=range(6)")


@pytest.fixture
def traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file for every trained trial, a line for every training."""
    folder = tmp_path / "traces"
    folder.mkdir()
    monkeypatch.setenv(fake_engine.TRACES, str(folder))
    return folder


def table(folder: Path) -> pd.DataFrame:
    return store.read_states(folder / "fake").drop(columns=["attempt"])


def digests(folder: Path) -> dict[str, str]:
    return {name: store.digest(curves) for name, curves in store.read_curves(folder / "fake").items()}


def test_a_sweep_trains_every_trial_once_and_the_same_again_none(tmp_path: Path, traces: Path) -> None:
    events: list[Event] = []
    summary, said = swept(study(tmp_path, *GRID), watch=events.append)
    untrained = [event.untrained for event in events if isinstance(event, Progress)]
    assert untrained[0] > untrained[-1] == 0
    assert (summary.planned, summary.kept, summary.trained) == (24, 24, 24)
    assert sum(summary.states.values()) == 24
    assert set(summary.states) == {"escaped", "stuck"}
    assert summary.report == tmp_path / "fake" / "report"
    assert len(list(traces.iterdir())) == 24
    record = manifest.read(tmp_path / "fake")
    assert record.finished
    assert record.canary == {"trials": 4}
    assert set(record.shards) == set(store.names(tmp_path / "fake"))
    before = table(tmp_path)
    again, said = swept(study(tmp_path, *GRID))
    assert (again.trained, again.kept) == (0, 24)
    assert "All 24 trials have a result already." in said
    assert all(path.read_text().count("\n") == 1 for path in traces.iterdir())
    assert table(tmp_path).equals(before)
    assert manifest.read(tmp_path / "fake") == record


def test_a_new_level_and_new_seeds_train_only_what_is_new(tmp_path: Path, traces: Path) -> None:
    swept(study(tmp_path, *GRID))
    summary, _ = swept(study(tmp_path, "width=16,32,64", "learning_rate=1e-3,1e-2", "seed=range(8)"))
    assert (summary.planned, summary.trained) == (48, 24)
    assert len(list(traces.iterdir())) == 48
    assert all(path.read_text().count("\n") == 1 for path in traces.iterdir())
    assert set(manifest.read(tmp_path / "fake").level_names["width"].values()) >= {"16", "32", "64"}


def test_a_stack_that_raises_loses_its_culprits_alone(tmp_path: Path) -> None:
    engine = dataclasses.replace(FAKE, train=fake_engine.train_but_seed_1_raises)
    summary, _ = swept(study(tmp_path / "broken", *GRID), engine)
    frame = table(tmp_path / "broken")
    failed = frame["state"] == "failed"
    assert frame["seed"][failed].tolist() == [1] * 4
    assert (frame["seed"][~failed] != 1).all()
    assert frame["message"][failed].unique().tolist() == ["ArithmeticError: seed 1 cannot be trained"]
    assert len(summary.failures) == 4
    assert summary.text().count("seed 1 cannot be trained") == 4
    swept(study(tmp_path / "sound", *GRID))
    sound = digests(tmp_path / "sound")
    assert all(
        sound[name] == value
        for name, value in digests(tmp_path / "broken").items()
        if name in set(frame["id"][~failed])
    )


def test_a_deadly_trial_fails_alone(tmp_path: Path) -> None:
    engine = dataclasses.replace(FAKE, train=fake_engine.train_but_seed_1_kills)
    summary, said = swept(study(tmp_path, "seed=range(4)", "workers=1"), engine)
    assert summary.kept == 4
    assert summary.states["failed"] == 1
    again = [line for line in said if "worker died (signal 9" in line]
    assert len(again) == 1
    assert again[0].startswith("Training 4 trials again")
    assert "worker died (signal 9" in summary.failures[0][1]


@pytest.mark.parametrize(
    ("train", "limit", "reason"),
    [
        (fake_engine.train_but_seed_1_hangs, "patience=2", r"the worker took longer than 2 seconds \(`patience`\)"),
        (fake_engine.train_but_seed_1_swallows, "memory=250", r"held [\d,]+ MB of memory, more than 250 \(`memory`\)"),
    ],
)
def test_a_level_that_hangs_or_swallows_memory_fails_alone(
    tmp_path: Path, train: Callable[[Stack], list[Curves]], limit: str, reason: str
) -> None:
    overrides = ("width=16", "seed=range(4)")
    engine = dataclasses.replace(FAKE, train=train, warm="tests.fake_engine")
    summary, _ = swept(study(tmp_path / "broken", *overrides, limit), engine)
    frame = table(tmp_path / "broken")
    failed = frame["state"] == "failed"
    assert frame["seed"][failed].tolist() == [1]
    assert frame["message"][failed].str.contains(reason).all()
    assert (frame["wall_seconds"][failed] > 0.2).all()
    assert len(summary.failures) == 1
    swept(study(tmp_path / "sound", *overrides))
    sound, seen = digests(tmp_path / "sound"), digests(tmp_path / "broken")
    assert {name: seen[name] for name in frame["id"][~failed]} == {name: sound[name] for name in frame["id"][~failed]}


def test_failed_is_done_until_asked_again(tmp_path: Path) -> None:
    engine = dataclasses.replace(FAKE, train=fake_engine.train_but_seed_1_raises)
    swept(study(tmp_path, *GRID), engine)
    assert swept(study(tmp_path, *GRID))[0].trained == 0
    assert swept(study(tmp_path, *GRID, "retry_failed=true"), engine)[0].trained == 4
    frame = store.read_states(tmp_path / "fake")
    assert frame["attempt"][frame["state"] == "failed"].tolist() == [2] * 4
    summary, _ = swept(study(tmp_path, *GRID, "retry_failed=true"))
    assert summary.trained == 4
    assert "failed" not in summary.states
    frame = store.read_states(tmp_path / "fake")
    assert sorted(frame["attempt"]) == [1] * 20 + [3] * 4


def test_fail_fast_stops_and_keeps_what_is_done(tmp_path: Path) -> None:
    engine = dataclasses.replace(FAKE, train=fake_engine.train_but_seed_1_raises)
    with pytest.raises(TrialError, match="seed 1 cannot be trained"):
        swept(study(tmp_path, *GRID, "fail_fast=true"), engine)
    assert (table(tmp_path)["state"] == "failed").sum() == 1


def test_a_refusing_canary_or_task_leaves_nothing(tmp_path: Path, traces: Path) -> None:
    with pytest.raises(LossCheckError, match="agree"):
        swept(study(tmp_path / "r", *GRID), dataclasses.replace(FAKE, check=fake_engine.refuse_losses))
    bad = Finding(severity="error", what="Nothing here.", advice="Take other data.")
    with (
        mock.patch("ablate.outcomes.chance_level.findings", return_value=[bad]),
        pytest.raises(TaskError, match=r"cannot be studied\. Nothing here\. Take other data\."),
    ):
        swept(study(tmp_path / "r", *GRID))
    assert not (tmp_path / "r" / "fake").exists()
    assert not list(traces.iterdir())


def test_what_the_canary_said_of_losses_trained_before_is_kept(tmp_path: Path) -> None:
    own = dataclasses.replace(FAKE, check=fake_engine.check_each_loss)
    swept(study(tmp_path, "loss=clipped,fused", "seed=0"), engine=own)
    swept(study(tmp_path, "loss=fused", "seed=range(2)"), engine=own)
    record = manifest.read(tmp_path / "fake").canary
    assert [(each["loss"]["kind"], each["trials"]) for each in record] == [("clipped", 2), ("fused", 1)]


def test_a_canary_that_hangs_is_given_up_and_every_trial_is_trained(tmp_path: Path) -> None:
    engine = dataclasses.replace(FAKE, check=fake_engine.check_for_ever)
    began = time.monotonic()
    summary, said = swept(study(tmp_path, *GRID, "patience=2"), engine)
    assert time.monotonic() - began < 30
    assert (summary.trained, summary.kept) == (24, 24)
    (note,) = [text for text in said if text.startswith("The loss check took longer than 2 seconds (`patience`).")]
    assert manifest.read(tmp_path / "fake").canary == [{"error": note.partition(" The sweep goes on")[0]}]


def test_states_follow_the_chance_level(tmp_path: Path, traces: Path) -> None:
    first, _ = swept(study(tmp_path, *GRID))
    assert first.states["escaped"] > 0
    known = manifest.read(tmp_path / "fake")
    manifest.write(dataclasses.replace(known, chance={}), tmp_path / "fake")
    wider = dataclasses.replace(CHANCE, luck=0.0, majority=0.05)
    second, said = swept(study(tmp_path, "width=16,32,64", *GRID[1:]), chance=wider)
    assert any("computed again" in text for text in said)
    assert set(second.states) == {"escaped"}
    assert set(table(tmp_path)["rule"]) == {
        manifest.read(tmp_path / "fake").chance[table(tmp_path)["task_hash"][0]].rule
    }
    assert all(path.read_text().count("\n") == 1 for path in traces.iterdir())


def test_a_result_that_differs_is_an_error_that_is_shown(tmp_path: Path) -> None:
    swept(study(tmp_path, *GRID))
    (tmp_path / "other").mkdir()
    (shard,) = shards.listing(tmp_path / "fake")
    shards.write(tmp_path / "fake", shards.new_stamp(), *other_bits(shard))
    with pytest.raises(ConflictError, match="must have one result"):
        swept(study(tmp_path, *GRID))


def test_states_that_do_not_tell_of_their_curves_are_set_aside_and_trained_again(tmp_path: Path) -> None:
    swept(study(tmp_path, *GRID))
    (shard,) = shards.listing(tmp_path / "fake")
    states, before = shards.read(shard.states), store.read_states(tmp_path / "fake")
    place = states.column_names.index("digest")
    lied = states.set_column(place, "digest", pa.array(["0" * 16] * states.num_rows))
    shards.write(tmp_path / "fake", shards.new_stamp(), lied, shards.read(shard.curves or shard.states))
    shards.remove(shard)
    summary, said = swept(study(tmp_path, *GRID))
    assert summary.trained == len(before) == 24
    assert any("other bits" in line and "trained again" in line for line in said)
    assert store.read_states(tmp_path / "fake")["digest"].tolist() == before["digest"].tolist()


def test_shards_of_another_semantics_are_refused_and_a_folder_without_shards_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SEMANTICS", 9)
    swept(study(tmp_path, *GRID))
    monkeypatch.undo()
    names = store.names(tmp_path / "fake")
    with pytest.raises(StoreError, match="SEMANTICS 9"):
        swept(study(tmp_path, *GRID))
    assert store.names(tmp_path / "fake") == names
    for path in (tmp_path / "fake" / "shards").iterdir():
        path.unlink()
    (tmp_path / "fake" / "manifest.json").write_text('{"format": 99}')
    (tmp_path / "fake" / "report" / "report.html").write_text("published")
    summary, _ = swept(study(tmp_path, *GRID))
    assert summary.trained == 24


def test_an_unreadable_manifest_is_named_and_written_anew(tmp_path: Path) -> None:
    swept(study(tmp_path, *GRID))
    (tmp_path / "fake" / "manifest.json").write_text("{")
    summary, said = swept(study(tmp_path, *GRID))
    assert summary.trained == 0
    assert any("writes a new one" in text for text in said)
    assert manifest.read(tmp_path / "fake").study.name == "fake"


def start(folder: Path, *overrides: str, seconds: float = 0.02) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.fake_sweep", str(folder), *overrides]
    environment = {**os.environ, fake_engine.SECONDS: str(seconds)}
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def children(pid: int) -> list[int]:
    found = subprocess.run(
        ["/usr/bin/env", "ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in found.stdout.split()]


@pytest.fixture
def running() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


MANY = ("width=16,32,64,128,256", "learning_rate=1e-3,1e-2", "seed=range(300)")


def kept(folder: Path) -> set[str]:
    return set(store.done(folder / "fake"))


def test_killed_workers_cost_time_alone(tmp_path: Path, running: list[subprocess.Popen[str]]) -> None:
    overrides = ("width=16,32", "learning_rate=1e-3,1e-2", "seed=range(200)")
    running.append(start(tmp_path / "killed", *overrides, seconds=0.3))
    for _ in range(4):
        wait_for(functools.partial(children, running[0].pid), 30)
        time.sleep(0.7)
        for child in children(running[0].pid)[:2]:
            os.kill(child, signal.SIGKILL)
    output, _ = running[0].communicate(timeout=60)
    assert "All 800 planned trials are here" in output
    assert "failed" not in set(table(tmp_path / "killed")["state"])
    swept(study(tmp_path / "calm", *overrides))
    assert digests(tmp_path / "killed") == digests(tmp_path / "calm")


def grown(folder: Path, count: int) -> bool:
    return len(kept(folder)) > count


def wait_for(happened: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_time_and_says_what_is_kept(
    tmp_path: Path, running: list[subprocess.Popen[str]], number: signal.Signals
) -> None:
    running.append(start(tmp_path, *MANY, seconds=0.3))
    process = running[-1]
    wait_for(lambda: kept(tmp_path), 30)
    began = time.monotonic()
    os.killpg(process.pid, number)  # as a terminal does: workers get it too
    output, _ = process.communicate(timeout=10)
    assert time.monotonic() - began < 10
    count = len(kept(tmp_path))
    assert 0 < count < 3000
    assert f"Trials: {tmp_path / 'fake'}\n{count:,} of 3,000 planned trials are here: " in output
    assert f"{number.name} stopped the sweep. Run the same command again to train the missing trials." in output
    assert "Traceback" not in output
    assert not (tmp_path / "fake" / "report").exists()


def test_a_second_sweep_waits_and_then_finds_all_done(
    tmp_path: Path, running: list[subprocess.Popen[str]], traces: Path
) -> None:
    running += [start(tmp_path, *GRID, seconds=1.0) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in running]
    assert sorted("Another sweep works in" in output for output in outputs) == [False, True]
    assert sorted("All 24 trials have a result already." in output for output in outputs) == [False, True]
    assert all("All 24 planned trials are here" in output for output in outputs)
    assert len(list(traces.iterdir())) == 24
    assert all(path.read_text().count("\n") == 1 for path in traces.iterdir())


def test_the_lock_of_a_killed_sweep_is_free_at_once(
    tmp_path: Path, running: list[subprocess.Popen[str]], traces: Path
) -> None:
    running.append(start(tmp_path, *MANY[:2], "seed=range(40)", seconds=2.0))
    wait_for(lambda: list(traces.iterdir()), 30)
    running.append(start(tmp_path, *MANY[:2], "seed=range(40)", seconds=0.0))
    assert running[1].stdout is not None
    assert "Another sweep works in" in running[1].stdout.readline()
    running[0].kill()
    output, _ = running[1].communicate(timeout=60)
    assert "All 400 planned trials are here" in output
    assert len(list(traces.iterdir())) == 400
    assert all(path.read_text().count("\n") <= 2 for path in traces.iterdir())
    assert store.read_states(tmp_path / "fake")["id"].is_unique

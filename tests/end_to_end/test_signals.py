"""Ctrl-C and SIGTERM where something long is under way: a program compiles, a report is written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ablate import store
from tests.fake_sweep import study, swept

ROOT = Path(__file__).parents[2]
IN_TIME = 10.0


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def sweep(started: list[subprocess.Popen[str]], *words: str) -> subprocess.Popen[str]:
    """The command line itself, with its own engine, in a group of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ablate.commands.main", "sweep", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    started.append(process)
    return process


def until(process: subprocess.Popen[str], words: str) -> str:
    """Reads on until a line holds these words; what was read."""
    assert process.stdout is not None
    read = ""
    for line in process.stdout:
        read += line
        if words in line:
            return read
    raise AssertionError(read)


def ends(process: subprocess.Popen[str], number: signal.Signals) -> str:
    """Sends the signal as a terminal does, to the whole group; the rest of what is said, if it ends in time."""
    began = time.monotonic()
    os.killpg(process.pid, number)
    output, _ = process.communicate(timeout=IN_TIME)
    assert time.monotonic() - began < IN_TIME
    assert process.returncode == 130, output
    assert f"{number.name} stopped the sweep. Run the same command again to train the missing trials." in output
    assert "Traceback" not in output
    return output


def test_while_a_program_compiles(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    words = ("task=spirals", "study=s", "width=16", "depth=2", "steps=20", "looks=4", "seed=range(64)", "workers=1")
    process = sweep(started, *words, "input_scale=standardized", f"results_dir={tmp_path}")
    until(process, "loss check")
    end = time.monotonic() + 300
    while not (tmp_path / "s" / "manifest.json").exists() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(1.0)  # the canary has answered: the first stack's program is being traced and compiled
    output = ends(process, signal.SIGTERM)
    assert "No trial has a result yet." in output
    assert store.done(tmp_path / "s") == {}


@pytest.mark.parametrize(("number", "seconds"), [(signal.SIGINT, 0.0), (signal.SIGTERM, 0.3)])
def test_while_a_report_is_written(
    tmp_path: Path, started: list[subprocess.Popen[str]], number: signal.Signals, seconds: float
) -> None:
    words = ("width=16,32", "learning_rate=1e-3,1e-2", "seed=range(10)")
    swept(study(tmp_path, *words))
    shutil.rmtree(tmp_path / "fake" / "report")
    before = store.names(tmp_path / "fake")
    command = ("task=words", "study=fake", "workers=2", f"results_dir={tmp_path}", *words)
    process = sweep(started, *command)
    until(process, "Writing the report.")
    end = time.monotonic() + 60
    while not list((tmp_path / "fake").glob(".writing-*-report")) and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(seconds)  # a small report is whole a second or two later
    output = ends(process, number)
    assert "All 40 planned trials are here: 4 settings, 10 seeds a setting." in output
    assert store.names(tmp_path / "fake") == before
    assert {path.name for path in (tmp_path / "fake").iterdir()} == {".lock", "manifest.json", "shards"}, (
        "no half report"
    )

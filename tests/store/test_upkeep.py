from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ablate import store
from ablate.core import filesystem, half_written
from ablate.store import upkeep
from tests.store.stored_trials import files, put, record


def test_a_flipped_bit_anywhere_is_seen(tmp_path: Path) -> None:
    put(tmp_path, [record(number) for number in range(40)])
    rng = np.random.default_rng(1)
    for path in (*files(tmp_path, "states"), *files(tmp_path, "curves")):
        sound = path.read_bytes()
        places = {
            0,
            3,
            len(sound) - 1,
            len(sound) - 4,
            len(sound) - 8,
            *rng.choice(len(sound), 80, replace=False).tolist(),
        }
        for place in places:
            broken = bytearray(sound)
            broken[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(broken)
            assert [damage.path for damage in store.inspect(tmp_path)] == [path]
        for length in (0, 1, 8, len(sound) // 2, len(sound) - 1):
            path.write_bytes(sound[:length])
            assert [damage.path for damage in store.inspect(tmp_path)] == [path]
        path.write_bytes(sound + b"\0")
        assert [damage.path for damage in store.inspect(tmp_path)] == [path]
        path.write_bytes(sound)
    assert store.inspect(tmp_path) == []


def test_setting_aside_twice_overwrites_nothing(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    (bad,) = files(tmp_path, "states")
    for text in (b"first", b"second"):
        bad.write_bytes(text)
        store.set_aside(tmp_path, store.inspect(tmp_path))
    kept = {path.read_bytes() for path in (tmp_path / "shards" / "damaged").iterdir()}
    assert kept == {b"first", b"second"}


def test_foreign_files_are_ignored_and_named(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    place = tmp_path / "shards"
    others = [place / name for name in ("notes.txt", "states-copy.parquet", ".DS_Store")]
    for path in others:
        path.write_text("mine")
    shutil.copy(files(tmp_path, "states")[0], place / "copy of states.parquet")
    assert store.foreign(tmp_path) == sorted([*others, place / "copy of states.parquet"])
    assert len(store.read_states(tmp_path)) == 1
    assert store.inspect(tmp_path) == []
    store.compact(tmp_path)
    assert all(path.exists() for path in others)


def test_only_leftovers_of_this_machines_ended_processes_are_removed(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    place = tmp_path / "shards"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    mine = f"{half_written.PREFIX}{half_written._host()}-{ended.pid}-"
    other = f"{half_written.PREFIX}elsewhere-{ended.pid}-states-x.parquet"
    running = f"{half_written.PREFIX}{half_written._host()}-{os.getppid()}-manifest.json"
    for path in (
        place / f"{mine}states-x.parquet",
        place / other,
        tmp_path / f"{mine}manifest.json",
        tmp_path / running,
    ):
        path.write_bytes(b"half")
    (tmp_path / f"{mine}report" / "figures").mkdir(parents=True)
    assert store.foreign(tmp_path) == []
    store.remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([running, "shards"])
    assert [path.name for path in place.glob(".*")] == [other]


def test_curves_without_states_are_left_for_an_hour_where_other_machines_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, [record(1)])
    (curves,) = files(tmp_path, "curves")
    written = int(curves.name.removeprefix("curves-").partition("-")[0])
    assert upkeep.orphans(tmp_path) == []
    files(tmp_path, "states")[0].unlink()
    assert upkeep.orphans(tmp_path) == [curves]
    monkeypatch.setattr(filesystem, "shared", lambda _: True)
    for seconds, old in ((3600, False), (3601, True)):
        monkeypatch.setattr(time, "time_ns", lambda now=written + seconds * 10**9: now)
        assert upkeep.orphans(tmp_path) == [curves] * old

"""A disk that fills, a folder that cannot be written, and files that came to harm, in whole sweeps."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ablate import store, tasks
from ablate.core.errors import StoreError
from ablate.design import designs
from ablate.store import shards
from tests import fake_engine
from tests.fake_sweep import study, swept

MANY = ("width=16,32", "learning_rate=1e-3,1e-2", "seed=range(250)")
"""1,000 trials: four flushes of together some 300 kB, and as much again for compaction."""


def mount(*words: str) -> bool:
    return subprocess.run(["/usr/bin/env", *words], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 192 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    if not mount("mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(place)):
        pytest.skip("no disk may be mounted here (that takes root's rights)")
    yield place
    mount("umount", "-l", str(place))


def digests(folder: Path) -> dict[str, str]:
    return {name: store.digest(curves) for name, curves in store.read_curves(folder / "fake").items()}


def whole(folder: Path, *overrides: str) -> dict[str, str]:
    """The digests that a study of made-up trials must end with."""
    trials = designs.trials(study(folder, *overrides), lambda params: tasks.load(params).hash)
    return {trial.id: store.digest(fake_engine.curves_of(trial)) for trial in trials}


def test_a_full_disk_is_said_and_with_room_the_sweep_goes_on(disk: Path) -> None:
    with pytest.raises(StoreError, match=r"must .*Received: No space left on device"):
        swept(study(disk, *MANY))
    kept = digests(disk)
    assert 0 < len(kept) < 1000
    assert store.inspect(disk / "fake") == []
    with pytest.raises(StoreError, match="No space left on device"):
        swept(study(disk, *MANY))
    assert digests(disk).items() >= kept.items(), "what was flushed is kept"
    assert mount("mount", "-o", "remount,size=8m", str(disk))
    summary, _ = swept(study(disk, *MANY))
    assert summary.kept == 1000
    assert summary.trained < 1000
    assert digests(disk) == whole(disk, *MANY)
    assert not list((disk / "fake" / "shards").glob(".*")), "nothing half-written is left"


def test_a_disk_that_fills_during_compaction_loses_nothing(disk: Path) -> None:
    mount("mount", "-o", "remount,size=8m", str(disk))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "compact", lambda folder: folder)
        swept(study(disk, *MANY))
    kept, names = digests(disk), store.names(disk / "fake")
    assert len(names) > 2
    used = sum(path.stat().st_blocks * 512 for path in disk.rglob("*"))
    (disk / "ballast").write_bytes(b"x" * (8 * 2**20 - used - 100_000))
    with pytest.raises(StoreError, match="No space left on device"):
        store.compact(disk / "fake")
    assert store.names(disk / "fake") == names
    assert digests(disk) == kept


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_trained(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(fake_engine.TRACES, str(tmp_path))
    assert mount("mount", "-o", "remount,ro", str(disk))
    with pytest.raises(StoreError, match=r"must be writable.*Read-only file system"):
        swept(study(disk, *MANY))
    assert list(tmp_path.iterdir()) == [disk]


def test_a_folder_that_turns_read_only_keeps_what_it_has(disk: Path) -> None:
    swept(study(disk, "width=16", "seed=range(4)"))
    before = digests(disk)
    mount("mount", "-o", "remount,ro", str(disk))
    with pytest.raises(StoreError, match="Read-only file system"):
        swept(study(disk, "width=16", "seed=range(8)"))
    assert digests(disk) == before


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x10
    path.write_bytes(content)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of 24 trials in three shards."""
    folder = tmp_path_factory.mktemp("grown")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "compact", lambda folder: folder)
        for seeds in (4, 8, 12):
            swept(study(folder, "width=16,32", f"seed=range({seeds})"))
    return folder


@pytest.mark.parametrize("kind", ["states", "curves"])
@pytest.mark.parametrize("harm", [cut, empty, flip])
def test_a_harmed_shard_is_named_set_aside_and_its_trials_alone_run_again(
    tmp_path: Path, grown: Path, monkeypatch: pytest.MonkeyPatch, kind: str, harm: Callable[[Path], None]
) -> None:
    traces = tmp_path / "traces"
    traces.mkdir()
    shutil.copytree(grown, tmp_path, dirs_exist_ok=True)
    before, table = digests(tmp_path), store.read_states(tmp_path / "fake")
    harmed = shards.listing(tmp_path / "fake")[1]
    path = harmed.states if kind == "states" else harmed.curves
    assert isinstance(path, Path)
    assert path.is_relative_to(tmp_path)
    own = set(shards.read(harmed.states, ["id"])["id"].to_pylist())
    harm(path)
    foreign = tmp_path / "fake" / "shards" / "somebody else's.parquet"
    foreign.write_bytes(b"not ours")
    monkeypatch.setenv(fake_engine.TRACES, str(traces))
    summary, said = swept(study(tmp_path, "width=16,32", "seed=range(12)"))
    assert {trace.name for trace in traces.iterdir()} == own, "those that were in the harmed shard, and no others"
    assert summary.kept == 24
    assert any(path.name in text and "trained again" in text for text in said)
    assert any(foreign.name in text for text in said)
    assert foreign.read_bytes() == b"not ours"
    assert [each.name for each in (tmp_path / "fake" / "shards" / "damaged").iterdir()] == [path.name]
    assert digests(tmp_path) == before
    assert store.read_states(tmp_path / "fake").drop(columns="attempt").equals(table.drop(columns="attempt"))

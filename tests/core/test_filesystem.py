"""Results behind an address: in fsspec's own memory, and on a real S3-compatible server on loopback."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd  # before `fake_sweep` restores the modules that were loaded
import pytest

from ablate import store
from ablate.core import filesystem
from ablate.core.errors import StoreError
from ablate.core.filesystem import Address, Place
from ablate.runner import lock, study_folder
from ablate.store import manifest, shards, upkeep
from tests import fake_sweep
from tests.store.stored_trials import put, record

OVERRIDES = ("loss=glob(*)", "seed=range(30)")


@pytest.fixture
def memory() -> Address:
    pytest.importorskip("fsspec", reason="the extra `remote` is not installed")
    found = filesystem.place(f"memory://{uuid.uuid4().hex}")
    assert isinstance(found, Address)
    return found


def test_files_are_listed_read_moved_and_deleted_alike(tmp_path: Path, memory: Address) -> None:
    for folder in (tmp_path, memory):
        assert filesystem.listed(folder / "no") == filesystem.folders(folder / "no") == []
        filesystem.write(folder / "a" / "two", b"2")
        filesystem.write(folder / "a" / "one", b"1")
        filesystem.write(folder / "a" / "b" / "three", b"3")
        assert filesystem.listed(folder / "a") == ["one", "two"]
        assert filesystem.folders(folder / "a") == ["b"]
        filesystem.write(folder / "a" / "one", b"new")
        assert filesystem.read(folder / "a" / "one") == b"new"
        filesystem.move(folder / "a" / "one", folder / "a" / "c" / "moved")
        assert filesystem.listed(folder / "a") == ["two"]
        assert filesystem.read(folder / "a" / "c" / "moved") == b"new"
        filesystem.delete(folder / "a" / "two")
        filesystem.delete(folder / "a" / "two")
        assert not filesystem.is_file(folder / "a" / "two")
        assert filesystem.is_file(folder / "a" / "c" / "moved")
        with pytest.raises(FileNotFoundError):
            filesystem.read(folder / "a" / "two")


def test_an_address_of_no_known_kind_is_refused() -> None:
    pytest.importorskip("fsspec", reason="the extra `remote` is not installed")
    with pytest.raises(
        StoreError,
        match=r"^The address nonsense://bucket/x must begin with a protocol that fsspec knows, such as s3:// or gs://. "
        r"fsspec's error: Protocol not known: nonsense.$",
    ):
        filesystem.read(filesystem.place("nonsense://bucket/x"))


def test_without_fsspec_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(
        StoreError,
        match=re.escape(
            "fsspec must be installed for an address: `pip install 'ablate-plateau[remote]'`. Received: memory://x."
        ),
    ):
        filesystem.read(filesystem.place("memory://x"))


def test_what_a_driver_raises_is_a_store_error(memory: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.memory import MemoryFileSystem

    def fail(*_: object, **__: object) -> Any:
        raise KeyError("credentials")

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", fail)
    with pytest.raises(StoreError, match=r"must take new shards.*KeyError: 'credentials'"):
        put(memory, [record(1)])


def test_a_flipped_bit_behind_an_address_is_seen_and_set_aside(memory: Address) -> None:
    put(memory, [record(1)])
    put(memory, [record(2)])
    bad = shards.listing(memory)[0].states
    content = bytearray(filesystem.read(bad))
    content[len(content) // 2] ^= 1
    filesystem.write(bad, bytes(content))
    damages = store.inspect(memory)
    assert [damage.path for damage in damages] == [bad]
    assert [path.name for path in store.set_aside(memory, damages)] == [bad.name]
    assert len(store.done(memory)) == 1
    assert filesystem.listed(memory / "shards" / upkeep.DAMAGED) == [bad.name]


def test_curves_another_machine_may_be_about_to_complete_stay(memory: Address) -> None:
    put(memory, [record(1)])
    (shard,) = shards.listing(memory)
    filesystem.delete(shard.states)
    store.compact(memory)
    assert shard.curves is not None
    assert filesystem.is_file(shard.curves), "its states may be on their way"
    old = shard.curves.with_name(shard.curves.name.replace(shard.stamp[:19], f"{1:019d}"))
    filesystem.move(shard.curves, old)
    store.compact(memory)
    assert not filesystem.is_file(old)


def test_the_lock_of_an_address_keeps_this_machines_sweeps_apart(memory: Address) -> None:
    assert (
        study_folder.lock_folder(memory)
        == study_folder.lock_folder(memory)
        != study_folder.lock_folder(memory / "other")
    )
    assert study_folder.lock_folder(Path("here")) == Path("here")
    with lock.lock(study_folder.lock_folder(memory)):
        assert study_folder.lock_folder(memory).is_dir()
    assert not study_folder.lock_folder(memory).exists()


def swept_alike(folder: Address, tmp_path: Path) -> None:
    """A sweep there leaves what the same sweep leaves here; the same again trains nothing."""
    summary, _ = fake_sweep.swept(fake_sweep.study(folder, *OVERRIDES))
    assert summary.kept == summary.trained == summary.planned
    fake_sweep.swept(fake_sweep.study(tmp_path, *OVERRIDES))
    there, here = folder / "fake", tmp_path / "fake"
    one, other = (store.read_states(each).drop(columns=["wall_seconds"]) for each in (there, here))
    pd.testing.assert_frame_equal(one, other)
    ids = one["id"].tolist()[::40]
    remote, local = store.read_curves(there, ids), store.read_curves(here, ids)
    assert sorted(remote) == sorted(local) == ids
    for name in ids:
        assert remote[name].signals["loss"].tobytes() == local[name].signals["loss"].tobytes()
    assert len(shards.listing(there)) == 1
    assert manifest.read(there).shards == tuple(store.names(there))
    again, _ = fake_sweep.swept(fake_sweep.study(folder, *OVERRIDES))
    assert (again.trained, again.kept) == (0, summary.kept)


def test_a_sweep_into_an_address(memory: Address, tmp_path: Path) -> None:
    swept_alike(memory, tmp_path)


def test_a_report_is_put_there_whole_and_old_files_go(
    memory: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ablate.report import folder

    written: list[str] = []
    write = filesystem.write

    def listening(file: Place, content: bytes) -> None:
        written.append(file.name)
        write(file, content)

    monkeypatch.setattr(filesystem, "write", listening)
    for number, name in enumerate(("old", "new")):
        made = tmp_path / name
        (made / "figures").mkdir(parents=True)
        (made / "manifest.json").write_text("{}")
        (made / "report.html").write_text(name)
        (made / "figures" / f"{name}.svg").write_text(str(number))
        folder._upload(made, memory)
    assert filesystem.read(memory / "report.html") == b"new"
    assert filesystem.listed(memory / "figures") == ["new.svg"]
    assert written == ["old.svg", "report.html", "manifest.json", "new.svg", "report.html", "manifest.json"]


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Address]:
    """A bucket of moto's S3 server, in a process of its own on loopback, reached by s3fs."""
    for package in ("s3fs", "moto", "flask"):
        pytest.importorskip(package, reason="needs s3fs and moto[server], which pin an older python-dateutil")
    port, log = "15557", (tmp_path / "moto.log").open("w")
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-p", port], stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        end = time.monotonic() + 60
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
                connection.request("PUT", "/results")
                assert connection.getresponse().status == 200
                break
            except OSError:
                assert time.monotonic() < end, (tmp_path / "moto.log").read_text()
                time.sleep(0.2)
        found = filesystem.place("s3://results/study")
        assert isinstance(found, Address)
        yield found
    finally:
        server.kill()
        server.wait()
        log.close()


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_sweep_into_s3(bucket: Address, tmp_path: Path) -> None:
    swept_alike(bucket, tmp_path)
    with pytest.raises(StoreError, match="must take new shards"):
        put(filesystem.place("s3://no-such-bucket/study"), [record(1)])

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pyarrow.parquet as pq
import pytest

from ablate import store
from ablate.core.errors import StoreError
from ablate.store import records, shards
from tests.store.stored_trials import curves, files, put, record


def test_a_later_semantics_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SEMANTICS", 7)
    put(tmp_path, [record(1)])
    monkeypatch.undo()
    for read in (store.done, store.read_states, store.read_curves):
        with pytest.raises(StoreError, match=r"SEMANTICS 2 or less\. .*SEMANTICS 7 in .*states-"):
            read(tmp_path)


def test_an_older_semantics_is_read_and_nothing_is_added_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (shards, records):
        monkeypatch.setattr(module, "SEMANTICS", 1)
    put(tmp_path, [record(1)])
    monkeypatch.undo()
    assert store.read_states(tmp_path)["semantics"].tolist() == [1]
    assert len(store.read_curves(tmp_path)) == 1
    for asked_before_training in (store.done, store.outcomes, store.attempts):
        with pytest.raises(StoreError, match=r"SEMANTICS of those in .*: 1\. This version trains by 2\."):
            asked_before_training(tmp_path)


def test_a_stranger_with_our_name_and_checksum_is_damaged(tmp_path: Path) -> None:
    content = b"no parquet at all"
    path = tmp_path / "shards" / f"states-{shards.new_stamp()}-{shards.checksum(content)}.parquet"
    path.parent.mkdir()
    path.write_bytes(content)
    assert [damage.path for damage in store.inspect(tmp_path)] == [path]
    with pytest.warns(UserWarning, match="not a shard"):
        assert len(store.read_states(tmp_path)) == 0


def test_a_full_disk_or_a_locked_folder_is_said_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, [record(1)])
    before = store.names(tmp_path)

    monkeypatch.setattr("os.fsync", mock.Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(StoreError, match=r"No space left on device.*kept"):
        put(tmp_path, [record(2)])
    monkeypatch.undo()
    assert store.names(tmp_path) == before
    assert sorted(path.name for path in (tmp_path / "shards").iterdir()) == before
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="must take new shards"):
        put(blocked, [record(3)])


def test_shards_are_plain_parquet(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    table = pq.read_table(files(tmp_path, "curves")[0])
    assert table.column("signal.loss").to_pylist() == [curves(1).signals["loss"].tolist()]

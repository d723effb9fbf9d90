from __future__ import annotations

from pathlib import Path

import pytest

from ablate import store
from ablate.store import shards
from tests.store.stored_trials import files, put, record


def test_an_empty_store_has_the_same_columns(tmp_path: Path) -> None:
    empty = store.read_states(tmp_path)
    put(tmp_path, [record(1)])
    assert len(empty) == 0
    assert list(empty.columns) == list(store.read_states(tmp_path).columns)
    assert store.done(tmp_path / "nowhere") == {}
    assert store.read_curves(tmp_path / "nowhere") == {}


def test_damaged_states_are_named_left_out_and_set_aside(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    put(tmp_path, [record(2)])
    bad = files(tmp_path, "states")[0]
    bad.write_bytes(bad.read_bytes()[:-20])
    with pytest.warns(UserWarning, match=bad.name):
        assert store.read_states(tmp_path)["seed"].tolist() == [2]
    with pytest.warns(UserWarning, match="checksum"):
        assert list(store.done(tmp_path)) == [f"{2:016x}"]
    assert bad.exists()
    (moved,) = store.set_aside(tmp_path, store.inspect(tmp_path))
    assert moved == tmp_path / "shards" / "damaged" / bad.name
    assert list(store.done(tmp_path)) == [f"{2:016x}"]
    assert store.inspect(tmp_path) == []


def test_trials_with_damaged_curves_are_in_tables_but_not_done(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    put(tmp_path, [record(2)])
    bad = files(tmp_path, "curves")[0]
    bad.write_bytes(b"")
    with pytest.warns(UserWarning, match="empty"):
        assert list(store.read_curves(tmp_path)) == [f"{2:016x}"]
    store.set_aside(tmp_path, store.inspect(tmp_path))
    assert list(store.done(tmp_path)) == [f"{2:016x}"]
    assert len(store.read_states(tmp_path)) == 2
    put(tmp_path, [record(1)])
    assert store.compact(tmp_path) == 2
    assert len(store.done(tmp_path)) == len(store.read_states(tmp_path)) == len(store.read_curves(tmp_path)) == 2


def test_curves_whose_states_never_came_do_not_count(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    put(tmp_path, [record(2)])
    files(tmp_path, "states")[1].unlink()
    assert list(store.done(tmp_path)) == list(store.read_curves(tmp_path)) == [f"{1:016x}"]
    store.compact(tmp_path)
    assert len(files(tmp_path, "curves")) == 1


def test_states_of_other_curves_are_damaged(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    put(tmp_path, [record(2)])
    first, second = shards.listing(tmp_path)
    assert first.curves is not None
    assert second.curves is not None
    first.curves.unlink()
    second.curves.rename(second.curves.with_name(second.curves.name.replace(second.stamp, first.stamp)))
    with pytest.warns(UserWarning, match="other trials"):
        assert store.read_curves(tmp_path) == {}


def test_tables_never_open_curves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, [record(1)])
    opened: list[str] = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path.name) or read(path))  # type: ignore[func-returns-value]
    store.read_states(tmp_path)
    store.done(tmp_path)
    assert len(opened) == 2
    assert all(name.startswith("states-") for name in opened)


def test_reading_survives_a_compaction_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        put(tmp_path, [record(number)])
    listing, calls = shards.listing, []

    def stale(folder: Path) -> list[shards.Shard]:
        found = listing(folder)
        if not calls:
            calls.append(1)
            monkeypatch.setattr(shards, "listing", listing)
            store.compact(folder)
        return found

    monkeypatch.setattr(shards, "listing", stale)
    assert len(store.read_states(tmp_path)) == 3
    assert calls

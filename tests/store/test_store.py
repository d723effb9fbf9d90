from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ablate import store
from ablate.core import filesystem as files_of
from ablate.core.errors import ConflictError, StoreError
from ablate.core.filesystem import Place
from ablate.core.study import Budget, Level, Setting, Trial, canonical
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import Outcome
from ablate.store import curve_rows, shards
from ablate.store.curve_rows import curves_table, digests


def trial(number: int, width: int = 16) -> Trial:
    setting = Setting(
        (("width", Level(name=str(width), params=width)), ("loss", Level(name="a", params={"kind": "a"})))
    )
    return Trial(id=f"{number:016x}", setting=setting, seed=number, task_hash="task", budget=Budget(steps=10, looks=2))


def curves(number: int, **changes: object) -> Curves:
    rng = np.random.default_rng(number)
    signals = {"step": np.array([0, 5, 10], np.float32), "loss": rng.normal(size=3).astype(np.float32)}
    fields: dict[str, object] = {"signals": signals, "wall_seconds": 0.5, "signature": {"slots": 8}} | changes
    return Curves(id=f"{number:016x}", **fields)  # type: ignore[arg-type]


def outcome(state: str = "escaped", time: int | None = 5, attempt: int = 1) -> Outcome:
    failed = state == "failed"
    best, final = (math.nan, math.nan) if failed else (0.9, 0.8)
    return Outcome(state=state, time=time, best_accuracy=best, final_accuracy=final, attempt=attempt)


def record(number: int, state: str = "escaped", attempt: int = 1, rule: str = "r", **changes: object) -> store.Record:
    own = {"message": "it broke", "signals": {}} if state == "failed" else {}
    seen = curves(number, **(own | changes))
    time = 5 if state == "escaped" else None
    return store.Record(trial=trial(number), outcome=outcome(state, time, attempt), curves=seen, rule=rule)


def put(folder: Place, records: Iterable[store.Record]) -> None:
    with store.writer(folder, "s") as out:
        for each in records:
            out.add(each)


def files(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / "shards").glob(f"{kind}-*.parquet"))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    put(tmp_path, [record(3), record(1, "failed"), record(2, "stuck")])
    frame = store.read_states(tmp_path)
    assert frame["id"].tolist() == [f"{number:016x}" for number in (1, 2, 3)]
    assert frame["state"].tolist() == ["failed", "stuck", "escaped"]
    assert frame["time"].isna().tolist() == [True, True, False]
    assert frame["time"][2] == 5
    assert frame["factors"].unique().tolist() == [canonical({"loss": {"kind": "a"}, "width": 16})]
    row = frame.iloc[0]
    assert (row["seed"], row["task_hash"], row["steps"], row["looks"], row["engine"]) == (1, "task", 10, 2, "fused")
    assert (row["semantics"], row["study"], row["signature"], row["message"]) == (1, "s", '{"slots":8}', "it broke")
    assert (row["bad_step"], row["bad_tensor"], row["wall_seconds"], row["attempt"]) == (-1, "", 0.5, 1)
    assert math.isnan(row["best_accuracy"])
    assert not frame["after_escape"].any()
    assert store.done(tmp_path) == dict(zip(frame["id"], frame["state"], strict=True))


def test_an_empty_store_has_the_same_columns(tmp_path: Path) -> None:
    empty = store.read_states(tmp_path)
    put(tmp_path, [record(1)])
    assert len(empty) == 0
    assert list(empty.columns) == list(store.read_states(tmp_path).columns)
    assert store.done(tmp_path / "nowhere") == {}
    assert store.read_curves(tmp_path / "nowhere") == {}


def test_curves_keep_every_bit(tmp_path: Path) -> None:
    odd = np.array([0x7FC00001, 0xFFC00000, 0x7F800000, 0x80000000, 1], np.uint32).view(np.float32)
    both = [
        curves(1, signals={"loss": odd, "start_loss": odd[:2]}, bad_step=4, bad_tensor="weight kernel"),
        curves(2, signals={"loss": odd[::-1].copy(), "new": odd[:0]}),
        curves(3, signals={}, message="it broke", signature={"deep": [1, None]}),
    ]
    put(tmp_path, [store.Record(trial=trial(n), outcome=outcome(), curves=each) for n, each in enumerate(both, 1)])
    found = store.read_curves(tmp_path)
    assert sorted(found) == [each.id for each in both]
    for each in both:
        own = found[each.id]
        assert {name: values.tobytes() for name, values in own.signals.items()} == {
            name: values.tobytes() for name, values in each.signals.items()
        }
        assert all(values.dtype == np.float32 for values in own.signals.values())
        assert (own.bad_step, own.bad_tensor, own.message) == (each.bad_step, each.bad_tensor, each.message)
        assert (own.wall_seconds, own.signature) == (each.wall_seconds, each.signature)
    assert list(store.read_curves(tmp_path, [both[1].id, "unknown"])) == [both[1].id]


def test_a_new_signal_is_absent_in_old_curves_after_compaction(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    put(tmp_path, [record(2, signals={"loss": np.ones(2, np.float32), "novel": np.zeros(3, np.float32)})])
    assert store.compact(tmp_path) == 1
    found = store.read_curves(tmp_path)
    assert sorted(found[f"{1:016x}"].signals) == ["loss", "step"]
    assert sorted(found[f"{2:016x}"].signals) == ["loss", "novel"]


def test_flushed_by_number_and_by_time(tmp_path: Path) -> None:
    with store.writer(tmp_path, "s", trials=3, seconds=1000.0) as out:
        for number in range(7):
            out.add(record(number))
        assert len(store.done(tmp_path)) == 6
        out.tick()
        assert len(store.done(tmp_path)) == 6
        out.seconds = 0.0
        out.tick()
        assert len(store.done(tmp_path)) == 7
        out.tick()
    assert len(files(tmp_path, "states")) == len(files(tmp_path, "curves")) == 3


def test_what_waits_is_flushed_when_an_error_ends_the_writer(tmp_path: Path) -> None:
    def cut_off() -> None:
        with store.writer(tmp_path, "s") as out:
            out.add(record(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert len(store.done(tmp_path)) == 1


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


def test_digests_of_rows_are_those_of_their_curves() -> None:
    seen = [
        curves(1),
        curves(2, signals={}),
        curves(3, signals={"loss": np.array([np.nan, -0.0], np.float32), "step": np.zeros(0, np.float32)}),
        curves(4, bad_step=3, bad_tensor="weight dense_1/kernel"),
        *(curves(number) for number in range(5, 9)),
    ]
    for own in (seen, seen[1:2], [seen[0], seen[2]] * 3, []):
        assert digests(curves_table(own)) == [store.digest(each) for each in own]
    twice = pa.concat_tables([curves_table(seen), curves_table(seen[::-1])], promote_options="default")
    assert digests(twice) == [store.digest(each) for each in (*seen, *seen[::-1])]


def test_many_rows_of_two_lengths_have_their_own_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve_rows, "AT_ONCE", 3)
    signals = [{"loss": np.full(2 + number % 2, number, np.float32)} for number in range(20)]
    seen = [curves(number, signals=own) for number, own in enumerate(signals)]
    assert digests(curves_table(seen)) == [store.digest(each) for each in seen]


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
    mine = f"{files_of.TEMPORARY}{files_of.host()}-{ended.pid}-"
    other = f"{files_of.TEMPORARY}elsewhere-{ended.pid}-states-x.parquet"
    running = f"{files_of.TEMPORARY}{files_of.host()}-{os.getppid()}-manifest.json"
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


def test_equal_results_are_read_once(tmp_path: Path) -> None:
    put(tmp_path, [record(1), record(2)])
    put(tmp_path, [record(2, wall_seconds=9.0, signature={"slots": 8, "machine": "another"}), record(3)])
    assert len(store.read_states(tmp_path)) == len(store.done(tmp_path)) == len(store.read_curves(tmp_path)) == 3
    assert store.compact(tmp_path) == 1
    assert len(store.read_states(tmp_path)) == 3


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"signals": {"loss": np.nextafter(np.ones(3, np.float32), np.float32(2))}}, "bits"),
        ({"bad_step": 3}, "bits"),
        ({"bad_tensor": "loss"}, "bits"),
        ({"state": "collapsed"}, "states collapsed and escaped"),
    ],
)
def test_different_results_are_a_conflict_that_is_shown(tmp_path: Path, change: dict[str, object], what: str) -> None:
    same = {"signals": {"loss": np.ones(3, np.float32)}}
    put(tmp_path, [store.Record(trial=trial(1), outcome=outcome(), curves=curves(1, **same), rule="r")])
    state = str(change.pop("state", "escaped"))
    changed = curves(1, **(same | change))
    put(tmp_path, [store.Record(trial=trial(1), outcome=outcome(state), curves=changed, rule="r")])
    for read in (store.done, store.read_states, store.read_curves, store.compact):
        with pytest.raises(ConflictError, match=rf"{1:016x}.*{what}"):
            read(tmp_path)
    assert len(files(tmp_path, "states")) == len(files(tmp_path, "curves")) == 2


def test_a_result_beats_failures_and_attempts_are_counted(tmp_path: Path) -> None:
    put(tmp_path, [record(1, "failed"), record(2, "failed")])
    put(tmp_path, [record(1, "failed", attempt=2), record(2, "escaped", attempt=2)])
    assert store.attempts(tmp_path) == {f"{1:016x}": 2}
    assert store.done(tmp_path) == {f"{1:016x}": "failed", f"{2:016x}": "escaped"}
    store.compact(tmp_path)
    frame = store.read_states(tmp_path)
    assert frame["attempt"].tolist() == [2, 2]
    assert store.read_curves(tmp_path)[f"{2:016x}"].signals.keys() == {"step", "loss"}


def test_compaction_keeps_every_row_and_bit(tmp_path: Path) -> None:
    for first in range(0, 20, 4):
        put(tmp_path, [record(number, "stuck" if number % 3 else "escaped") for number in range(first, first + 4)])
    frame, seen = store.read_states(tmp_path), store.read_curves(tmp_path)
    assert store.compact(tmp_path, trials=8) == 3
    assert store.compact(tmp_path) == 1
    assert store.read_states(tmp_path).equals(frame)
    assert {name: store.digest(each) for name, each in store.read_curves(tmp_path).items()} == {
        name: store.digest(each) for name, each in seen.items()
    }
    before = store.names(tmp_path)
    store.compact(tmp_path)
    assert store.names(tmp_path) == before


@pytest.mark.parametrize("cut", range(1, 8))
def test_compaction_cut_off_anywhere_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    for number in range(3):
        put(tmp_path, [record(number)])
    frame = store.read_states(tmp_path)
    steps = iter(range(1, 100))

    def counted(method: str) -> None:
        own = getattr(Path, method)

        def call(self: Path, *args: object, **options: object) -> object:
            if self.name.endswith(".parquet") and not self.name.startswith("._") and next(steps) == cut:
                raise KeyboardInterrupt
            return own(self, *args, **options)

        monkeypatch.setattr(Path, method, call)

    for method in ("rename", "unlink"):
        counted(method)
    with pytest.raises(KeyboardInterrupt):
        store.compact(tmp_path)
    monkeypatch.undo()
    assert store.read_states(tmp_path).equals(frame)
    assert sorted(store.done(tmp_path)) == sorted(store.read_curves(tmp_path)) == frame["id"].tolist()
    store.remove_leftovers(tmp_path)
    assert store.compact(tmp_path) == 1
    assert store.read_states(tmp_path).equals(frame)


def test_another_semantics_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SEMANTICS", 7)
    put(tmp_path, [record(1)])
    monkeypatch.undo()
    for read in (store.done, store.read_states, store.read_curves):
        with pytest.raises(StoreError, match=r"SEMANTICS 1, .*SEMANTICS 7 in .*states-"):
            read(tmp_path)


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


def test_rereading_derives_outcomes_anew_from_curves(tmp_path: Path) -> None:
    put(tmp_path, [record(1, rule="old"), record(2, "stuck", rule="new")])
    put(tmp_path, [record(3, "failed", rule="old")])
    asked: list[tuple[str, str]] = []

    def read(task: str, seen: Curves) -> Outcome:
        asked.append((task, seen.id))
        return outcome("slow", None)

    assert store.reread(tmp_path, {"task": "new"}, read) == 2
    assert asked == [("task", f"{1:016x}"), ("task", f"{3:016x}")]
    frame = store.read_states(tmp_path)
    assert frame["state"].tolist() == ["slow", "stuck", "slow"]
    assert frame["rule"].unique().tolist() == ["new"]
    assert store.reread(tmp_path, {"task": "new"}, read) == 0
    assert store.reread(tmp_path, {"another task": "newest"}, read) == 0
    assert len(store.read_curves(tmp_path)) == 3


def test_a_newer_rule_wins_over_an_older_one_with_the_same_bits(tmp_path: Path) -> None:
    put(tmp_path, [record(1, "escaped", rule="old")])
    put(tmp_path, [record(1, "stuck", rule="new")])
    assert store.read_states(tmp_path)["state"].tolist() == ["stuck"]


def test_tables_never_open_curves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, [record(1)])
    opened: list[str] = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path.name) or read(path))  # type: ignore[func-returns-value]
    store.read_states(tmp_path)
    store.done(tmp_path)
    assert len(opened) == 2
    assert all(name.startswith("states-") for name in opened)


def test_shards_are_plain_parquet(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    table = pq.read_table(files(tmp_path, "curves")[0])
    assert table.column("signal.loss").to_pylist() == [curves(1).signals["loss"].tolist()]


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

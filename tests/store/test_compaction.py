from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ablate import store
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import Outcome
from tests.store.stored_trials import outcome, put, record


def test_a_new_signal_is_absent_in_old_curves_after_compaction(tmp_path: Path) -> None:
    put(tmp_path, [record(1)])
    put(tmp_path, [record(2, signals={"loss": np.ones(2, np.float32), "novel": np.zeros(3, np.float32)})])
    assert store.compact(tmp_path) == 1
    found = store.read_curves(tmp_path)
    assert sorted(found[f"{1:016x}"].signals) == ["loss", "step"]
    assert sorted(found[f"{2:016x}"].signals) == ["loss", "novel"]


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

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ablate import store
from ablate.core.errors import ConflictError
from tests.store.stored_trials import curves, files, outcome, put, record, trial


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


def test_a_newer_rule_wins_over_an_older_one_with_the_same_bits(tmp_path: Path) -> None:
    put(tmp_path, [record(1, "escaped", rule="old")])
    put(tmp_path, [record(1, "stuck", rule="new")])
    assert store.read_states(tmp_path)["state"].tolist() == ["stuck"]

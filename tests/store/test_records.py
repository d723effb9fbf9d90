from __future__ import annotations

import math
from pathlib import Path

from ablate import store
from ablate.core.study import canonical
from tests.store.stored_trials import put, record


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
    assert (row["semantics"], row["study"], row["signature"], row["message"]) == (2, "s", '{"slots":8}', "it broke")
    assert (row["bad_step"], row["bad_tensor"], row["wall_seconds"], row["attempt"]) == (-1, "", 0.5, 1)
    assert math.isnan(row["best_accuracy"])
    assert not frame["after_escape"].any()
    assert store.done(tmp_path) == dict(zip(frame["id"], frame["state"], strict=True))

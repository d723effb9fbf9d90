"""Trials, curves and records for tests of the store."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ablate import store
from ablate.core.filesystem import Place
from ablate.core.study import Budget, Level, Setting, Trial
from ablate.outcomes.curves import Curves
from ablate.outcomes.states import Outcome


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

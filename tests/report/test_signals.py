"""Curves become arrays with a row a trial."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ablate.report import signals
from ablate.store import shards

NAN = np.nan


def column(*rows: list[float] | None, chunks: int = 1) -> Any:
    parts = np.array_split(np.arange(len(rows)), chunks)
    return pa.chunked_array([pa.array([rows[at] for at in part], pa.list_(pa.float32())) for part in parts])


def test_a_column_of_lists_is_a_matrix() -> None:
    made = signals._matrix(column([1.0, 2.0, 3.0], None, [4.0, 5.0], [6.0, 7.0, 8.0], chunks=2), 3)
    assert made.dtype == np.float32
    assert np.array_equal(made, [[1, 2, 3], [NAN] * 3, [NAN] * 3, [6, 7, 8]], equal_nan=True)
    assert signals._matrix(pa.chunked_array([], pa.list_(pa.float32())), 3).shape == (0, 3)


def test_the_mean_over_the_layers_that_a_trial_has() -> None:
    first, second = np.array([[0.2, 0.4, NAN], [0.6, NAN, 0.5]]), np.array([[0.4, NAN, NAN], [NAN, NAN, 0.7]])
    mean = signals._mean([first, second])
    assert np.allclose(mean, [[0.3, 0.4, NAN], [0.6, NAN, 0.6]], equal_nan=True)


def test_the_columns_of_a_signal() -> None:
    assert signals._columns("loss") == ["signal.loss"]
    dead = signals._columns(signals.DEAD)
    assert (dead[0], dead[-1], len(dead)) == ("signal.dead_share_1", "signal.dead_share_64", 64)


def results(*tables: Any, complete: bool = True) -> Any:
    trials = pd.DataFrame({"id": ["a", "b", "c"]}, index=[7, 8, 9])
    study = SimpleNamespace(budget=SimpleNamespace(looks=1))
    return SimpleNamespace(study=study, trials=trials, complete=complete, tables=tables)


def test_shards_without_curves_and_damaged_ones_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(curves: str, columns: list[str]) -> str:
        assert columns == ["id"]
        if curves == "bad":
            raise shards.DamagedShardError(Path("bad"), "damaged")
        return curves

    listing = [SimpleNamespace(curves=curves) for curves in ("first", None, "bad", "last")]
    monkeypatch.setattr(signals.reading, "settled", lambda _, again: again())
    monkeypatch.setattr(signals.shards, "listing", lambda _: listing)
    monkeypatch.setattr(signals.shards, "read", read)
    own: Any = SimpleNamespace(folder="f")
    assert list(READ(own, ["id"])) == ["first", "last"]


READ = signals._tables


@pytest.fixture(autouse=True)
def tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_tables", lambda own, columns: iter(own.tables) if columns[0] == "id" else None)


def table(ids: list[str], **columns: Any) -> Any:
    return pa.table({"id": ids, **{f"signal.{name}": values for name, values in columns.items()}})


def test_trials_stand_in_the_order_of_the_results_whatever_the_shards() -> None:
    own = results(
        table(["c", "stranger"], loss=column([5.0, 6.0], [9.0, 9.0]), dead_share_1=column([0.2, 0.2], [1.0, 1.0])),
        table(["a"], loss=column([1.0, 2.0])),
        table(["other"], loss=column([9.0, 9.0])),
    )
    made = signals.arrays(own, ["loss", signals.DEAD])
    assert made["loss"].dtype == np.float32
    assert np.array_equal(made["loss"], [[1, 2], [NAN, NAN], [5, 6]], equal_nan=True)
    assert np.allclose(made[signals.DEAD], [[NAN, NAN], [NAN, NAN], [0.2, 0.2]], equal_nan=True)


def test_without_curves_or_names_nothing_is_read() -> None:
    own = results(table(["a"], loss=column([1.0, 2.0])), complete=False)
    assert np.isnan(signals.arrays(own, ["loss"])["loss"]).all()
    assert signals.arrays(own, ["loss"])["loss"].shape == (3, 2)
    assert signals.arrays(results(), []) == {}

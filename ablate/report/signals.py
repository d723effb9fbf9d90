"""Read curves as arrays, a row a trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ablate.outcomes.curves import PROBE_LOSS
from ablate.results.study_results import Results
from ablate.store import reading, shards

LAYERS = 64
"""The most hidden layers whose signals are read."""

DEAD = "dead_share"
"""The mean of `dead_share_1`, `dead_share_2`, ... over the hidden layers."""

SIGNALS = ("accuracy", PROBE_LOSS, "logit_mean", "logit_gap", "zero_gradient_share", DEAD)
"""The signals that figures of training curves show."""


def arrays(results: Results, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Read signals of all trials, one shard at a time, so that memory holds little more than the result.

    Args:
        results: the study.
        names: signals, or DEAD.

    Returns:
        Per signal float32 [trials, evaluations], in the order of `results.trials`; NaN where a trial has none.
    """
    evaluations = results.study.budget.looks + 1
    values = {name: np.full((len(results.trials), evaluations), np.nan, dtype=np.float32) for name in names}
    if not results.complete or not names:
        return values
    row_of = pd.Series(np.arange(len(results.trials)), index=results.trials["id"].to_numpy())
    for table in _tables(results, ["id", *(column for name in names for column in _columns(name))]):
        at = row_of.reindex(table.column("id").to_pylist()).to_numpy()
        known = np.isfinite(at)
        rows = at[known].astype(int)
        for name in names:
            layers = [column for column in _columns(name) if column in table.column_names]
            if layers and len(rows):
                values[name][rows] = _mean([_matrix(table.column(layer), evaluations)[known] for layer in layers])
    return values


def _mean(layers: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean over the layers that a trial has; NaN where it has none."""
    stack = np.stack(layers)
    present = np.isfinite(stack)
    count = present.sum(axis=0)
    return np.where(count > 0, np.where(present, stack, 0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _columns(name: str) -> list[str]:
    """Return the columns of a shard in which a signal may stand."""
    if name == DEAD:
        return [f"signal.dead_share_{layer}" for layer in range(1, LAYERS + 1)]
    return [f"signal.{name}"]


def _tables(results: Results, columns: Sequence[str]) -> Iterator[Any]:
    for shard in reading.settled(results.folder, lambda: shards.listing(results.folder)):
        if shard.curves is not None:
            try:
                yield shards.read(shard.curves, columns)
            except shards.DamagedShardError:
                continue


def _matrix(column: Any, evaluations: int) -> np.ndarray:
    """Return a list column as [rows, evaluations]; NaN for rows that are absent or of another length."""
    parts = []
    for chunk in column.chunks:
        offsets = chunk.offsets.to_numpy()
        values = chunk.values.to_numpy(zero_copy_only=False)
        whole = (np.diff(offsets) == evaluations) & chunk.is_valid().to_numpy(zero_copy_only=False)
        block = np.full((len(chunk), evaluations), np.nan, dtype=np.float32)
        block[whole] = values[offsets[:-1][whole][:, None] + np.arange(evaluations)]
        parts.append(block)
    return np.concatenate(parts) if parts else np.zeros((0, evaluations), np.float32)

"""Curves as arrays, a row a trial: what fans and the page's small plots are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ablate.results.study_results import Results

LAYERS = 64
"""Hidden layers that are looked for."""

DEAD = "dead_share"
"""The mean over hidden layers of the share of dead units; computed here from `dead_share_1`, `dead_share_2`, ..."""


def arrays(results: Results, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Per signal float32 [trials, looks + 1], in the order of `results.trials`; NaN where a trial has none.

    Shards are read one at a time and only the columns asked for, so memory is set by the result.
    """
    looks = results.study.budget.looks + 1
    found = {name: np.full((len(results.trials), looks), np.nan, dtype=np.float32) for name in names}
    if not results.complete:
        return found
    place = pd.Series(np.arange(len(results.trials)), index=results.trials["id"].to_numpy())
    for table in _tables(results, ["id", *(column for name in names for column in _stored(name))]):
        at = place.reindex(table.column("id").to_pylist()).to_numpy()
        here = np.isfinite(at)
        rows = at[here].astype(int)
        for name in names:
            layers = [column for column in _stored(name) if column in table.column_names]
            if layers and len(rows):
                found[name][rows] = _mean([_matrix(table.column(layer), looks)[here] for layer in layers])
    return found


def _mean(layers: Sequence[np.ndarray]) -> np.ndarray:
    """The mean over the layers a trial has; NaN where it has none."""
    stack = np.stack(layers)
    there = np.isfinite(stack)
    count = there.sum(axis=0)
    return np.where(count > 0, np.where(there, stack, 0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _stored(name: str) -> list[str]:
    """The columns a signal may stand in."""
    if name == DEAD:
        return [f"signal.dead_share_{layer}" for layer in range(1, LAYERS + 1)]
    return [f"signal.{name}"]


def _tables(results: Results, columns: Sequence[str]) -> Iterator[Any]:
    from ablate.store import reading, shards

    for shard in reading.settled(results.folder, lambda: shards.listing(results.folder)):
        if shard.curves is not None:
            try:
                yield shards.read(shard.curves, columns)
            except shards.DamagedShardError:
                continue


def _matrix(column: Any, looks: int) -> np.ndarray:
    """A list column as [rows, looks]; NaN for rows that are absent or of another length."""
    parts = []
    for chunk in column.chunks:
        offsets = chunk.offsets.to_numpy()
        values = chunk.values.to_numpy(zero_copy_only=False)
        whole = (np.diff(offsets) == looks) & chunk.is_valid().to_numpy(zero_copy_only=False)
        block = np.full((len(chunk), looks), np.nan, dtype=np.float32)
        block[whole] = values[offsets[:-1][whole][:, None] + np.arange(looks)]
        parts.append(block)
    return np.concatenate(parts) if parts else np.zeros((0, looks), np.float32)

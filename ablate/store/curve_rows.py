"""Turn curves into rows of a table and back, and give each result a digest of its bits."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from ablate.core import json_values
from ablate.core.study import canonical
from ablate.outcomes.curves import Curves

CURVES_COLUMNS = ("id", "bad_step", "bad_tensor", "message", "wall_seconds", "signature")

AT_ONCE = 4096
"""Rows whose bytes are put side by side at once: some 10 MB."""

PREFIX = "signal."
"""A signal's column is its name after this prefix, which keeps it apart from the columns above."""


def digest(curves: Curves) -> str:
    """Return 16 hex digits that name a result to the bit: a hash of the signals' bytes and the first bad tensor.

    Time and signature are left out: another machine may compute the same bits.
    """
    parts: list[bytes | memoryview] = []
    for name in sorted(curves.signals):
        values = np.ascontiguousarray(curves.signals[name], dtype="<f4")
        parts += (_heading(name, values.size), values.tobytes())
    return _hashed(parts, curves.bad_step, curves.bad_tensor)


def digests(table: Any) -> list[str]:
    """Return the `digest` of each row of a table of curves, without building the curves."""
    signals = sorted(name for name in table.column_names if name.startswith(PREFIX))
    lists = [table.column(name).combine_chunks() for name in signals]
    offsets = np.array([column.offsets.to_numpy() for column in lists]).reshape(len(lists), table.num_rows + 1)
    absent = [column.is_null().to_numpy(zero_copy_only=False) for column in lists]
    sizes = np.where(np.array(absent, dtype=bool).reshape(len(lists), table.num_rows), -1, np.diff(offsets))
    values = [np.asarray(column.values.to_numpy(zero_copy_only=False), dtype="<f4") for column in lists]
    endings = list(zip(table.column("bad_step").to_pylist(), table.column("bad_tensor").to_pylist(), strict=True))
    result = [""] * len(endings)
    for rows, row_sizes in _rows_of_equal_sizes(sizes):
        parts = [np.zeros((len(rows), 0), np.uint8)]
        for name, size, numbers, starts in zip(signals, row_sizes, values, offsets, strict=True):
            if size >= 0:
                heading = np.frombuffer(_heading(name.removeprefix(PREFIX), int(size)), np.uint8)
                indices = starts[rows][:, None] + np.arange(size)
                parts += [np.tile(heading, (len(rows), 1)), numbers[indices].view(np.uint8)]
        for row, content in zip(rows, np.concatenate(parts, axis=1), strict=True):
            result[row] = _hashed([content.data], *endings[row])
    return result


def _rows_of_equal_sizes(sizes: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield rows whose signals have the same sizes, at most `AT_ONCE` together, and these sizes (-1: absent).

    Args:
        sizes: int [signals, rows].
    """
    rows_by_sizes: dict[bytes, list[int]] = {}
    for row, row_sizes in enumerate(np.ascontiguousarray(sizes.T)):
        rows_by_sizes.setdefault(row_sizes.tobytes(), []).append(row)
    for rows in rows_by_sizes.values():
        for first in range(0, len(rows), AT_ONCE):
            yield np.array(rows[first : first + AT_ONCE]), sizes[:, rows[0]]


@cache
def _heading(signal: str, size: int) -> bytes:
    return f"{signal}\0".encode() + struct.pack("<q", size)


def _hashed(signals: list[bytes | memoryview], bad_step: int, bad_tensor: str) -> str:
    ending = struct.pack("<q", bad_step) + bad_tensor.encode()
    return hashlib.sha256(b"".join([*signals, ending])).hexdigest()[:16]


def signatures(curves: Sequence[Curves]) -> list[str]:
    """Return each signature as canonical JSON; a stack's trials share one object, which is turned into text once."""
    texts: dict[int, str] = {}
    for trial in curves:
        if id(trial.signature) not in texts:
            texts[id(trial.signature)] = canonical(dict(trial.signature))
    return [texts[id(trial.signature)] for trial in curves]


def curves_table(curves: Sequence[Curves]) -> Any:
    """Return curves as a pyarrow table: one row a trial, one column a signal, list<float32>, null where absent."""
    import pyarrow as pa

    word = pa.dictionary(pa.int32(), pa.string())
    columns: dict[str, Any] = {
        "id": pa.array([trial.id for trial in curves], pa.string()),
        "bad_step": pa.array([trial.bad_step for trial in curves], pa.int32()),
        "bad_tensor": pa.array([trial.bad_tensor for trial in curves], word),
        "message": pa.array([trial.message for trial in curves], word),
        "wall_seconds": pa.array([trial.wall_seconds for trial in curves], pa.float64()),
        "signature": pa.array(signatures(curves), word),
    }
    for name in sorted({name for trial in curves for name in trial.signals}):
        columns[f"{PREFIX}{name}"] = _signal_column([trial.signals.get(name) for trial in curves])
    return pa.table(columns)


def _signal_column(signals: Sequence[np.ndarray | None]) -> Any:
    import pyarrow as pa

    nothing = np.zeros(0, np.float32)
    flat = [nothing if values is None else np.asarray(values, dtype=np.float32).ravel() for values in signals]
    offsets = np.cumsum([0, *map(len, flat)]).astype(np.int32)
    absent = np.array([values is None for values in signals], dtype=bool)
    numbers = np.concatenate(flat) if flat else nothing
    mask = pa.array(absent) if absent.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(numbers), mask=mask)


def curves_of(table: Any) -> list[Curves]:
    """Return the curves of a table that `curves_table` made."""
    plain = {name: table.column(name).to_pylist() for name in CURVES_COLUMNS}
    signals: list[dict[str, np.ndarray]] = [{} for _ in range(table.num_rows)]
    for column in table.column_names:
        if column.startswith(PREFIX):
            _fill(signals, column.removeprefix(PREFIX), table.column(column))
    parsed: Mapping[str, Any] = {text: json_values.mapping(text) for text in set(plain["signature"])}
    return [
        Curves(
            id=plain["id"][row],
            signals=signals[row],
            bad_step=plain["bad_step"][row],
            bad_tensor=plain["bad_tensor"][row],
            message=plain["message"][row],
            wall_seconds=plain["wall_seconds"][row],
            signature=parsed[plain["signature"][row]],
        )
        for row in range(table.num_rows)
    ]


def _fill(signals: list[dict[str, np.ndarray]], name: str, column: Any) -> None:
    """Put a signal's column into the rows that have the signal."""
    row = 0
    for chunk in column.chunks:
        offsets = chunk.offsets.to_numpy()
        values = chunk.values.to_numpy(zero_copy_only=False)
        for valid, first, end in zip(chunk.is_valid().to_pylist(), offsets, offsets[1:], strict=False):
            if valid:
                signals[row][name] = values[first:end].copy()
            row += 1

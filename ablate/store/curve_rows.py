"""Curves as rows of a table and back, and the digest that says whether two results are the same bits."""

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
"""Keeps signals and the columns above apart."""


def digest(curves: Curves) -> str:
    """Which result this is, to the bit: 16 hex digits over the signals' bytes and the first bad tensor.

    Time and signature are left out: the same bits may come from another machine.
    """
    parts: list[bytes | memoryview] = []
    for name in sorted(curves.signals):
        values = np.ascontiguousarray(curves.signals[name], dtype="<f4")
        parts += (_heading(name, values.size), values.tobytes())
    return _hashed(parts, curves.bad_step, curves.bad_tensor)


def digests(table: Any) -> list[str]:
    """The `digest` of each row of a table of curves, without making its curves."""
    signals = sorted(name for name in table.column_names if name.startswith(PREFIX))
    lists = [table.column(name).combine_chunks() for name in signals]
    offsets = np.array([own.offsets.to_numpy() for own in lists]).reshape(len(lists), table.num_rows + 1)
    absent = [own.is_null().to_numpy(zero_copy_only=False) for own in lists]
    sizes = np.where(np.array(absent, dtype=bool).reshape(len(lists), table.num_rows), -1, np.diff(offsets))
    values = [np.asarray(own.values.to_numpy(zero_copy_only=False), dtype="<f4") for own in lists]
    ends = list(zip(table.column("bad_step").to_pylist(), table.column("bad_tensor").to_pylist(), strict=True))
    found = [""] * len(ends)
    for rows, own_sizes in _alike(sizes):
        parts = [np.zeros((len(rows), 0), np.uint8)]
        for name, size, own, starts in zip(signals, own_sizes, values, offsets, strict=True):
            if size >= 0:
                heading = np.frombuffer(_heading(name.removeprefix(PREFIX), int(size)), np.uint8)
                places = starts[rows][:, None] + np.arange(size)
                parts += [np.tile(heading, (len(rows), 1)), own[places].view(np.uint8)]
        for row, content in zip(rows, np.concatenate(parts, axis=1), strict=True):
            found[row] = _hashed([content.data], *ends[row])
    return found


def _alike(sizes: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows whose signals have the same sizes, not too many at once, and these sizes (-1: absent).

    Args:
        sizes: int [signals, rows].
    """
    alike: dict[bytes, list[int]] = {}
    for row, own in enumerate(np.ascontiguousarray(sizes.T)):
        alike.setdefault(own.tobytes(), []).append(row)
    for rows in alike.values():
        for first in range(0, len(rows), AT_ONCE):
            yield np.array(rows[first : first + AT_ONCE]), sizes[:, rows[0]]


@cache
def _heading(signal: str, size: int) -> bytes:
    return f"{signal}\0".encode() + struct.pack("<q", size)


def _hashed(signals: list[bytes | memoryview], bad_step: int, bad_tensor: str) -> str:
    ending = struct.pack("<q", bad_step) + bad_tensor.encode()
    return hashlib.sha256(b"".join([*signals, ending])).hexdigest()[:16]


def signatures(curves: Sequence[Curves]) -> list[str]:
    """Canonical JSON per signature; those of one stack are one object and are written out once."""
    texts: dict[int, str] = {}
    for each in curves:
        if id(each.signature) not in texts:
            texts[id(each.signature)] = canonical(dict(each.signature))
    return [texts[id(each.signature)] for each in curves]


def curves_table(curves: Sequence[Curves]) -> Any:
    """Curves as a pyarrow table: one row a trial, one column a signal, list<float32> [looks + 1], null where absent."""
    import pyarrow as pa

    word = pa.dictionary(pa.int32(), pa.string())
    columns: dict[str, Any] = {
        "id": pa.array([each.id for each in curves], pa.string()),
        "bad_step": pa.array([each.bad_step for each in curves], pa.int32()),
        "bad_tensor": pa.array([each.bad_tensor for each in curves], word),
        "message": pa.array([each.message for each in curves], word),
        "wall_seconds": pa.array([each.wall_seconds for each in curves], pa.float64()),
        "signature": pa.array(signatures(curves), word),
    }
    for name in sorted({name for each in curves for name in each.signals}):
        columns[_column(name)] = _signal_column([each.signals.get(name) for each in curves])
    return pa.table(columns)


def _column(signal: str) -> str:
    """The column of a signal; a prefix keeps signals and the columns above apart."""
    return f"{PREFIX}{signal}"


def _signal_column(values: Sequence[np.ndarray | None]) -> Any:
    import pyarrow as pa

    nothing = np.zeros(0, np.float32)
    own = [nothing if each is None else np.asarray(each, dtype=np.float32).ravel() for each in values]
    offsets = np.cumsum([0, *map(len, own)]).astype(np.int32)
    absent = np.array([each is None for each in values], dtype=bool)
    flat = np.concatenate(own) if own else nothing
    mask = pa.array(absent) if absent.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat), mask=mask)


def curves_of(table: Any) -> list[Curves]:
    """The inverse of `curves_table`."""
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
    """Puts a signal's column into the rows that have it."""
    row = 0
    for chunk in column.chunks:
        offsets = chunk.offsets.to_numpy()
        values = chunk.values.to_numpy(zero_copy_only=False)
        valid = chunk.is_valid().to_numpy(zero_copy_only=False)
        for place in range(len(chunk)):
            if valid[place]:
                signals[row][name] = values[offsets[place] : offsets[place + 1]].copy()
            row += 1

"""Choose which of several rows with one id is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ablate.core.errors import ConflictError
from ablate.store.records import FAILED

IDENTITY = ("id", "state", "attempt", "digest", "rule")
"""The columns that decide which of several rows with one id is read."""


def choose(table: Any) -> list[int]:
    """Return the rows to read so that every id is read once, in the order of their ids' first rows.

    A result counts before a failure, however many attempts the failure took. Among failures the last attempt counts;
    among equal bits the newest row, whose state the newest chance rule derived.

    Raises:
        ConflictError: two results of one id differ in their bits, or in their state under one rule.
    """
    ids = table.column("id").to_pylist()
    if len(set(ids)) == len(ids):
        return list(range(len(ids)))
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(ids):
        rows.setdefault(name, []).append(row)
    columns = {name: table.column(name).to_pylist() for name in IDENTITY}
    return [same[0] if len(same) == 1 else _choose(name, same, columns) for name, same in rows.items()]


def _choose(name: str, rows: Sequence[int], columns: dict[str, list[Any]]) -> int:
    results = [row for row in rows if columns["state"][row] != FAILED]
    if not results:
        return max(rows, key=lambda row: (columns["attempt"][row], row))
    bits = {columns["digest"][row] for row in results}
    states = {(columns["rule"][row], columns["state"][row]) for row in results}
    if len(bits) > 1 or len({rule for rule, _ in states}) < len(states):
        kind, values = ("bits", bits) if len(bits) > 1 else ("states", {state for _, state in states})
        what = f"{kind} {' and '.join(sorted(values))}"
        raise ConflictError(
            f"A trial must have one result. Received two for {name}: {what}. The machines that wrote them compute "
            "differently, or a file was changed by hand. Keep such results in separate studies with `study=NAME`."
        )
    return results[-1]

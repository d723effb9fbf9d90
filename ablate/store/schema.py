"""Check a shard's columns: a file with a right checksum need not be a shard of this store."""

from __future__ import annotations

from functools import cache
from typing import Any

from ablate.store.curve_rows import CURVES_COLUMNS, curves_table
from ablate.store.records import states_table

NULL = ("time",)
"""Columns of states that may lack values."""


def misfit(kind: str, schema: Any) -> str:
    """Say which column of a shard has another type than this store writes; return "" if there is none.

    A missing column of states is allowed: a newer version may have added it.

    Args:
        kind: `states` or `curves`.
        schema: the file's Arrow schema.
    """
    import pyarrow as pa

    known = _states() if kind == "states" else _curves()
    if len(set(schema.names)) < len(schema.names):
        return "two of its columns have one name"
    for field in schema:
        if field.name.startswith("signal.") and kind == "curves":
            if not pa.types.is_list(field.type) or field.type.value_type != pa.float32():
                return f"its column {field.name!r} holds {field.type}"
        elif field.name in known and field.type != known[field.name]:
            return f"its column {field.name!r} holds {field.type}"
    if kind == "curves" and (missing := [name for name in CURVES_COLUMNS if name not in schema.names]):
        return f"its column {missing[0]!r} is missing"
    return ""


def gaps(table: Any) -> str:
    """Say which column lacks a value that must be there; return "" if there is none."""
    for name in table.column_names:
        if table.column(name).null_count and name not in NULL and not name.startswith("signal."):
            return f"its column {name!r} lacks values"
    return ""


@cache
def _states() -> dict[str, Any]:
    return {field.name: field.type for field in states_table([], "").schema}


@cache
def _curves() -> dict[str, Any]:
    return {field.name: field.type for field in curves_table([]).schema}

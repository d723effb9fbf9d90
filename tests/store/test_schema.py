from __future__ import annotations

import pyarrow as pa
import pytest

from ablate.store.curve_rows import curves_table
from ablate.store.records import states_table
from ablate.store.schema import gaps, misfit
from tests.store.stored_trials import curves, record

STATES = states_table([record(1), record(2, "stuck")], "s")
CURVES = curves_table([curves(1), curves(2)])


def changed(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def test_what_this_store_writes_fits() -> None:
    assert misfit("states", STATES.schema) == misfit("curves", CURVES.schema) == ""
    assert gaps(STATES) == gaps(CURVES) == ""


@pytest.mark.parametrize(
    ("kind", "table", "reason"),
    [
        ("states", changed(STATES, "steps", pa.array([1, 2], pa.int64())), "its column 'steps' holds int64"),
        ("curves", changed(CURVES, "signal.loss", pa.array([1.0, 2.0])), "its column 'signal.loss' holds double"),
        ("curves", CURVES.drop_columns("bad_step"), "its column 'bad_step' is missing"),
        ("states", STATES.append_column("id", STATES.column("id")), "two of its columns have one name"),
    ],
)
def test_another_column_is_named(kind: str, table: pa.Table, reason: str) -> None:
    assert misfit(kind, table.schema) == reason


def test_states_may_lack_a_column_and_have_more() -> None:
    assert misfit("states", STATES.drop_columns("rule").append_column("new", pa.array([1, 2])).schema) == ""


def test_missing_values_are_named_where_they_must_be_there() -> None:
    assert gaps(changed(STATES, "seed", pa.array([1, None], pa.int64()))) == "its column 'seed' lacks values"
    assert gaps(changed(STATES, "time", pa.nulls(2, pa.int32()))) == ""

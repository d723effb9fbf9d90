"""Inputs and labels become arrays in whatever form they come."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ablate.core.errors import TaskError
from ablate.try_remedies import row_arrays

TABLE = np.arange(8.0).reshape(4, 2)


@pytest.mark.parametrize(
    ("x", "dtype", "wanted"),
    [
        (TABLE, "float64", TABLE),
        (TABLE.tolist(), "float64", TABLE),
        (pd.DataFrame(TABLE), "float64", TABLE),
        (TABLE.astype(object), "float32", TABLE),
        (np.array([b"a", b"b"], object), "object", [b"a", b"b"]),
        (np.array(["a", "b"], object), "<U1", ["a", "b"]),
        (np.array([], object), "float32", []),
        ([TABLE[0], TABLE[1]], "float64", TABLE[:2]),
        ([np.ones(2), np.ones(2), np.ones(2)], "float64", np.ones((3, 2))),
        ([np.float64(1.0), np.float64(2.0)], "float64", [1.0, 2.0]),
        ([[1.0, 2.0]], "float64", [[1.0, 2.0]]),
    ],
    ids=[
        *("array", "lists", "frame", "numbers as objects", "bytes", "texts", "nothing"),
        *("rows as many as columns", "more rows than columns", "numbers", "a row"),
    ],
)
def test_one_input_is_one_array(x: Any, dtype: str, wanted: Any) -> None:
    array = row_arrays.array_of(x)
    assert array.dtype == dtype
    np.testing.assert_array_equal(array, wanted)


def test_several_inputs_are_kept_apart_by_name_or_place() -> None:
    named = row_arrays.array_of({"a": pd.DataFrame(TABLE), 1: [1, 2]})
    assert [(name, part.tolist()) for name, part in named.items()] == [("a", TABLE.tolist()), ("1", [1, 2])]
    for kind in (list, tuple):
        two = row_arrays.array_of(kind([TABLE, pd.DataFrame(TABLE[:, :1])]))
        assert [part.shape for part in two] == [(4, 2), (4, 1)]


@pytest.mark.parametrize(
    ("y", "wanted"),
    [
        (np.array([1, 2]), [1, 2]),
        (np.array(["1", 2.5], object), [1.0, 2.5]),
        (np.array([["1"], ["b"]], object), [["1"], ["b"]]),
        (pd.Series(["b", "a"], dtype=object), ["b", "a"]),
    ],
)
def test_labels_are_numbers_if_all_are(y: Any, wanted: list[Any]) -> None:
    assert row_arrays.labels_of(y).tolist() == wanted


def test_inputs_and_labels_have_equally_many_rows() -> None:
    for x in (TABLE, [TABLE, TABLE], {"a": TABLE}):
        row_arrays.same_length(x, np.arange(4))
    for x in (TABLE[:3], [TABLE, TABLE[:3]], {"a": TABLE, "b": TABLE[:3]}):
        with pytest.raises(TaskError, match=r"equally many rows. Received \[3(, 4)?\] and 4"):
            row_arrays.same_length(x, np.arange(4))

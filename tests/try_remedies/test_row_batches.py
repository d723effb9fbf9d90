"""Rows of data sets and generators of batches, and what their second pass shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ablate.core.errors import TaskError
from ablate.try_remedies import row_batches
from ablate.try_remedies.row_arrays import Batches

X = np.arange(24.0).reshape(8, 3)
Y = np.arange(8) % 2


class Passes:
    """A data set in memory that gives other batches at each pass, as TensorFlow's do."""

    def __init__(self, *passes: np.ndarray, y: np.ndarray = Y) -> None:
        self.passes, self.y, self.read = passes, y, 0

    def __iter__(self) -> Iterator[Any]:
        x = self.passes[min(self.read, len(self.passes) - 1)]
        self.read += 1
        return ((x[at : at + 3], self.y[at : at + 3]) for at in range(0, len(x), 3))

    def as_numpy_iterator(self) -> Iterator[Any]:
        return iter(self)


class Indexed:
    """Batches by number, as `keras.utils.Sequence`: more can be asked for than there are."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, number: int) -> Any:
        return X[4 * number : 4 * number + 4], Y[4 * number : 4 * number + 4], np.full(4, 0.5)


@pytest.mark.parametrize(
    ("passes", "shuffled", "left_out"),
    [
        ((X,), False, ""),
        ((X, X[::-1]), True, ""),
        ((X, X + 0.5), True, "the changes that the data set makes"),
        ((X, X[:6] * 2), True, "the changes that the data set makes"),
        ((X.astype(str), X[::-1].astype(str)), True, ""),
    ],
    ids=["same", "shuffled", "changed", "fewer", "texts"],
)
def test_two_passes_show_whether_rows_are_shuffled_or_changed(
    passes: tuple[np.ndarray, ...], shuffled: bool, left_out: str
) -> None:
    x, y, weights, _, batches = row_batches.read(Passes(*passes), {})
    assert batches is not None
    np.testing.assert_array_equal(x, passes[0])
    assert y.tolist() == Y.tolist()
    assert weights is None
    assert (batches.size, batches.shuffled) == (3, shuffled)
    assert batches.left_out.startswith(left_out)
    assert bool(batches.left_out) == bool(left_out)


def test_batches_by_number_are_read_once_with_their_weights() -> None:
    x, y, weights, _, batches = row_batches.read(Indexed(), {})
    np.testing.assert_array_equal(x, X)
    assert (y.tolist(), weights.tolist()) == (Y.tolist(), [0.5] * 8)
    assert batches == Batches(size=4, shuffled=True)


def test_a_generator_is_read_for_one_epoch() -> None:
    def endless() -> Iterator[Any]:
        while True:
            yield X, Y

    x, _, _, _, batches = row_batches.read(endless(), {"steps_per_epoch": 3})
    assert len(x) == 24
    assert batches is not None
    assert (batches.shuffled, batches.left_out) == (
        True,
        "rows that the generator yields after the first epoch of 3 steps",
    )
    some = row_batches.read(((X, Y) for _ in range(2)), {})
    assert (len(some[0]), some[4] and some[4].left_out) == (16, "")
    assert len(row_batches.read(Indexed(), {"steps_per_epoch": 1})[0]) == 4


@pytest.mark.parametrize(
    ("first", "again", "shuffled"),
    [
        ({"a": X, "b": Y}, {"a": X, "b": Y}, False),
        ({"a": X, "b": Y}, {"a": X, "b": Y[::-1]}, True),
        ((X, Y), (X[::-1], Y[::-1]), True),
    ],
)
def test_several_inputs_are_joined_by_name_or_place(first: Any, again: Any, shuffled: bool) -> None:
    made = [first, again]

    class Both:
        def __iter__(self) -> Iterator[Any]:
            part = made.pop(0)
            return iter([(part, Y), (part, Y)])

        as_numpy_iterator = __iter__

    x, y, _, _, batches = row_batches.read(Both(), {})
    one, other = (x["a"], x["b"]) if isinstance(x, dict) else x
    np.testing.assert_array_equal(one, np.concatenate([X, X]))
    np.testing.assert_array_equal(other, np.concatenate([Y, Y]))
    assert (len(y), batches and batches.shuffled, batches and batches.left_out) == (16, shuffled, "")


def test_what_cannot_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for source, said in (
        ([], "It yields none"),
        ([(X,)], "It yields inputs alone"),
        ([X[:1]], "It yields inputs alone"),
    ):
        with pytest.raises(TaskError, match=said):
            row_batches.read(source, {})
    monkeypatch.setattr(row_batches, "MOST_NUMBERS", 24)
    assert len(row_batches.read([(X, Y)], {})[0]) == 8
    with pytest.raises(TaskError, match="at most 24 numbers"):
        row_batches.read([(X, Y), (X[:1], Y[:1])], {})

from __future__ import annotations

import numpy as np
import pytest

from ablate.engine.inspection import columns


def test_names_of_words_are_many_whole_numbers_in_several_columns() -> None:
    words = np.random.default_rng(0).integers(0, 500, (200, 12)).astype(float)
    assert columns.names(words, words)
    for other in (words[:, :3], words - 50, words - 1000, words / 2, words % 10):
        assert not columns.names(other, other)
    assert not columns.names(words.reshape(200, 12, 1), words), "rows of tables"


def test_rounding_is_measured_where_a_type_holds_less() -> None:
    pixels, ids = np.arange(256.0)[:, None], 70_000 + np.arange(300)[:, None]
    assert columns.rounding(pixels, "uint8") == 0.0
    assert columns.rounding(pixels / 255, "uint8") > 0.5
    assert columns.rounding(ids, "float16") == 1.0, "above 65,504 all are infinite"
    assert 0.5 < columns.rounding(ids, "bfloat16") < 2.0
    assert columns.rounding(np.full((9, 1), 0.3), "int32") == 0.0, "a constant column holds nothing to lose"


def test_names_need_four_columns_and_numbers_up_to_twenty() -> None:
    words = np.random.default_rng(1).integers(0, 21, (200, 4)).astype(float)
    assert columns.names(words, words)
    assert not columns.names(np.minimum(words, 19), np.minimum(words, 19))
    fixed = np.c_[words[:, :3], np.full(200, 20.0)]
    assert not columns.names(fixed, fixed), "a constant column does not vary"
    assert columns.names(np.c_[words, fixed[:, 3:]], np.c_[words, fixed[:, 3:]])
    near = 20 + words % 2
    assert columns.names(near, near)


def test_columns_of_names_are_alike_and_unlike_their_neighbours() -> None:
    words = np.random.default_rng(2).integers(0, 101, (300, 5)).astype(float)
    words[0] = 100
    assert columns.names(words, words)
    ages = np.c_[words[:, :4], words[:, 4] // 4]
    assert not columns.names(ages, ages), "one column of five reaches a fourth of the others at most"
    mixed = np.round(0.22 * words[:, :4] + 0.78 * words[:, 1:])
    correlated = np.corrcoef(mixed.T)
    assert 0.2 < correlated[0, 1] < 0.4
    assert not columns.names(mixed, mixed)


NUMBERS = np.array([*range(10), *range(11, 21)])


@pytest.mark.parametrize(
    ("numbers", "classes", "times", "alone"),
    [
        (NUMBERS, np.arange(20) % 11, 2, True),
        (NUMBERS - (NUMBERS == 0), np.arange(20) % 11, 2, False),
        (np.arange(20), np.arange(20) % 11, 2, False),
        (NUMBERS + 0.5, np.arange(20) % 11, 2, False),
        (NUMBERS[1:], np.arange(19) % 9, 2, False),
        (NUMBERS, np.arange(20) % 12, 2, False),
        (np.arange(40), np.arange(40) // 2 % 2, 6, True),
        (np.arange(40), np.arange(40) // 2 % 10, 6, False),
        (np.arange(50), np.arange(50) // 5 * 3 % 10 + np.tile([0, 0, 0, 11, 12], 10), 6, False),
        (np.arange(50), np.arange(50) // 25, 6, False),
    ],
    ids=[
        *("twenty numbers", "below 0", "up to 19", "no whole numbers", "nineteen numbers", "too many classes"),
        *("two classes", "pairs alike", "neighbours alike", "halves"),
    ],
)
def test_a_column_names_things_whose_rows_agree_while_neighbours_do_not(
    numbers: np.ndarray, classes: np.ndarray, times: int, *, alone: bool
) -> None:
    column = np.repeat(numbers, times)[:, None].astype(float)
    assert columns.names_alone(column, np.repeat(classes, times)) is alone
    assert not columns.names_alone(np.c_[column, column], np.repeat(classes, times)), "two columns"


def test_rows_of_a_column_do_not_vouch_for_themselves() -> None:
    """Twenty numbers stand in one row, fifteen in three that disagree, five in three that agree."""
    singles, others = np.arange(0, 40, 2), np.arange(1, 40, 2)
    column = np.r_[singles, np.repeat(others, 3)][:, None].astype(float)
    labels = np.r_[np.zeros(20, int), np.tile([2, 2, 1], 15), np.full(15, 2)]
    assert not columns.names_alone(column, labels)
    seldom = np.r_[np.repeat(np.arange(15), 2), np.arange(15, 25)][:, None].astype(float)
    assert not columns.names_alone(seldom, seldom[:, 0].astype(int) % 2), "25 numbers in 40 rows"


def test_labels_drawn_by_lot_are_no_names() -> None:
    column = np.repeat(np.arange(40.0), 6)[:, None]
    assert not columns.names_alone(column, np.random.default_rng(0).integers(0, 2, 240))


def test_nothing_is_rounded_in_texts_and_in_columns_that_are_constant() -> None:
    assert columns.rounding(np.array([["a"], ["b"]]), "float16") == 0.0
    table = np.c_[np.full(9, 0.3), np.arange(9.0)]
    assert columns.rounding(table, "int32") == 0.0
    assert columns.rounding(table[:, 1:] / 2, "int32") == pytest.approx(0.2582, abs=1e-4)

"""A program's rows have the chance level of any task: that of `ablate.outcomes.chance_level`."""

from __future__ import annotations

import numpy as np
import pytest

from ablate.engine.as_is import chance
from ablate.engine.as_is.program import Rows
from ablate.outcomes import chance_level, null_networks
from tests.engine.as_is import programs


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(null_networks, "NETWORKS", 20)
    monkeypatch.setattr(chance_level, "_MEASURED", {})


def beside(x: object, y: np.ndarray, cut: int = 180) -> Rows:
    """Rows of which the last ones are judged."""
    if isinstance(x, np.ndarray):
        return Rows(x=x[:cut], y=y[:cut], x_val=x[cut:], y_val=y[cut:])
    assert isinstance(x, dict)
    return Rows(
        x={name: part[:cut] for name, part in x.items()},
        y=y[:cut],
        x_val={name: part[cut:] for name, part in x.items()},
        y_val=y[cut:],
    )


def test_labels_of_any_form_give_the_level_of_the_same_task() -> None:
    x, y = programs.rows()
    level = chance.of_rows(beside(x, y), "beside")
    plain = level.chance
    assert plain.constant < level.untrained <= plain.rows
    assert (plain.rows, plain.classes, plain.reference) == (60, 2, 1.0)
    assert plain.majority < plain.level < 0.95
    for labels in (np.eye(2)[y], np.array(["no", "yes"])[y], 3.0 * y - 1):
        assert chance.of_rows(beside(x, labels), "beside") == level


def test_several_inputs_are_joined_wide_ones_shortened_and_missing_numbers_filled() -> None:
    x, y = programs.rows()
    parts = chance.of_rows(beside({"a": x[:, :3], "b": x[:, 3:]}, y), "beside")
    assert parts.chance.reference == 1.0
    wide = np.repeat(x, 40, axis=1)
    wide[::7, 3] = np.nan
    assert chance.of_rows(beside(wide, y), "beside").chance.reference == 1.0


def test_rows_at_the_end_are_not_trained_on_and_sorted_ones_are_mixed() -> None:
    x, y = programs.rows()
    order = np.argsort(y, kind="stable")
    inside = Rows(x=x[order], y=y[order], x_val=x[order][180:], y_val=y[order][180:], passed=False)
    assert chance.of_rows(inside, "mixed").chance.majority == 0.5
    last = Rows(x=x, y=y, x_val=x[180:], y_val=y[180:], passed=False)
    assert chance.of_rows(last, "last") == chance.of_rows(beside(x, y), "beside")


def test_texts_have_the_level_of_guesses() -> None:
    y = np.arange(240) % 2
    level = chance.of_rows(beside(np.array(["a text"] * 240), y), "beside").chance
    assert level.reason == chance.GUESSES
    assert 0.6 < level.level < 0.75
    assert "ordinary classifier" not in level.text()


def test_missing_numbers_are_the_mean_of_their_column() -> None:
    x = np.array([[1.0, np.nan], [4.0, 6.0], [np.inf, 9.0], [7.0, 3.0]])
    table = chance._table(x, x, np.array([0, 1, 2]), np.array([3]))
    assert table is not None
    assert table.tolist() == [[1.0, 6.0], [4.0, 6.0], [4.0, 9.0], [7.0, 3.0]]
    empty = chance._table(np.full((2, 1), np.nan), np.full((2, 1), np.nan), np.array([0]), np.array([1]))
    assert empty is not None
    assert empty.tolist() == [[0.0], [0.0]]


def test_mixed_rows_are_judged_all_over_and_rows_at_the_end_apart() -> None:
    training, probe = chance._places(10, 4, "mixed")
    assert probe.tolist() == [0, 3, 6, 9]
    assert training.tolist() == [1, 2, 4, 5, 7, 8]
    assert chance._places(10, 4, "last")[0].tolist() == list(range(6))


@pytest.mark.parametrize(("rows", "columns", "kept"), [(30, 128, 128), (30, 129, 19), (80, 129, 64)])
def test_wide_inputs_become_at_most_64_components_and_fewer_of_few_rows(rows: int, columns: int, kept: int) -> None:
    x = np.random.default_rng(0).normal(size=(rows, columns))
    table = chance._table(x, x, np.arange(rows - 10), np.arange(rows - 10, rows))
    assert table is not None
    assert table.shape == (rows, kept)


def test_of_columns_of_which_one_holds_no_numbers_there_is_no_table() -> None:
    x, texts = np.zeros((4, 2)), np.array([["a"], ["b"], ["c"], ["d"]])
    some, other = np.arange(2), np.arange(2, 4)
    assert [chance._table(*pair, some, other) is None for pair in ((x, texts), (texts, x), (x, x))] == [
        True,
        True,
        False,
    ]


def test_a_missing_number_is_the_mean_of_all_that_are_there() -> None:
    x = np.array([[2.0], [np.nan], [4.0], [9.0]])
    table = chance._table(x, x, np.arange(3), np.array([3]))
    assert table is not None
    assert table[1, 0] == 5.0

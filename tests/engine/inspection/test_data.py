from __future__ import annotations

import numpy as np
import pytest

from ablate.engine.inspection import data, rows

RNG = np.random.RandomState(0)


def test_labels_are_measured_as_given() -> None:
    y = np.repeat([1, 2, 3], 20)
    seen = data.labels(rows.read(np.zeros((60, 2)), y, {"validation_split": 1 / 3}))
    assert (seen.rows, seen.classes, seen.lowest, seen.highest) == (40, 2, 1, 2)
    assert (seen.unseen, seen.absent) == (1.0, 1.0)
    assert seen.sorted_share > 0.9


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([0.0, 2.0, 5.0], [0, 2, 5]),
        ([True, False, True], [1, 0, 1]),
        ([0.5, 1.5, 1.5], [0, 1, 1]),
        ([-1, 1, -1], [0, 1, 0]),
        (["no", "yes", "no"], [0, 1, 0]),
    ],
)
def test_class_numbers_are_the_labels_where_they_are_whole_and_not_below_0(
    y: list[object], expected: list[int]
) -> None:
    assert data.class_numbers(np.array(y)).tolist() == expected


def test_one_hot_rows_and_several_classes_are_told_apart() -> None:
    single = data.labels(rows.read(np.zeros((6, 1)), np.eye(3)[[0, 1, 2, 0, 1, 2]], {}))
    several = data.labels(rows.read(np.zeros((2, 1)), np.array([[1, 1, 0], [0, 1, 1]]), {}))
    assert (single.one_hot, single.rows_of_several, single.sorted_share < 0) == (True, 0.0, True)
    assert (several.one_hot, several.rows_of_several) == (False, 1.0)


def test_inputs_are_measured() -> None:
    x = np.stack([np.arange(50) * 1.0, np.full(50, 7.0), RNG.normal(size=50)], 1)
    x[3, 2] = np.nan
    seen = data.inputs(rows.read(x, np.arange(50) % 2, {}), embedded=False)
    assert seen is not None
    assert (seen.bad_rows, round(seen.constant, 2)) == (1, 0.33)
    assert seen.widest == pytest.approx(np.delete(np.arange(50.0), 3).std())


@pytest.mark.parametrize(
    ("names", "x"),
    [
        (True, RNG.randint(0, 500, (200, 12))),
        (False, RNG.randint(0, 5, (200, 12))),
        (False, RNG.normal(size=(200, 12)) * 100),
        (False, (np.cumsum(RNG.normal(size=(200, 12)), 1) * 20 + 300).astype(int)),
    ],
)
def test_names_of_words_are_told_from_amounts(names: bool, x: np.ndarray) -> None:
    seen = data.inputs(rows.read(x, np.arange(200) % 2, {}), embedded=False)
    assert seen is not None
    assert seen.names is names


def test_the_reference_knows_signal_from_noise() -> None:
    y = np.arange(400) % 2
    x = RNG.normal(size=(400, 4))
    noise = data.reference(rows.read(x, y, {}), names=False)
    signal = data.reference(rows.read(x + 2.0 * y[:, None], y, {}), names=False)
    assert noise is not None
    assert signal is not None
    assert noise.p_value > 0.01
    assert signal.p_value < 1e-9


def test_word_numbers_are_learned_as_names_only() -> None:
    y = np.arange(600) % 2
    x = RNG.randint(1, 200, (600, 12))
    x[:, 0] = np.where(y == 1, RNG.choice([7, 90, 140], 600), RNG.choice([30, 66, 190], 600))
    x = np.random.default_rng(0).permuted(x, axis=1)
    seen = data.reference(rows.read(x, y, {}), names=True)
    assert seen is not None
    assert seen.tokens is not None
    assert seen.tokens > max(seen.by_name.values()) + 0.1


def test_what_can_be_read_falls_where_classes_are_lost() -> None:
    y = np.arange(90) % 3
    assert data.readable(np.eye(3)[y], y) == 1.0
    assert data.readable(RNG.normal(size=(90, 2)), y) < 0.6


def test_numbers_of_items_in_one_column_are_names_if_neighbours_differ() -> None:
    items = RNG.randint(0, 60, (600, 1))
    names, amounts = RNG.permutation(np.arange(60) % 3)[items[:, 0]], items[:, 0] // 20
    for y, expected in ((names, True), (amounts, False), (RNG.randint(0, 3, 600), False)):
        seen = data.inputs(rows.read(items, y, {}), embedded=False)
        assert seen is not None
        assert seen.names is expected


def test_training_and_validation_rows_are_judged_apart() -> None:
    x, y = RNG.normal(size=(400, 3)), np.arange(400) % 2
    x[300:, 0] += 6 * y[300:]
    pooled = data.reference(rows.read(x, y, {"validation_split": 0.25}), names=False)
    assert pooled is not None
    assert pooled.train_p_value is not None
    assert pooled.validation_p_value is not None
    assert pooled.train_p_value > 0.05 > 1e-4 > pooled.validation_p_value


def test_a_row_does_not_vouch_for_its_own_number() -> None:
    items, labels = np.repeat(np.arange(60), 2)[:, None], RNG.randint(0, 20, 120)
    seen = data.inputs(rows.read(items, labels, {}), embedded=False)
    assert seen is not None
    assert not seen.names
